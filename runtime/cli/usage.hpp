// Help and usage errors, to Docker's letter (cobra and pflag's formats).
#pragma once

#include <string>

#include "cli/command.hpp"

namespace strates::cli {

// "Usage:  docker run [OPTIONS] IMAGE ..." and the flags, wrapped to `columns`.
std::string command_help(const Command& command, size_t columns = 80);
std::string group_help(const CommandGroup& group);
std::string docker_help(size_t columns = 80);
// The flags part alone.
std::string flag_usages(std::span<const FlagSpec> flags, size_t columns);

// `"docker run" requires at least 1 argument.` and what follows; empty when the number of arguments is right.
std::string argument_error(const Command& command, size_t count);
// "docker run": how the command is called in errors.
std::string command_path(const Command& command);

}  // namespace strates::cli
