#include "cli/front.hpp"

#include "base/nearest_word.hpp"
#include "base/strings.hpp"
#include "cli/docker_front.hpp"
#include "cli/flags.hpp"
#include "cli/front_commands.hpp"
#include "cli/neighbours.hpp"
#include "cli/plugin_command.hpp"

namespace strates::cli {

namespace {

constexpr FrontCommand kCommands[] = {
    {"learn", Text::CliBriefLearn, learn_command},       {"docker", Text::CliBriefDocker, docker_command},
    {"compose", Text::CliBriefCompose, compose_command},
    {"trace", Text::CliBriefTrace, trace_command},       {"images", Text::CliBriefImages, images_command},
    {"layers", Text::CliBriefLayers, layers_command},
    {"view", Text::CliBriefView, view_command},          {"grade", Text::CliBriefGrade, grade_command},
    {"doctor", Text::CliBriefDoctor, doctor_command},    {"daemon", Text::CliBriefDaemon, daemon_command},
    {"completion", Text::CliBriefCompletion, completion_command}, {"plugin", Text::CliBriefPlugin, plugin_command},
    {"version", Text::CliBriefVersion, version_command},
    {"registry", Text::CliBriefRegistry, registry_command}, {"bundle", Text::CliBriefBundle, bundle_command},
};

constexpr FlagSpec kOptions[] = {
    text_flag("host", 'H', ""),
    text_flag("lang", 0, ""),
    bool_flag("version", 'v', ""),
};

std::string help() {
  std::string rows;
  for (const FrontCommand& command : kCommands) rows += "  " + std::string(command.name) + std::string(12 - command.name.size(), ' ') + tr(command.brief) + "\n";
  return tr(Text::CliHelp, rows) + "\n";
}

int unknown(const std::string& word, Console& console) {
  std::vector<std::string_view> known;
  for (const FrontCommand& command : kCommands) known.push_back(command.name);
  std::string text = tr(Text::ErrorPrefix, tr(Text::CliUnknownCommand, word)) + "\n";
  if (const std::string_view near = nearest_word(word, known); !near.empty()) text += tr(Text::CliDidYouMean, "strates " + std::string(near)) + "\n";
  else if (size_t used = 0; find_command({word}, used) != nullptr) text += tr(Text::CliDidYouMean, "strates docker " + word) + "\n";
  console.err(text + tr(Text::TryHelp, "strates") + "\n");
  return 2;
}

int report(const Result<int>& result, Console& console) {
  if (result.ok()) return result.value();
  console.err(tr(Text::ErrorPrefix, result.error().message()) + "\n");
  return result.error().code == "cli.usage" ? 2 : 1;
}

int run_words(const std::vector<std::string>& words, FrontOptions options, Console& console) {
  const auto flags = parse_flags(kOptions, words, Positionals::EndFlags);
  if (!flags.ok()) {
    console.err(tr(Text::ErrorPrefix, flags.error().message()) + "\n" + tr(Text::TryHelp, "strates") + "\n");
    return 2;
  }
  if (flags.value().changed("host")) options.host = flags.value().text("host");
  options.lang = flags.value().text("lang");
  if (!options.lang.empty() && options.lang != "fr" && options.lang != "en") {
    console.err(tr(Text::ErrorPrefix, tr(Text::CliUnknownLanguage, options.lang)) + "\n");
    return 2;
  }
  set_language(choose_language(options.lang));
  if (flags.value().boolean("version")) return report(version_command({options, {}, console}), console);
  const std::vector<std::string>& rest = flags.value().arguments;
  if (flags.value().help || rest.empty() || rest[0] == "help") {
    console.out(help());
    return 0;
  }
  const std::vector<std::string> arguments(rest.begin() + 1, rest.end());
  if (rest[0] == "__complete" || rest[0] == "__complete-docker") {
    // The program of `compose` knows its tables and its files. It needs no engine for that.
    if (const auto of_compose = compose_words(arguments, rest[0] == "__complete-docker"); !of_compose.empty()) return report(exec_neighbour("strates-compose", of_compose), console);
    for (const std::string& candidate : completions(arguments, rest[0] == "__complete-docker")) console.out(candidate + "\n");
    return 0;
  }
  for (const FrontCommand& command : kCommands)
    if (command.name == rest[0]) return report(command.handler({options, arguments, console}), console);
  return unknown(rest[0], console);
}

}  // namespace

std::span<const FrontCommand> front_commands() { return kCommands; }

Error usage_error(std::string_view command, const Error& cause) {
  Error error = make_error(ErrorKind::Invalid, "cli.usage", "strates " + std::string(command), "", cause.message(), tr(Text::TryHelp, "strates " + std::string(command)));
  return error;
}

std::string front_help(std::string_view usage, Text text) { return tr(Text::CliUsage, std::string(usage)) + "\n\n" + tr(text) + "\n"; }

int run_front(const std::string& program, const std::vector<std::string>& words, Console& console) {
  set_language(choose_language(""));
  FrontOptions options;
  if (base_name(program) == "docker") return report(docker_command({options, words, console}), console);
  if (base_name(program) != kPluginProgram) return run_words(words, options, console);
  if (words == std::vector<std::string>{"docker-cli-plugin-metadata"}) {
    console.out(plugin_metadata());
    return 0;
  }
  const auto typed = plugin_words(words);
  if (!typed.ok()) {
    console.err(tr(Text::ErrorPrefix, typed.error().message()) + "\n");
    return 2;
  }
  options.host = typed.value().host;
  return run_words(typed.value().rest, options, console);
}

}  // namespace strates::cli
