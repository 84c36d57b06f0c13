#include "cli/compose/compose_front.hpp"

#include <algorithm>

#include "base/nearest_word.hpp"
#include "base/strings.hpp"
#include "base/text.hpp"
#include "cli/compose/complete.hpp"
#include "cli/usage.hpp"

namespace strates::cli {

namespace {

constexpr FlagSpec kGlobals[] = {
    text_flag("ansi", 0, "Control when to print ANSI control characters (\"never\"|\"always\"|\"auto\")", "auto"),
    list_flag("env-file", 0, "Specify an alternate environment file."),
    list_flag("file", 'f', "Compose configuration files"),
    list_flag("profile", 0, "Specify a profile to enable"),
    text_flag("progress", 0, "Set type of progress output (auto, tty, plain, quiet)", "auto"),
    text_flag("project-directory", 0, "Specify an alternate working directory\n(default: the path of the, first specified, Compose file)"),
    text_flag("project-name", 'p', "Project name"),
    bool_flag("version", 'v', "Show the Docker Compose version information"),
    {"no-ansi", 0, FlagKind::Bool, {}, {}, {}, FlagSupport::Hidden},
    {"verbose", 0, FlagKind::Bool, {}, {}, {}, FlagSupport::Hidden},
    {"workdir", 0, FlagKind::Text, "string", {}, {}, FlagSupport::Hidden},
    {"compatibility", 0, FlagKind::Bool, {}, {}, {}, FlagSupport::NotYet},
    not_yet_bool("dry-run"), not_yet_value("parallel"),
};

std::string compose_help(size_t columns) {
  std::string out = "\nUsage:  docker compose [OPTIONS] COMMAND\n\nDocker Compose\n\nOptions:\n" + flag_usages(kGlobals, columns - 1) + "\nCommands:\n";
  size_t width = 11;
  for (const ComposeCommand& command : compose_commands()) width = std::max(width, command.row.name.size() - 8);
  for (const ComposeCommand& command : compose_commands()) {
    const std::string name(command.row.name.substr(8));
    out += "  " + name + std::string(width - name.size() + 1, ' ') + std::string(command.row.brief) + "\n";
  }
  return out + "\nRun 'docker compose COMMAND --help' for more information on a command.\n";
}

const ComposeCommand* find(const std::string& name) {
  for (const ComposeCommand& command : compose_commands())
    if (command.row.name.substr(8) == name) return &command;
  return nullptr;
}

// Compose's exit codes: 14 a file that is not there, 15 a file that is wrong, 17 a build, 18 a pull that failed.
int exit_code(const Error& error) {
  if (error.code == "compose.build") return 17;
  if (error.code == "compose.pull") return 18;
  if (error.code == "compose.no-file") return 14;
  if (error.code == "compose.no-service" || error.code == "compose.command-failed") return 1;
  return error.code.starts_with("compose.") ? 15 : 1;
}

size_t columns_of(const Console& console) {
  const auto size = console.in_is_terminal() ? console.size() : std::nullopt;
  return size && size->columns > 0 ? size->columns : 80;
}

}  // namespace

std::span<const FlagSpec> compose_global_flags() { return kGlobals; }

ComposeGlobals compose_globals_of(const ParsedFlags& flags) {
  ComposeGlobals out;
  out.files = flags.list("file");
  out.profiles = flags.list("profile");
  out.env_files = flags.list("env-file");
  out.project_name = flags.text("project-name");
  out.project_directory = flags.text(flags.changed("workdir") ? "workdir" : "project-directory");
  if (flags.changed("progress")) out.progress = flags.text("progress");
  if (flags.changed("ansi")) out.ansi = flags.text("ansi");
  if (flags.boolean("no-ansi")) out.ansi = "never";
  return out;
}

namespace {

int unknown(const std::string& word, Console& console) {
  std::vector<std::string_view> known;
  for (const ComposeCommand& command : compose_commands()) known.push_back(command.row.name.substr(8));
  console.err("unknown docker command: \"compose " + word + "\"\n");
  if (const std::string_view near = nearest_word(word, known); !near.empty()) console.err(tr(Text::CliDidYouMean, "docker compose " + std::string(near)) + "\n");
  return 16;
}

}  // namespace

int run_compose(Session& session, const ComposePorts& ports, const ComposeSurroundings& around, const std::vector<std::string>& given) {
  Console& console = session.console;
  if (!given.empty() && given[0] == "__complete") {
    for (const std::string& candidate : compose_completions(session, ports, around, {given.begin() + 1, given.end()})) console.out(candidate + "\n");
    return 0;
  }
  const auto flags = parse_flags(kGlobals, given, Positionals::EndFlags);
  if (!flags.ok()) {
    console.err(flags.error().message() + "\nSee 'docker compose --help'.\n");
    return 16;
  }
  std::vector<std::string> words = flags.value().arguments;
  if (!words.empty() && words[0] == "help") {
    words.erase(words.begin());
    if (!words.empty()) words.emplace_back("--help");
  }
  if (flags.value().boolean("version")) words = {"version"};
  if (flags.value().help || words.empty()) {
    console.out(compose_help(columns_of(console)));
    return 0;
  }
  const ComposeGlobals globals = compose_globals_of(flags.value());
  const ComposeCommand* command = find(words[0]);
  if (command == nullptr) return unknown(words[0], console);
  auto parsed = parse_flags(command->row.flags, {words.data() + 1, words.size() - 1}, command->row.positionals);
  const std::string path = command_path(command->row);
  if (!parsed.ok()) {
    console.err(parsed.error().message() + "\nSee '" + path + " --help'.\n");
    return 16;
  }
  if (parsed.value().help) {
    console.out(command_help(command->row, columns_of(console)));
    return 0;
  }
  if (const std::string error = argument_error(command->row, parsed.value().arguments.size()); !error.empty()) {
    console.err(error + "\n");
    return 16;
  }
  ComposeCall call{session, ports, around, globals, command->row, std::move(parsed).value()};
  const auto result = command->handler(call);
  if (result.ok()) return result.value();
  if (const std::string message = result.error().message(); !message.empty()) console.err(message + "\n");
  return exit_code(result.error());
}

}  // namespace strates::cli
