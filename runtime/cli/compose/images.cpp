#include "cli/compose/images.hpp"

#include "base/strings.hpp"
#include "cli/compose/project_state.hpp"
#include "cli/docker_front.hpp"
#include "cli/forwarding_console.hpp"
#include "compose/paths.hpp"
#include "compose/yaml_reader.hpp"

namespace strates::cli {

namespace {

// The command's own console, but for what it reads: a Dockerfile that stands in the Compose file.
class InlineInput : public ForwardingConsole {
 public:
  InlineInput(Console& inner, std::string text) : ForwardingConsole(inner), source_(std::move(text)) {}
  bool in_is_terminal() const override { return false; }
  bool err_is_terminal() const override { return false; }
  Result<size_t> read_input(std::span<char> buffer) override { return source_.read(buffer); }
  void stop_input() override {}
  std::unique_ptr<ConsoleGuard> raw_mode() override { return nullptr; }

 private:
  StringSource source_;
};

void add_map(std::vector<std::string>& words, const compose::Node& build, std::string_view key, const std::string& flag) {
  const compose::Node* map = build.find(key);
  if (map == nullptr) return;
  for (const compose::Member& member : map->members) {
    words.push_back(flag);
    words.push_back(member.value.is(compose::Node::Kind::Null) ? member.name : member.name + "=" + member.value.text);
  }
}

void add_ulimits(std::vector<std::string>& words, const compose::Node& build) {
  const compose::Node* limits = build.find("ulimits");
  if (limits == nullptr) return;
  for (const compose::Member& member : limits->members) {
    const bool single = member.value.is_scalar();
    const std::string soft = single ? member.value.text : member.value.text_of("soft"), hard = single ? member.value.text : member.value.text_of("hard");
    words.insert(words.end(), {"--ulimit", member.name + "=" + soft + ":" + hard});
  }
}

// What only BuildKit does is refused by name rather than left out.
Result<void> refuse_buildkit(const compose::Service& service, const compose::Node& build) {
  for (const std::string_view key : {"ssh", "secrets", "additional_contexts", "cache_to", "platforms", "entitlements", "no_cache_filter"})
    if (const compose::Node* found = build.find(key); found != nullptr && !found->empty())
      return compose::compose_error("build", found->place, "service " + go_quote(service.name) + ": build." + std::string(key) + " requires BuildKit; this engine has the classic builder");
  if (build.flag_of("privileged")) return compose::compose_error("build", build.place, "service " + go_quote(service.name) + ": build.privileged is not supported; leave it out");
  return success();
}

}  // namespace

Result<std::vector<std::string>> build_words(const compose::Project& project, const compose::Service& service) {
  const compose::Node& build = *service.node.find("build");
  TRY(refuse_buildkit(service, build));
  const std::string context = build.text_of("context");
  std::vector<std::string> words{"build", "-t", project.image_of(service)};
  for (const std::string& tag : build.texts_of("tags")) words.insert(words.end(), {"-t", tag});
  if (build.find("dockerfile_inline") != nullptr) words.insert(words.end(), {"-f", "-"});
  else if (const std::string file = build.text_of("dockerfile"); file != "Dockerfile") words.insert(words.end(), {"-f", compose::is_remote_context(context) ? file : compose::absolute_path(file, context, "")});
  add_map(words, build, "args", "--build-arg");
  add_map(words, build, "labels", "--label");
  // As Compose marks what it built.
  for (const auto& [name, value] : {std::pair{label::kProject, project.name}, {label::kService, service.name}, {label::kVersion, std::string(kComposeVersion)}})
    words.insert(words.end(), {"--label", std::string(name) + "=" + value});
  for (const std::string& source : build.texts_of("cache_from")) words.insert(words.end(), {"--cache-from", source});
  if (const std::string target = build.text_of("target"); !target.empty()) words.insert(words.end(), {"--target", target});
  if (const std::string network = build.text_of("network"); !network.empty()) words.insert(words.end(), {"--network", network});
  if (build.find("shm_size") != nullptr) words.insert(words.end(), {"--shm-size", build.text_of("shm_size")});
  if (build.flag_of("no_cache")) words.emplace_back("--no-cache");
  if (build.flag_of("pull")) words.emplace_back("--pull");
  if (const compose::Node* hosts = build.find("extra_hosts"))
    for (const compose::Member& member : hosts->members)
      for (const compose::Node& address : member.value.items) words.insert(words.end(), {"--add-host", member.name + ":" + address.text});
  add_ulimits(words, build);
  if (const std::string isolation = build.text_of("isolation"); !isolation.empty()) words.insert(words.end(), {"--isolation", isolation});
  return words;
}

Result<void> build_service(ComposeCall& call, const compose::Project& project, const compose::Service& service, const std::vector<std::string>& more) {
  const compose::Node& build = *service.node.find("build");
  std::vector<std::string> words = TRY(build_words(project, service));
  words.insert(words.end(), more.begin(), more.end());
  words.push_back(build.text_of("context"));
  InlineInput console(call.console(), build.text_of("dockerfile_inline"));
  Session session{call.session.client, build.find("dockerfile_inline") != nullptr ? static_cast<Console&>(console) : call.console(), call.session.clock};
  if (run_docker(session, words) == 0) return success();
  return docker_error(ErrorKind::Invalid, "compose.build", "failed to build service " + go_quote(service.name));
}

Result<std::string> pull_policy(const compose::Service& service, const ImageOptions& options) {
  if (service.builds() && options.build == BuildWhen::Always) return std::string("build");
  const std::string policy = options.pull.empty() ? service.node.text_of("pull_policy", "missing") : options.pull;
  for (const std::string_view known : {"always", "missing", "if_not_present", "never", "build"})
    if (policy == known) return policy;
  return compose_refusal("service " + go_quote(service.name) + ": pull policy " + go_quote(policy) + " is not supported; use always, missing, never or build");
}

std::vector<std::string> pull_words(const compose::Service& service, const std::string& image, bool quiet) {
  std::vector<std::string> words{"pull"};
  if (quiet) words.emplace_back("--quiet");
  if (const std::string platform = service.node.text_of("platform"); !platform.empty()) words.insert(words.end(), {"--platform", platform});
  words.push_back(image);
  return words;
}

Result<void> ensure_images(ComposeCall& call, const compose::Project& project, const std::vector<std::string>& services, const ImageOptions& options) {
  for (const std::string& name : services) {
    const compose::Service* service = project.find(name);
    if (service == nullptr) continue;
    const std::string image = project.image_of(*service);
    const bool there = !TRY(image_id(call.session.client, image)).empty();
    const std::string policy = TRY(pull_policy(*service, options));
    if (service->builds() && policy != "always") {
      if (policy == "build" || (!there && options.build == BuildWhen::Missing)) TRY(build_service(call, project, *service, {}));
      else if (!there) return docker_error(ErrorKind::Invalid, "compose.build", "no such image: " + image + ": service " + go_quote(name) + " must be built");
      continue;
    }
    if (there && policy != "always") continue;
    if (policy == "never") return compose_refusal("Error response from daemon: No such image: " + with_tag_shown(image));
    if (run_docker(call.session, pull_words(*service, image, options.quiet_pull)) == 0) continue;
    // What could be built is built, as Compose does when a pull fails.
    if (service->builds()) TRY(build_service(call, project, *service, {}));
    else return docker_error(ErrorKind::Invalid, "compose.pull", "failed to pull image " + image);
  }
  return success();
}

}  // namespace strates::cli
