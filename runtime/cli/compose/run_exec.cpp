// compose run, exec, cp, build, pull, push, version: what docker's own commands do, for a service.
#include <algorithm>
#include <charconv>

#include "base/json_full.hpp"
#include "base/names.hpp"
#include "base/strings.hpp"
#include "cli/compose/converge.hpp"
#include "cli/compose/handlers.hpp"
#include "cli/compose/refusals.hpp"
#include "cli/compose/images.hpp"
#include "cli/compose/stopping.hpp"
#include "cli/daemon.hpp"
#include "cli/docker_front.hpp"
#include "compose/schema.hpp"
#include "compose/short_forms.hpp"

namespace strates::cli {

namespace {

constexpr FlagSpec kExecFlags[] = {
    bool_flag("detach", 'd', "Detached mode: Run command in the background."), list_flag("env", 'e', "Set environment variables"), integer_flag("index", 0, "index of the container if there are multiple instances of a service.", "1"),
    bool_flag("no-TTY", 'T', "Disable pseudo-TTY allocation. By default `docker compose exec` allocates a TTY."), bool_flag("privileged", 0, "Give extended privileges to the process."),
    text_flag("user", 'u', "Run the command as this user."), text_flag("workdir", 'w', "Path to workdir directory for this command."),
    {"interactive", 'i', FlagKind::Bool, {}, {}, {}, FlagSupport::Hidden}, {"tty", 't', FlagKind::Bool, {}, {}, {}, FlagSupport::Hidden},
};
constexpr FlagSpec kRunFlags[] = {
    bool_flag("build", 0, "Build image before starting container."), bool_flag("detach", 'd', "Run container in background and print container ID"), text_flag("entrypoint", 0, "Override the entrypoint of the image"),
    list_flag("env", 'e', "Set environment variables"), bool_flag("interactive", 'i', "Keep STDIN open even if not attached.", "true"), list_flag("label", 'l', "Add or override a label"),
    text_flag("name", 0, "Assign a name to the container"), bool_flag("no-TTY", 'T', "Disable pseudo-TTY allocation (default: auto-detected)."), bool_flag("no-deps", 0, "Don't start linked services."),
    list_flag("publish", 'p', "Publish a container's port(s) to the host."), bool_flag("quiet-pull", 0, "Pull without printing progress information."), bool_flag("remove-orphans", 0, "Remove containers for services not defined in the Compose file."),
    bool_flag("rm", 0, "Automatically remove the container when it exits"), bool_flag("service-ports", 0, "Run command with the service's ports enabled and mapped to the host."),
    bool_flag("use-aliases", 0, "Use the service's network useAliases in the network(s) the container connects to."), text_flag("user", 'u', "Run as specified username or uid"),
    list_flag("volume", 'v', "Bind mount a volume."), text_flag("workdir", 'w', "Working directory inside the container"), {"tty", 't', FlagKind::Bool, {}, {}, {}, FlagSupport::Hidden},
};
constexpr FlagSpec kCpFlags[] = {
    bool_flag("archive", 'a', "Archive mode (copy all uid/gid information)"), bool_flag("follow-link", 'L', "Always follow symbol link in SRC_PATH"), integer_flag("index", 0, "Index of the container if there are multiple instances of a service.", "0"),
};
constexpr FlagSpec kBuildFlags[] = {
    list_flag("build-arg", 0, "Set build-time variables for services."), text_flag("memory", 'm', "Set memory limit for the build container."), bool_flag("no-cache", 0, "Do not use cache when building the image"),
    bool_flag("pull", 0, "Always attempt to pull a newer version of the image."), bool_flag("quiet", 'q', "Don't print anything to STDOUT"), bool_flag("with-dependencies", 0, "Also build dependencies (transitively)."),
};
constexpr FlagSpec kPullFlags[] = {bool_flag("ignore-buildable", 0, "Ignore images that can be built."), bool_flag("ignore-pull-failures", 0, "Pull what it can and ignores images with pull failures."), bool_flag("include-deps", 0, "Also pull services declared as dependencies."),
                                   bool_flag("quiet", 'q', "Pull without printing progress information.")};
constexpr FlagSpec kPushFlags[] = {bool_flag("ignore-push-failures", 0, "Push what it can and ignores images with push failures"), bool_flag("include-deps", 0, "Also push images of services declared as dependencies"), bool_flag("quiet", 'q', "Push without printing progress information")};
constexpr FlagSpec kVersionFlags[] = {text_flag("format", 'f', "Format the output. Values: [pretty | json]. (Default: pretty)"), bool_flag("short", 0, "Shows only Compose's version number.")};

Result<ProjectContainer> container_at(ComposeCall& call, const compose::Project& project, const std::string& service, std::int64_t index) {
  for (const ProjectContainer& container : TRY(project_containers(call.session.client, project.name, OneOff::No)))
    if (container.service == service && (index == 0 || container.number == index)) return container;
  return compose_refusal("service " + go_quote(service) + " is not running container #" + std::to_string(std::max<std::int64_t>(1, index)));
}

void set_list(compose::Node& node, std::string_view key, const std::vector<std::string>& words) {
  compose::Node list = compose::Node::list();
  for (const std::string& word : words) list.items.push_back(compose::Node::of_text(word));
  node.set(key, std::move(list));
}

void set_pairs(compose::Node& node, std::string_view key, const std::vector<std::string>& pairs, const compose::Environment& around) {
  if (pairs.empty()) return;
  compose::Node* map = node.find(key);
  if (map == nullptr) map = &node.set(key, compose::Node::map());
  for (const std::string& pair : pairs) {
    const size_t equals = pair.find('=');
    const std::string name = pair.substr(0, equals);
    if (equals != std::string::npos) map->set(name, compose::Node::of_text(pair.substr(equals + 1)));
    else if (const auto found = around.find(name); found != around.end()) map->set(name, compose::Node::of_text(found->second));
  }
}

// The service as `run` changes it for its container.
Result<compose::Service> one_off_service(ComposeCall& call, const compose::Service& service, bool tty, bool interactive) {
  compose::Service out = service;
  compose::Node& node = out.node;
  const ParsedFlags& flags = call.flags;
  if (call.args().size() > 1) set_list(node, "command", {call.args().begin() + 1, call.args().end()});
  if (flags.changed("entrypoint")) {
    set_list(node, "entrypoint", TRY(compose::shell_words(flags.text("entrypoint"))));
    if (call.args().size() < 2) node.erase("command");
  }
  set_pairs(node, "environment", flags.list("env"), call.around.variables);
  set_pairs(node, "labels", flags.list("label"), {});
  if (flags.changed("user")) node.set("user", compose::Node::of_text(flags.text("user")));
  if (flags.changed("workdir")) node.set("working_dir", compose::Node::of_text(flags.text("workdir")));
  if (!flags.boolean("service-ports")) node.erase("ports");
  if (flags.changed("publish")) {
    compose::Node ports = compose::Node::list();
    for (const std::string& text : flags.list("publish"))
      for (compose::Node& port : TRY(compose::parse_port(text))) ports.items.push_back(std::move(port));
    node.set("ports", std::move(ports));
  }
  if (flags.changed("volume")) {
    compose::Node* mounts = node.find("volumes");
    if (mounts == nullptr) mounts = &node.set("volumes", compose::Node::list());
    for (const std::string& text : flags.list("volume")) mounts->items.push_back(TRY(compose::parse_mount(text)));
  }
  node.erase("container_name");
  node.erase("restart");
  if (compose::Node* deploy = node.find("deploy")) deploy->erase("restart_policy");
  node.set("tty", compose::Node::of_flag(tty));
  node.set("stdin_open", compose::Node::of_flag(interactive));
  out.container_name.clear();
  return out;
}

Result<std::vector<std::string>> chosen_services(ComposeCall& call, compose::Project& project, const char* with) {
  if (!call.args().empty()) TRY(compose::enable_services(project, call.args()));
  return compose::selected_services(project, call.args(), call.flags.boolean(with) ? compose::WithDependencies::Yes : compose::WithDependencies::No);
}

}  // namespace

std::span<const FlagSpec> compose_exec_flags() { return kExecFlags; }
std::span<const FlagSpec> compose_run_flags() { return kRunFlags; }
std::span<const FlagSpec> compose_cp_flags() { return kCpFlags; }
std::span<const FlagSpec> compose_build_flags() { return kBuildFlags; }
std::span<const FlagSpec> compose_pull_flags() { return kPullFlags; }
std::span<const FlagSpec> compose_push_flags() { return kPushFlags; }
std::span<const FlagSpec> compose_version_flags() { return kVersionFlags; }

Result<int> compose_exec(ComposeCall& call) {
  const compose::Project project = TRY(project_or_labels(call));
  const std::string& service = call.args()[0];
  const ProjectContainer container = TRY(container_at(call, project, service, call.flags.integer("index")));
  if (container.state != "running") return compose_refusal("service " + go_quote(service) + " is not running");
  std::vector<std::string> words{"exec"};
  if (call.flags.boolean("detach")) words.emplace_back("-d");
  else words.emplace_back("-i");
  if (!call.flags.boolean("no-TTY") && !call.flags.boolean("detach") && call.console().in_is_terminal() && call.console().out_is_terminal()) words.emplace_back("-t");
  for (const std::string& variable : call.flags.list("env")) words.insert(words.end(), {"-e", variable});
  if (call.flags.boolean("privileged")) words.emplace_back("--privileged");
  if (call.flags.changed("user")) words.insert(words.end(), {"-u", call.flags.text("user")});
  if (call.flags.changed("workdir")) words.insert(words.end(), {"-w", call.flags.text("workdir")});
  words.push_back(container.id);
  words.insert(words.end(), call.args().begin() + 1, call.args().end());
  return run_docker(call.session, words);
}

Result<int> compose_run(ComposeCall& call) {
  compose::Project project = TRY(load_compose_project(call));
  const std::string& name = call.args()[0];
  TRY(compose::enable_services(project, {name}));
  const bool detach = call.flags.boolean("detach");
  const bool tty = !call.flags.boolean("no-TTY") && !detach && call.console().in_is_terminal() && call.console().out_is_terminal();
  const bool interactive = !detach && (!call.flags.changed("interactive") || call.flags.boolean("interactive"));
  const compose::Service service = TRY(one_off_service(call, *project.find(name), tty, interactive));
  auto below = TRY(compose::selected_services(project, {name}, compose::WithDependencies::Yes));
  std::erase(below, name);
  if (call.flags.boolean("no-deps")) below.clear();
  std::vector<std::string> all = below;
  all.push_back(name);
  TRY(refuse_unsupported(project, all));
  Progress progress(call.console(), call.session.clock, progress_kind(call));
  Convergence convergence(call, project, progress);
  ImageOptions images;
  images.build = BuildWhen::Missing;
  images.quiet_pull = call.flags.boolean("quiet-pull");
  TRY(ensure_images(call, project, below, images));
  if (call.flags.boolean("build") && service.builds()) images.build = BuildWhen::Always;
  TRY(ensure_images(call, project, {name}, images));
  const auto orphans = orphans_of(project, TRY(project_containers(call.session.client, project.name, OneOff::No)));
  if (call.flags.boolean("remove-orphans")) TRY(stop_containers(call, project, orphans, progress, std::nullopt, Removal::Yes));
  else warn_of_orphans(call, orphans);
  TRY(convergence.ensure_resources(all));
  if (!below.empty()) {
    ConvergeOptions options;
    options.services = below;
    TRY(convergence.create(options));
    TRY(convergence.start(below));
    TRY(convergence.wait_for_dependencies(call.session.client, service, below));
  }
  progress.leave();
  const std::string random = call.ports.sha256_hex(std::to_string(call.session.clock.now()) + name).substr(0, 12);
  const std::string own_name = call.flags.text("name").empty() ? project.name + "-" + name + "-run-" + random : call.flags.text("name");
  const std::string id = TRY(convergence.create_one_off(service, own_name, call.flags.boolean("use-aliases"), detach && call.flags.boolean("rm")));
  if (detach) {
    TRY(daemon(call.session.client.post("/containers/" + id + "/start", Json())));
    call.console().out(own_name + "\n");
    return 0;
  }
  std::vector<std::string> words{"start", "-a"};
  if (interactive) words.emplace_back("-i");
  words.push_back(id);
  const int code = run_docker(call.session, words);
  if (call.flags.boolean("rm")) ignore(call.session.client.remove("/containers/" + id + "?force=1&v=1"));
  return code;
}

Result<int> compose_cp(ComposeCall& call) {
  const compose::Project project = TRY(project_or_labels(call));
  std::vector<std::string> ends = call.args();
  std::vector<ProjectContainer> targets;
  size_t remote = ends.size();
  for (size_t i = 0; i < ends.size(); ++i) {
    const size_t colon = ends[i].find(':');
    if (colon == std::string::npos || colon == 0 || ends[i][0] == '/' || ends[i][0] == '.') continue;
    if (remote != ends.size()) return compose_refusal("copying between services is not supported");
    remote = i;
    for (const ProjectContainer& container : TRY(project_containers(call.session.client, project.name, OneOff::No)))
      if (container.service == ends[i].substr(0, colon) && (call.flags.integer("index") == 0 || call.flags.integer("index") == container.number)) targets.push_back(container);
    if (targets.empty()) return compose_refusal("no container found for service " + go_quote(ends[i].substr(0, colon)));
  }
  if (remote == ends.size()) return compose_refusal("unknown copy direction");
  // From a service: its first container. To it: all of them.
  if (remote == 0) targets.resize(1);
  const std::string path = ends[remote].substr(ends[remote].find(':') + 1);
  for (const ProjectContainer& container : targets) {
    ends[remote] = container.name + ":" + path;
    std::vector<std::string> words{"cp"};
    if (call.flags.boolean("archive")) words.emplace_back("-a");
    if (call.flags.boolean("follow-link")) words.emplace_back("-L");
    words.insert(words.end(), ends.begin(), ends.end());
    if (const int code = run_docker(call.session, words); code != 0) return code;
  }
  return 0;
}

Result<int> compose_build(ComposeCall& call) {
  compose::Project project = TRY(load_compose_project(call));
  const auto services = TRY(chosen_services(call, project, "with-dependencies"));
  std::vector<std::string> more;
  for (const std::string& argument : call.flags.list("build-arg")) more.insert(more.end(), {"--build-arg", argument});
  for (const char* flag : {"no-cache", "pull", "quiet"})
    if (call.flags.boolean(flag)) more.push_back(std::string("--") + flag);
  if (call.flags.changed("memory")) more.insert(more.end(), {"--memory", call.flags.text("memory")});
  for (const std::string& name : compose::start_order(project, services))
    if (const compose::Service* service = project.find(name); service->builds()) TRY(build_service(call, project, *service, more));
  return 0;
}

Result<int> compose_pull(ComposeCall& call) {
  compose::Project project = TRY(load_compose_project(call));
  int code = 0;
  for (const std::string& name : TRY(chosen_services(call, project, "include-deps"))) {
    const compose::Service& service = *project.find(name);
    if (service.image.empty() || (service.builds() && call.flags.boolean("ignore-buildable"))) continue;
    if (run_docker(call.session, pull_words(service, service.image, call.flags.boolean("quiet"))) != 0 && !call.flags.boolean("ignore-pull-failures") && !service.builds()) code = 18;
  }
  return code;
}

Result<int> compose_push(ComposeCall& call) {
  compose::Project project = TRY(load_compose_project(call));
  int code = 0;
  for (const std::string& name : TRY(chosen_services(call, project, "include-deps"))) {
    const compose::Service& service = *project.find(name);
    if (!service.builds() || service.image.empty()) {
      if (service.builds()) call.console().err(name + " skipped: no image name to push under\n");
      continue;
    }
    std::vector<std::string> words{"push"};
    if (call.flags.boolean("quiet")) words.emplace_back("--quiet");
    words.push_back(service.image);
    if (run_docker(call.session, words) != 0 && !call.flags.boolean("ignore-push-failures")) code = 1;
  }
  return code;
}

Result<int> compose_version(ComposeCall& call) {
  const std::string version(kComposeVersion), format = call.flags.text("format");
  if (call.flags.boolean("short")) call.console().out(version + "\n");
  else if (format == "json") call.console().out("{\"version\":\"v" + version + "\"}\n");
  else call.console().out("Docker Compose version v" + version + "\n");
  return 0;
}

}  // namespace strates::cli
