// A command is a row: its name, its flags, its usage and its handler. The row drives parsing, --help, completion and the errors.
#pragma once

#include <functional>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "api/client.hpp"
#include "base/clock.hpp"
#include "cli/console.hpp"
#include "cli/flags.hpp"

namespace strates::cli {

// What all commands share.
struct Session {
  api::Client& client;
  Console& console;
  Clock& clock;
};

struct Command;

struct Invocation {
  Session& session;
  const Command& command;
  ParsedFlags flags;
  const std::vector<std::string>& args() const { return flags.arguments; }
};

// The exit code, or an Error whose message() is printed as it is, with exit code 1. A handler that wants another code prints for itself.
using CommandHandler = Result<int> (*)(Invocation&);

constexpr size_t kNoLimit = std::numeric_limits<size_t>::max();

struct Command {
  std::string_view name;   // "run", "image ls"
  std::string_view use;    // "[OPTIONS] IMAGE [COMMAND] [ARG...]"
  std::string_view brief;  // "Run a command in a new container"
  std::span<const FlagSpec> flags;
  size_t least = 0, most = 0;  // arguments
  Positionals positionals = Positionals::Interspersed;
  CommandHandler handler = nullptr;  // null: a Docker command that Strates does not have yet
  bool hidden = false;               // an alias that --help does not list
  std::string_view longer = {};      // what --help says in the place of `brief`; empty: `brief`
};

// "container", "image", "system": a name that only groups commands.
struct CommandGroup {
  std::string_view name, brief;
};

// The one context there is: the engine that was chosen.
constexpr std::string_view kDefaultContext = "default";

std::span<const Command> docker_commands();
std::span<const CommandGroup> docker_groups();

}  // namespace strates::cli
