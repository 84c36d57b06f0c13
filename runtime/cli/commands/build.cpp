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
#include "cli/commands/container_confinement.hpp"
#include "cli/daemon.hpp"
#include "cli/docker_config.hpp"
#include "cli/file_source.hpp"
#include "cli/json_messages.hpp"
#include "cli/proxy_variables.hpp"
#include "cli/remote_context.hpp"
#include "image/reference.hpp"

namespace strates::cli {

namespace {

constexpr FlagSpec hidden_text(std::string_view name, char shorthand = 0) { return {name, shorthand, FlagKind::Text, "string", {}, {}, FlagSupport::Hidden}; }

constexpr FlagSpec kFlags[] = {
    list_flag("add-host", 0, "Add a custom host-to-IP mapping (host:ip)", check_add_host),
    list_flag("build-arg", 0, "Set build-time variables", check_variable),
    {"cache-from", 0, FlagKind::List, "strings", "Images to consider as cache sources"},
    text_flag("cgroup-parent", 0, "Optional parent cgroup for the container"),
    bool_flag("compress", 0, "Compress the build context using gzip"),
    integer_flag("cpu-period", 0, "Limit the CPU CFS (Completely Fair Scheduler) period"),
    integer_flag("cpu-quota", 0, "Limit the CPU CFS (Completely Fair Scheduler) quota"),
    integer_flag("cpu-shares", 'c', "CPU shares (relative weight)"),
    text_flag("cpuset-cpus", 0, "CPUs in which to allow execution (0-3, 0,1)"),
    text_flag("cpuset-mems", 0, "MEMs in which to allow execution (0-3, 0,1)"),
    bool_flag("disable-content-trust", 0, "Skip image verification", "true"),
    text_flag("file", 'f', "Name of the Dockerfile (Default is 'PATH/Dockerfile')"),
    bool_flag("force-rm", 0, "Always remove intermediate containers"),
    text_flag("iidfile", 0, "Write the image ID to the file"),
    text_flag("isolation", 0, "Container isolation technology"),
    list_flag("label", 0, "Set metadata for an image", check_label),
    bytes_flag("memory", 'm', "Memory limit"),
    {"memory-swap", 0, FlagKind::SwapBytes, "bytes", "Swap limit equal to memory plus swap: '-1' to enable unlimited swap"},
    text_flag("network", 0, "Set the networking mode for the RUN instructions during build", "default"),
    bool_flag("no-cache", 0, "Do not use cache when building the image"),
    bool_flag("pull", 0, "Always attempt to pull a newer version of the image"),
    bool_flag("quiet", 'q', "Suppress the build output and print image ID on success"),
    bool_flag("rm", 0, "Remove intermediate containers after a successful build", "true"),
    {"security-opt", 0, FlagKind::List, "strings", "Security options"},
    bytes_flag("shm-size", 0, "Size of /dev/shm"),
    list_flag("tag", 't', "Name and optionally a tag in the 'name:tag' format", check_image_name),
    text_flag("target", 0, "Set the target build stage to build."),
    {"ulimit", 0, FlagKind::List, "ulimit", "Ulimit options (default [])", {}, FlagSupport::Yes, check_ulimit},
    // Docker's client says these of BuildKit and of experimental daemons only.
    hidden_text("platform"),
    {"squash", 0, FlagKind::Bool, {}, {}, {}, FlagSupport::Hidden},
    // Without BuildKit it takes these and does nothing with them.
    {"output", 'o', FlagKind::List, "list", {}, {}, FlagSupport::Hidden}, hidden_text("progress"), hidden_list_flag("secret"), hidden_list_flag("ssh"),
};

// What RUN's containers may use.
void add_limits(const ParsedFlags& flags, Query& query) {
  struct Number {
    const char *flag, *key;
    bool bytes = false;
  };
  constexpr Number kNumbers[] = {{"cpu-period", "cpuperiod"}, {"cpu-quota", "cpuquota"}, {"cpu-shares", "cpushares"}, {"memory", "memory", true}, {"memory-swap", "memswap", true}, {"shm-size", "shmsize", true}};
  for (const Number& row : kNumbers)
    if (flags.changed(row.flag)) query.add(row.key, std::to_string(row.bytes ? flags.bytes(row.flag) : flags.integer(row.flag)));
  struct Word {
    const char *flag, *key;
  };
  constexpr Word kWords[] = {{"cgroup-parent", "cgroupparent"}, {"cpuset-cpus", "cpusetcpus"}, {"cpuset-mems", "cpusetmems"}, {"isolation", "isolation"}, {"platform", "platform"}};
  for (const Word& row : kWords) query.add_if(flags.changed(row.flag), row.key, flags.text(row.flag));
}

Result<Query> build_query(const ParsedFlags& flags, const std::string& dockerfile, const std::string& engine) {
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
  const auto proxies = proxy_variables(engine);
  for (const auto& [name, value] : proxies) sorted.try_emplace(name, value);
  for (const auto& [name, value] : sorted) arguments[name] = value;
  for (const std::string& label : flags.list("label")) {
    const size_t equals = label.find('=');
    labels[label.substr(0, equals)] = equals == std::string::npos ? "" : label.substr(equals + 1);
  }
  query.add("dockerfile", dockerfile).add("version", "1").add("rm", flags.boolean("rm") ? "1" : "0");
  query.add_if(!arguments.empty(), "buildargs", dump_json(arguments)).add_if(!labels.empty(), "labels", dump_json(labels));
  query.add_if(flags.boolean("force-rm"), "forcerm").add_if(flags.boolean("no-cache"), "nocache").add_if(flags.boolean("quiet"), "q");
  query.add_if(flags.changed("network"), "networkmode", flags.text("network")).add_if(flags.changed("target"), "target", flags.text("target"));
  const std::vector<std::string> sources = comma_values(flags, "cache-from"), hosts = flags.list("add-host");
  query.add_if(!sources.empty(), "cachefrom", dump_json(Json(sources))).add_if(flags.boolean("pull"), "pull");
  add_limits(flags, query);
  for (const std::string& host : hosts) query.add("extrahosts", host);
  for (const std::string& option : comma_values(flags, "security-opt")) query.add("securityopt", option);
  if (flags.changed("ulimit")) query.add("ulimits", dump_json(TRY(ulimits_json(flags))));
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
      BuildContext context = TRY(context_from_directory(checkout.value().folder(), file.empty() ? "" : join_path(checkout.value().folder(), file), std::nullopt));
      TRY(detach_context(context));
      return context;
    }
    case ContextKind::Url: {
      auto body = download_context(where, show);
      // https, here or after a redirection: whoever has TLS fetches it, the engine. What is built is the same.
      if (!body.ok() && body.error().code == "fetch.no-tls") return BuildContext{file.empty() ? "Dockerfile" : file, std::make_unique<StringSource>(""), where};
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
  if (in.flags.boolean("squash"))
    return docker_error(ErrorKind::Invalid, "cli.squash", "\"--squash\" is only supported on a Docker daemon with experimental features enabled");
  const BuildContext context = TRY(prepare(in, show));
  ProgressSource body(*context.tar, console.out_is_terminal() && !quiet, show);
  Query query = TRY(build_query(in.flags, context.dockerfile, in.session.client.transport().description()));
  query.add_if(!context.remote.empty(), "remote", context.remote);
  api::ClientRequest request = post_request(query.on("/build"));
  request.headers.emplace_back("Content-Type", "application/x-tar");
  request.headers.emplace_back("X-Registry-Config", registry_config_header());
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
    // With --quiet Docker keeps the line as the daemon sent it.
    TRY(write_image_id(path, json_string(image, "Id") + (quiet ? "\n" : "")));
  }
  return 0;
}

}  // namespace strates::cli
