#include "cli/docker_front.hpp"

#include <algorithm>

#include "base/strings.hpp"
#include "base/text.hpp"
#include "cli/docker_version.hpp"
#include "cli/usage.hpp"

namespace strates::cli {

namespace {

constexpr FlagSpec kGlobals[] = {
    bool_flag("debug", 'D', "Enable debug mode"),
    list_flag("host", 'H', "Daemon socket(s) to connect to"),
    text_flag("log-level", 'l', "Set the logging level"),
    bool_flag("version", 'v', "Print version information and quit"),
    not_yet_value("config"), not_yet_value("context", 'c'), not_yet_bool("tls"), not_yet_value("tlscacert"), not_yet_value("tlscert"),
    not_yet_value("tlskey"), not_yet_bool("tlsverify"),
};

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

int run_command(Session& session, const Command& command, std::vector<std::string> words) {
  const std::string path = command_path(command);
  Console& console = session.console;
  if (command.handler == nullptr) {
    console.err(path + ": " + tr(Text::CliCommandNotYet) + "\n");
    return 1;
  }
  auto flags = parse_flags(command.flags, words, command.positionals);
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

Result<DockerGlobals> docker_globals(const std::vector<std::string>& words) {
  const ParsedFlags flags = TRY(parse_flags(kGlobals, words, Positionals::EndFlags));
  DockerGlobals out;
  const auto hosts = flags.list("host");
  if (hosts.size() > 1) return docker_error(ErrorKind::Invalid, "cli.flag", "Please specify only one -H");
  if (!hosts.empty()) out.host = hosts[0];
  out.version = flags.boolean("version");
  out.help = flags.help;
  out.rest = flags.arguments;
  return out;
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
