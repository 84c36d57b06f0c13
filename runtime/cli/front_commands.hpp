// The course's own commands; the Docker ones are in docker_table.cpp.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.hpp"
#include "cli/console.hpp"
#include "cli/which_engine.hpp"

namespace strates::cli {

// What stands before the command.
struct FrontOptions {
  std::string host, lang;
};

struct FrontCall {
  const FrontOptions& options;
  const std::vector<std::string>& words;  // after the command's name
  Console& console;
};

// Errors are printed with ErrorPrefix, exit code 1.
struct FrontCommand {
  std::string_view name;
  Text brief;
  Result<int> (*handler)(const FrontCall& call);
};

std::span<const FrontCommand> front_commands();

Result<int> docker_command(const FrontCall& call);
Result<int> compose_command(const FrontCall& call);
Result<int> daemon_command(const FrontCall& call);
Result<int> learn_command(const FrontCall& call);
Result<int> view_command(const FrontCall& call);
Result<int> grade_command(const FrontCall& call);
Result<int> trace_command(const FrontCall& call);
Result<int> doctor_command(const FrontCall& call);
Result<int> images_command(const FrontCall& call);
Result<int> layers_command(const FrontCall& call);
Result<int> plugin_command(const FrontCall& call);
Result<int> registry_command(const FrontCall& call);
Result<int> bundle_command(const FrontCall& call);
Result<int> completion_command(const FrontCall& call);
Result<int> version_command(const FrontCall& call);

// A wrong use of a command of ours: "strates trace : option inconnue --x", code cli.usage (exit code 2).
Error usage_error(std::string_view command, const Error& cause);
// Help of one command: its catalogue text and its flags.
std::string front_help(std::string_view usage, Text text);

// Candidates for the last word of an incomplete command line; the words come after the program's name.
std::vector<std::string> completions(const std::vector<std::string>& words, bool docker);
// The same words for the program of `compose`, when they are about what stands after it; empty otherwise.
std::vector<std::string> compose_words(const std::vector<std::string>& words, bool docker);

}  // namespace strates::cli
