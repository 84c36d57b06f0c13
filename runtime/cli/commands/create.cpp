// docker create, and the creation half of docker run: cli/command/container/create.go of docker/cli 20.10.
#include <unistd.h>

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/json_full.hpp"
#include "base/strings.hpp"
#include "cli/commands/all.hpp"
#include "cli/commands/container_spec.hpp"
#include "cli/daemon.hpp"
#include "cli/docker_config.hpp"
#include "cli/file_source.hpp"
#include "cli/json_messages.hpp"
#include "cli/proxy_variables.hpp"
#include "image/reference.hpp"

namespace strates::cli {

namespace {

// The image is asked of the daemon, which has the last word; its progress goes to standard error.
Result<void> pull_image(Invocation& in, const std::string& name, const std::string& platform) {
  const auto parsed = image::parse_reference(name);
  if (!parsed.ok()) return docker_error(ErrorKind::Invalid, "cli.reference", parsed.error().message());
  const image::Reference reference = parsed.value().with_default_tag();
  Query query;
  query.add("fromImage", reference.familiar_name()).add("tag", reference.digest.empty() ? reference.tag : reference.digest).add_if(!platform.empty(), "platform", platform);
  api::ClientRequest request = post_request(query.on("/images/create"));
  request.headers.emplace_back("X-Registry-Auth", registry_auth_header(reference.domain));
  api::ClientResponse response = TRY(daemon(in.session.client.stream(std::move(request))));
  TRY(show_json_messages(*response.stream, in.session.console, MessageTarget::Err));
  return success();
}

// "no such file or directory", as Go says it.
std::string lower_words(int error_number) { return to_lower(std::strerror(error_number)); }

// Made before the container, filled after it: an existing one means that another container may still be meant by it.
class CidFile {
 public:
  static Result<CidFile> open(const std::string& path) {
    CidFile out;
    if (path.empty()) return out;
    out.path_ = path;
    out.file_.reset(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
    if (!out.file_ && errno == EEXIST)
      return docker_error(ErrorKind::Invalid, "cli.cidfile", "container ID file found, make sure the other container isn't running or delete " + path);
    if (!out.file_) return docker_error(ErrorKind::Invalid, "cli.cidfile", "failed to create the container ID file: open " + path + ": " + lower_words(errno));
    return out;
  }
  CidFile(CidFile&&) = default;
  CidFile& operator=(CidFile&&) = default;
  ~CidFile() {
    if (file_ && !written_) ::unlink(path_.c_str());
  }
  Result<void> write(std::string_view id) {
    if (!file_) return success();
    TRY(write_all(file_, id, path_));
    written_ = true;
    return success();
  }

 private:
  CidFile() = default;
  std::string path_;
  UniqueFd file_;
  bool written_ = false;
};

std::string familiar(const std::string& name) {
  const auto reference = image::parse_reference(name);
  return reference.ok() ? reference.value().with_default_tag().familiar() : name;
}

}  // namespace

void report_error(Invocation& in, const std::string& message, WithHelp help) {
  std::string text = message;
  if (text.ends_with('.')) text.pop_back();
  text = "docker: " + text + ".\n";
  if (help == WithHelp::Yes) text += "See 'docker " + std::string(in.command.name) + " --help'.\n";
  in.session.console.err(text);
}

Result<Created> create_container(Invocation& in, const ContainerSpec& spec) {
  if (const auto reference = image::parse_reference(spec.image); !reference.ok() && !image::is_identifier(spec.image))
    return docker_error(ErrorKind::Invalid, "cli.reference", reference.error().message());
  const TerminalSize size = in.session.console.out_is_terminal() ? in.session.console.size().value_or(TerminalSize{}) : TerminalSize{};
  Json body = TRY(create_body(in.flags, spec, size));
  const std::vector<std::string> proxies = proxy_environment(in.session.client.transport().description(), json_strings(body, "Env"));
  for (const std::string& variable : proxies) body["Env"].push_back(variable);
  CidFile cidfile = TRY(CidFile::open(spec.cidfile));
  if (spec.pull == "always") TRY(pull_image(in, spec.image, spec.platform));
  Query query;
  query.add_if(!spec.name.empty(), "name", spec.name).add_if(!spec.platform.empty(), "platform", spec.platform);
  const std::string target = query.on("/containers/create");
  auto reply = in.session.client.post(target, body);
  const bool absent = !reply.ok() && is_from_daemon(reply.error()) && reply.error().kind == ErrorKind::NotFound &&
                      reply.error().message().starts_with("No such image");
  if (absent && (spec.pull == "missing" || spec.pull.empty())) {
    in.session.console.err("Unable to find image '" + familiar(spec.image) + "' locally\n");
    TRY(pull_image(in, spec.image, spec.platform));
    reply = in.session.client.post(target, body);
  }
  const Json created = TRY(daemon(std::move(reply)));
  for (const std::string& warning : json_strings(created, "Warnings")) in.session.console.err("WARNING: " + warning + "\n");
  Created out{json_string(created, "Id")};
  TRY(cidfile.write(out.id));
  return out;
}

std::span<const FlagSpec> create_flags() {
  static const std::vector<FlagSpec> kAll = [] {
    std::vector<FlagSpec> flags(container_flags().begin(), container_flags().end());
    flags.push_back(text_flag("pull", 0, "Pull image before creating (\"always\"|\"missing\"|\"never\")", "missing"));
    return flags;
  }();
  return kAll;
}

Result<int> create_handler(Invocation& in) {
  const auto spec = container_spec(in.flags, Detach::No);
  if (!spec.ok()) {
    report_error(in, spec.error().message(), WithHelp::Yes);
    return 125;
  }
  auto created = create_container(in, spec.value());
  if (!created.ok() && created.error().code == "cli.run") {  // what the flags say, not what the daemon says
    report_error(in, created.error().message(), WithHelp::Yes);
    return 125;
  }
  in.session.console.out(TRY(std::move(created)).id + "\n");
  return 0;
}

}  // namespace strates::cli
