#include "cli/docker_front.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>

#include "base/go_errno.hpp"
#include "base/strings.hpp"
#include "base/text.hpp"
#include "base/unique_fd.hpp"
#include "cli/docker_config.hpp"
#include "cli/docker_version.hpp"
#include "cli/usage.hpp"
#include "cli/which_engine.hpp"

namespace strates::cli {

namespace {

// logrus, ParseLevel.
constexpr std::string_view kLogLevels[] = {"panic", "fatal", "error", "warn", "warning", "info", "debug", "trace"};

Error endpoint_error(const std::string& why) { return docker_error(ErrorKind::Invalid, "cli.endpoint", "unable to resolve docker endpoint: " + why); }

// Docker's client has read its certificates before it speaks to anybody. Ours reaches its engine by a unix socket only, and says so.
Error no_tls(const std::string& authority) {
  const UniqueFd file(::open(authority.c_str(), O_RDONLY | O_CLOEXEC));
  if (file) return make_error(ErrorKind::NotImplemented, "cli.tls", "docker --tls", authority, tr(Text::CliHostNotUnix), tr(Text::CliTlsAdvice));
  return endpoint_error("open " + authority + ": " + go_errno(errno));
}

size_t help_columns(const Console& console) {
  const auto size = console.in_is_terminal() ? console.size() : std::nullopt;
  return size && size->columns > 0 ? size->columns : 80;
}

const CommandGroup* find_group(const std::string& name) {
  for (const CommandGroup& group : docker_groups())
    if (group.name == name) return &group;
  return nullptr;
}

int unknown_command(Session& session, const std::vector<std::string>& words) {
  if (const CommandGroup* group = find_group(words[0])) {
    // cobra prints the group's help for anything it does not know there.
    if (words.size() == 1 || words[1] == "--help" || words[1] == "-h") {
      (words.size() == 1 ? session.console.err(group_help(*group)) : session.console.out(group_help(*group)));
      return 0;
    }
    session.console.err(group_help(*group));
    return 1;
  }
  session.console.err("docker: '" + words[0] + "' is not a docker command.\nSee 'docker --help'\n");
  return 1;
}

// Docker's client reads its file before it does anything but help, and goes on without it.
void warn_of_config(Console& console) {
  if (const std::string why = DockerConfig::complaint(); !why.empty()) console.err("WARNING: Error loading config file: " + why + "\n");
}

int run_command(Session& session, const Command& command, std::vector<std::string> words) {
  const std::string path = command_path(command);
  Console& console = session.console;
  if (command.handler == nullptr) {
    console.err(path + ": " + tr(Text::CliCommandNotYet) + "\n");
    return 1;
  }
  auto flags = parse_flags(command.flags, words, command.positionals);
  if (!flags.ok() || !flags.value().help) warn_of_config(console);
  if (!flags.ok()) {
    console.err(flags.error().message() + "\nSee '" + path + " --help'.\n");
    return 125;
  }
  if (flags.value().help) {
    if (flags.value().deprecated_help) console.out("Flag shorthand -h has been deprecated, please use --help\n");
    console.out(command_help(command, help_columns(console)));
    return 0;
  }
  if (const std::string error = argument_error(command, flags.value().arguments.size()); !error.empty()) {
    console.err(error + "\n");
    return 1;
  }
  Invocation invocation{session, command, std::move(flags).value()};
  const auto result = command.handler(invocation);
  if (result.ok()) return result.value();
  console.err(result.error().message() + "\n");
  return 1;
}

}  // namespace

std::vector<FlagSpec> global_flags() {
  // Flags hold views: these live as long as the program, as the environment they come from.
  static const std::string folder = docker_config_folder(process_surroundings());
  static const std::string authority = folder + "/ca.pem", certificate = folder + "/cert.pem", key = folder + "/key.pem";
  return {
      text_flag("config", 0, "Location of client config files", folder),
      text_flag("context", 'c', "Name of the context to use to connect to the daemon (overrides DOCKER_HOST env var and default context set with \"docker context use\")"),
      bool_flag("debug", 'D', "Enable debug mode"),
      list_flag("host", 'H', "Daemon socket(s) to connect to"),
      text_flag("log-level", 'l', "Set the logging level (\"debug\"|\"info\"|\"warn\"|\"error\"|\"fatal\")", "info"),
      bool_flag("tls", 0, "Use TLS; implied by --tlsverify"),
      text_flag("tlscacert", 0, "Trust certs signed only by this CA", authority),
      text_flag("tlscert", 0, "Path to TLS certificate file", certificate),
      text_flag("tlskey", 0, "Path to TLS key file", key),
      bool_flag("tlsverify", 0, "Use TLS and verify the remote"),
      bool_flag("version", 'v', "Print version information and quit"),
  };
}

Result<DockerGlobals> docker_globals(const std::vector<std::string>& words) {
  const std::vector<FlagSpec> specs = global_flags();
  const ParsedFlags flags = TRY(parse_flags(specs, words, Positionals::EndFlags));
  DockerGlobals out;
  const auto hosts = flags.list("host");
  if (hosts.size() > 1) return docker_error(ErrorKind::Invalid, "cli.flag", "Please specify only one -H");
  if (!hosts.empty()) out.host = hosts[0];
  if (flags.changed("config")) out.config = flags.text("config");
  out.context = flags.text("context");
  out.log_level = flags.text("log-level");
  out.authority = flags.text("tlscacert");
  out.tls = flags.boolean("tls") || flags.changed("tlsverify");
  out.version = flags.boolean("version");
  out.help = flags.help;
  out.rest = flags.arguments;
  return out;
}

Result<void> check_globals(const DockerGlobals& globals, const std::string& host) {
  const std::string level = to_lower(globals.log_level);
  if (!level.empty() && std::find(std::begin(kLogLevels), std::end(kLogLevels), level) == std::end(kLogLevels))
    return docker_error(ErrorKind::Invalid, "cli.log-level", "Unable to parse logging level: " + globals.log_level);
  if (!globals.context.empty() && !host.empty()) return docker_error(ErrorKind::Invalid, "cli.context", "Conflicting options: either specify --host or --context, not both");
  if (!globals.context.empty() && globals.context != kDefaultContext) return endpoint_error("context " + go_quote(globals.context) + " does not exist");
  if (globals.tls) return no_tls(globals.authority);
  return success();
}

const Command* find_command(const std::vector<std::string>& words, size_t& used) {
  for (const size_t count : {size_t{2}, size_t{1}}) {
    if (words.size() < count) continue;
    const std::string name = count == 2 ? words[0] + " " + words[1] : words[0];
    for (const Command& command : docker_commands())
      if (command.name == name) {
        used = count;
        return &command;
      }
  }
  return nullptr;
}

int run_docker(Session& session, const std::vector<std::string>& given) {
  std::vector<std::string> words = given;
  // "docker help run" is "docker run --help".
  if (!words.empty() && words[0] == "help") {
    words.erase(words.begin());
    if (!words.empty()) words.emplace_back("--help");
  }
  if (words.empty()) {
    session.console.out(docker_help(help_columns(session.console)));
    return 0;
  }
  size_t used = 0;
  const Command* command = find_command(words, used);
  if (command == nullptr) return unknown_command(session, words);
  return run_command(session, *command, std::vector<std::string>(words.begin() + static_cast<std::ptrdiff_t>(used), words.end()));
}

}  // namespace strates::cli
