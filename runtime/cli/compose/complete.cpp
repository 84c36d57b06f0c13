#include "cli/compose/complete.hpp"

#include <algorithm>

#include "base/strings.hpp"

namespace strates::cli {

namespace {

using Words = std::vector<std::string>;

// Swallows what loading a file prints: a warning in the middle of a command line helps nobody.
class Mute : public Console {
 public:
  void out(std::string_view) override {}
  void err(std::string_view) override {}
  bool out_is_terminal() const override { return false; }
  bool in_is_terminal() const override { return false; }
  std::optional<TerminalSize> size() const override { return std::nullopt; }
  Result<size_t> read_input(std::span<char>) override { return size_t{0}; }
  void stop_input() override {}
  std::unique_ptr<ConsoleGuard> raw_mode() override { return nullptr; }
  std::unique_ptr<ConsoleGuard> watch_signals(std::function<void(int)>) override { return nullptr; }
};

Words flags_of(std::span<const FlagSpec> flags) {
  Words out{"--help"};
  for (const FlagSpec& flag : flags)
    if (flag.support == FlagSupport::Yes) out.push_back("--" + std::string(flag.name));
  return out;
}

// The flag whose value is being typed: the last word before takes one. Null: none.
const FlagSpec* waiting(std::span<const FlagSpec> flags, const Words& before) {
  if (before.empty() || before.back().find('=') != std::string::npos) return nullptr;
  const std::string& word = before.back();
  for (const FlagSpec& flag : flags)
    if (flag.kind != FlagKind::Bool && (word == "--" + std::string(flag.name) || (flag.shorthand != 0 && word == std::string("-") + flag.shorthand))) return &flag;
  return nullptr;
}

struct Names {
  Words services, profiles;
};

// Of all services, those of inactive profiles too: naming one makes it active.
Names names_of(ComposeCall& call) {
  Names out;
  // A file on standard input is what is being typed.
  if (std::find(call.globals.files.begin(), call.globals.files.end(), "-") != call.globals.files.end()) return out;
  const auto project = load_compose_project(call, Consistency::Unchecked);
  if (!project.ok()) return out;
  for (const auto* list : {&project.value().services, &project.value().disabled})
    for (const compose::Service& service : *list) {
      out.services.push_back(service.name);
      out.profiles.insert(out.profiles.end(), service.profiles.begin(), service.profiles.end());
    }
  return out;
}

const ComposeCommand* command_named(const std::string& name) {
  for (const ComposeCommand& command : compose_commands())
    if (command.row.name.substr(8) == name) return &command;
  return nullptr;
}

Words with_end(Words words, std::string_view end) {
  for (std::string& word : words) word += end;
  return words;
}

// Values of the flags that name what the file says; files are the shell's own to complete.
Words values_of(const FlagSpec& flag, ComposeCall& call) {
  if (flag.name == "profile") return names_of(call).profiles;
  if (flag.name == "scale") return with_end(names_of(call).services, "=");
  if (flag.name == "attach" || flag.name == "no-attach" || flag.name == "exit-code-from") return names_of(call).services;
  if (flag.name == "ansi") return {"always", "auto", "never"};
  if (flag.name == "progress") return {"auto", "plain", "quiet", "tty"};
  if (flag.name == "pull") return {"always", "missing", "never"};
  return {};
}

Words candidates(Session& session, const ComposePorts& ports, const ComposeSurroundings& around, const Words& words) {
  const Words before(words.begin(), words.end() - 1);
  const std::string& last = words.back();
  const auto globals = compose_global_flags();
  const ComposeCommand& any = compose_commands().front();
  auto parsed = parse_flags(globals, before, Positionals::EndFlags);
  if (!parsed.ok()) {
    const FlagSpec* flag = waiting(globals, before);
    if (flag == nullptr) return {};
    const auto earlier = parse_flags(globals, {before.data(), before.size() - 1}, Positionals::EndFlags);
    if (!earlier.ok()) return {};
    const ComposeGlobals known = compose_globals_of(earlier.value());
    ComposeCall call{session, ports, around, known, any.row, {}};
    return values_of(*flag, call);
  }
  const ComposeGlobals known = compose_globals_of(parsed.value());
  const Words& after = parsed.value().arguments;
  if (after.empty()) {
    if (last.starts_with('-')) return flags_of(globals);
    Words out;
    for (const ComposeCommand& command : compose_commands()) out.emplace_back(command.row.name.substr(8));
    return out;
  }
  const ComposeCommand* command = command_named(after[0]);
  if (command == nullptr) return {};
  const Command& row = command->row;
  ComposeCall call{session, ports, around, known, row, {}};
  const Words given(after.begin() + 1, after.end());
  const auto flags = parse_flags(row.flags, given, row.positionals);
  if (!flags.ok()) {
    const FlagSpec* flag = waiting(row.flags, given);
    return flag == nullptr ? Words{} : values_of(*flag, call);
  }
  const bool taken = row.positionals == Positionals::EndFlags && !flags.value().arguments.empty();  // the rest is the container's command
  if (taken) return {};
  if (last.starts_with('-')) return flags_of(row.flags);
  if (row.use.find("SERVICE:") != std::string_view::npos) return with_end(names_of(call).services, ":");
  if (row.use.find("SERVICE") == std::string_view::npos) return {};
  if (row.use.find("[SERVICE...]") == std::string_view::npos && !flags.value().arguments.empty()) return {};
  return names_of(call).services;
}

}  // namespace

std::vector<std::string> compose_completions(Session& session, const ComposePorts& ports, const ComposeSurroundings& around, const std::vector<std::string>& given) {
  Words words = given;
  if (!words.empty() && words[0] == "--") words.erase(words.begin());
  if (words.empty()) words.emplace_back();
  Mute mute;
  Session quiet{session.client, mute, session.clock};
  Words out = candidates(quiet, ports, around, words);
  std::erase_if(out, [&](const std::string& word) { return !word.starts_with(words.back()); });
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

}  // namespace strates::cli
