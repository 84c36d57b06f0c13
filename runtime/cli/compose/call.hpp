// One call of `docker compose COMMAND`: its words, the engine it speaks to, and the project it is about.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "cli/command.hpp"
#include "compose/project.hpp"

namespace strates::cli {

// What Compose says of itself: the version whose manners these commands follow.
constexpr std::string_view kComposeVersion = "2.17.2";

// What surrounds the program, so that it can be tested.
struct ComposeSurroundings {
  compose::Environment variables;
  std::string directory, home;  // absolute
};

// Engine, disk and hash of a call. `connect` gives a client of its own to each thread that asks.
struct ComposePorts {
  std::function<std::unique_ptr<api::Client>()> connect;
  std::function<std::string(std::string_view)> sha256_hex;
  compose::Files& files;
};

// What stands between `compose` and the command.
struct ComposeGlobals {
  std::vector<std::string> files, profiles, env_files;
  std::string project_name, project_directory, progress = "auto", ansi = "auto";
};

struct ComposeCall {
  Session& session;
  const ComposePorts& ports;
  const ComposeSurroundings& around;
  const ComposeGlobals& globals;
  const Command& command;
  ParsedFlags flags;

  const std::vector<std::string>& args() const { return flags.arguments; }
  Console& console() const { return session.console; }
};

using ComposeHandler = Result<int> (*)(ComposeCall& call);
struct ComposeCommand {
  Command row;  // its name begins with "compose "; its handler is not used
  ComposeHandler handler = nullptr;
};
std::span<const ComposeCommand> compose_commands();

// Files, .env, profiles and names as Compose finds them. Warnings are printed. code compose.no-file: "no configuration file provided: not found".
enum class Consistency { Checked, Unchecked };
Result<compose::Project> load_compose_project(ComposeCall& call, Consistency consistency = Consistency::Checked, bool interpolate = true);
// The same, or what the containers' labels tell of a project that was named (-p) where there is no file.
Result<compose::Project> project_or_labels(ComposeCall& call);

// What Compose says before it ends with 1. code compose.command-failed
inline Error compose_refusal(std::string text) { return docker_error(ErrorKind::Invalid, "compose.command-failed", std::move(text)); }

// "WARN[0000] TEXT" on a terminal, "time=... level=warning msg=..." otherwise, on standard error.
void compose_warning(ComposeCall& call, const std::string& text);

}  // namespace strates::cli
