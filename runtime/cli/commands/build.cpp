// docker build with the classic builder: cli/command/image/build.go of docker/cli 20.10.
#include <fcntl.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <utility>

#include "base/json_full.hpp"
#include "base/strings.hpp"
#include "base/text.hpp"
#include "cli/build_context.hpp"
#include "cli/commands/all.hpp"
#include "cli/daemon.hpp"
#include "cli/file_source.hpp"
#include "cli/json_messages.hpp"
#include "cli/remote_context.hpp"
#include "image/reference.hpp"

namespace strates::cli {

namespace {

constexpr FlagSpec kFlags[] = {
    list_flag("build-arg", 0, "Set build-time variables", check_variable),
    {"cache-from", 0, FlagKind::List, "strings", "Images to consider as cache sources"},
    bool_flag("compress", 0, "Compress the build context using gzip"),
    integer_flag("cpu-shares", 'c', "CPU shares (relative weight)"),
    bool_flag("disable-content-trust", 0, "Skip image verification", "true"),
    text_flag("file", 'f', "Name of the Dockerfile (Default is 'PATH/Dockerfile')"),
    bool_flag("force-rm", 0, "Always remove intermediate containers"),
    text_flag("iidfile", 0, "Write the image ID to the file"),
    text_flag("isolation", 0, "Container isolation technology"),
    list_flag("label", 0, "Set metadata for an image", check_label),
    bytes_flag("memory", 'm', "Memory limit"),
    text_flag("network", 0, "Set the networking mode for the RUN instructions during build", "default"),
    bool_flag("no-cache", 0, "Do not use cache when building the image"),
    bool_flag("pull", 0, "Always attempt to pull a newer version of the image"),
    bool_flag("quiet", 'q', "Suppress the build output and print image ID on success"),
    bool_flag("rm", 0, "Remove intermediate containers after a successful build", "true"),
    bytes_flag("shm-size", 0, "Size of /dev/shm"),
    list_flag("tag", 't', "Name and optionally a tag in the 'name:tag' format", check_image_name),
    text_flag("target", 0, "Set the target build stage to build."),
    not_yet_value("add-host"), not_yet_value("cgroup-parent"), not_yet_value("cpu-period"), not_yet_value("cpu-quota"), not_yet_value("cpuset-cpus"),
    not_yet_value("cpuset-mems"), not_yet_value("memory-swap"), not_yet_value("output", 'o'), not_yet_value("platform"), not_yet_value("progress"),
    not_yet_value("secret"), not_yet_value("security-opt"), not_yet_bool("squash"), not_yet_value("ssh"), not_yet_value("ulimit"),
};

Result<Query> build_query(const ParsedFlags& flags, const std::string& dockerfile) {
  Query query;
  Json arguments = Json::object(), labels = Json::object();
  std::map<std::string, Json> sorted;
  for (const std::string& argument : flags.list("build-arg")) {
    const size_t equals = argument.find('=');
    const std::string name = argument.substr(0, equals);
    if (equals != std::string::npos) sorted[name] = argument.substr(equals + 1);
    else if (const char* value = std::getenv(name.c_str()); value != nullptr) sorted[name] = value;
    else sorted[name] = nullptr;
  }
  for (const auto& [name, value] : sorted) arguments[name] = value;
  for (const std::string& label : flags.list("label")) {
    const size_t equals = label.find('=');
    labels[label.substr(0, equals)] = equals == std::string::npos ? "" : label.substr(equals + 1);
  }
  query.add("dockerfile", dockerfile).add("version", "1").add("rm", flags.boolean("rm") ? "1" : "0");
  query.add_if(!arguments.empty(), "buildargs", dump_json(arguments)).add_if(!labels.empty(), "labels", dump_json(labels));
  query.add_if(flags.boolean("force-rm"), "forcerm").add_if(flags.boolean("no-cache"), "nocache").add_if(flags.boolean("quiet"), "q");
  query.add_if(flags.changed("network"), "networkmode", flags.text("network")).add_if(flags.changed("target"), "target", flags.text("target"));
  Json sources = Json::array();
  for (const std::string& given : flags.list("cache-from"))
    for (const std::string& name : split(given, ',')) sources.push_back(name);
  query.add_if(!sources.empty(), "cachefrom", dump_json(sources)).add_if(flags.boolean("pull"), "pull");
  query.add_if(flags.changed("cpu-shares"), "cpushares", std::to_string(flags.integer("cpu-shares")));
  query.add_if(flags.changed("isolation"), "isolation", flags.text("isolation"));
  query.add_if(flags.changed("memory"), "memory", std::to_string(flags.bytes("memory")));
  query.add_if(flags.changed("shm-size"), "shmsize", std::to_string(flags.bytes("shm-size")));
  for (const std::string& tag : flags.list("tag")) query.add("t", tag);
  return query;
}

Result<std::string> read_dockerfile(Console& console) {
  InputSource input(console);
  return read_all(input, 16 << 20);
}

Error unprepared(Error error) {
  if (error.wire.empty()) return error;  // not Docker's words
  error.wire = "unable to prepare context: " + error.wire;
  return error;
}

Result<BuildContext> prepare(Invocation& in, const std::function<void(std::string_view)>& show) {
  const std::string& where = in.args()[0];
  const std::string file = in.flags.text("file");
  switch (context_kind(where)) {
    case ContextKind::Git: {
      const auto address = parse_git_address(where);
      if (!address.ok()) return unprepared(address.error());
      const auto checkout = GitCheckout::fetch(address.value());
      if (!checkout.ok()) return unprepared(checkout.error());
      // The Dockerfile is one of the repository's; the tar is written before the clone goes.
      return context_from_directory(checkout.value().folder(), file.empty() ? "" : join_path(checkout.value().folder(), file), std::nullopt);
    }
    case ContextKind::Url: {
      auto body = download_context(where, show);
      if (!body.ok()) return unprepared(body.error());
      return context_from_input(std::move(body).value(), file);
    }
    case ContextKind::Stdin:
      if (file == "-") return docker_error(ErrorKind::Invalid, "cli.context", "invalid argument: can't use stdin for both build context and dockerfile");
      return context_from_input(std::make_unique<InputSource>(in.session.console), file);
    case ContextKind::Directory: break;
  }
  std::optional<std::string> piped;
  if (file == "-") piped = TRY(read_dockerfile(in.session.console));
  return context_from_directory(where, file == "-" ? "" : file, std::move(piped));
}

Result<void> write_image_id(const std::string& path, const std::string& id) {
  UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!file) {
    std::string why = std::strerror(errno);
    why[0] = to_lower(why.substr(0, 1))[0];
    return docker_error(ErrorKind::Invalid, "cli.iidfile", "open " + path + ": " + why);
  }
  return write_all(file, id, path);
}

}  // namespace

std::span<const FlagSpec> build_flags() { return kFlags; }

Result<int> build_handler(Invocation& in) {
  Console& console = in.session.console;
  const bool quiet = in.flags.boolean("quiet");
  std::string kept;  // with --quiet, what is shown only if the build fails
  const auto show = [&](std::string_view text) {
    if (quiet) kept += text;
    else console.out(text);
  };
  const BuildContext context = TRY(prepare(in, show));
  ProgressSource body(*context.tar, console.out_is_terminal() && !quiet, show);
  api::ClientRequest request = post_request(TRY(build_query(in.flags, context.dockerfile)).on("/build"));
  request.headers.emplace_back("Content-Type", "application/x-tar");
  request.headers.emplace_back("X-Registry-Config", "e30=");
  request.body_source = &body;
  api::ClientResponse response = TRY(daemon(in.session.client.stream(std::move(request))));
  const std::string context_line = quiet ? std::exchange(kept, {}) : std::string();  // no part of the answer, but of a failure
  int code = 1;
  std::string built;  // the image's id: alone with --quiet, after "Successfully built" otherwise
  const auto shown = show_json_messages(*response.stream, console, MessageTarget::Out, &code, [&](std::string_view text) {
    constexpr std::string_view kBuilt = "Successfully built ";
    if (text.starts_with(kBuilt)) built = std::string(trim(text.substr(kBuilt.size())));
    else if (quiet && !trim(text).empty()) built = std::string(trim(text));
    show(text);
  });
  if (!shown.ok()) {
    if (quiet) console.err(context_line + kept);
    console.err(shown.error().message() + "\n");
    return code == 0 ? 1 : code;
  }
  if (quiet) console.out(kept);
  if (const std::string path = in.flags.text("iidfile"); !path.empty()) {
    const Json image = TRY(daemon(in.session.client.get("/images/" + path_name(built) + "/json")));
    TRY(write_image_id(path, json_string(image, "Id")));
  }
  return 0;
}

}  // namespace strates::cli
