// execve(2) of the simulator: from a path in the container to a program that runs.
//
// What a file is, is read from its bytes: the marker "#!strates-sim FAMILY" of a simulated base image, an ELF file that holds "BusyBox v", a
// script that names its interpreter. Another binary runs as a program that says that it cannot be simulated and exits with 126.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/process/process.hpp"

namespace strates::sim {

struct Loaded {
  std::unique_ptr<Program> program;
  std::vector<std::string> args;  // as `ps` shows them: a script's interpreter comes first
};

// Errors are the kernel's, as the Vfs gives them: NoEntry, AccessDenied (a directory, no x bit), ExecFormat (text without "#!").
Result<Loaded> load_program(Process& self, std::string_view path, std::vector<std::string> args);

// The first executable file of that name in the directories of `path_variable`.
std::optional<std::string> find_in_path(Process& self, std::string_view name, std::string_view path_variable);
// A regular file that somebody may execute.
bool is_executable(Process& self, std::string_view path);

// Prints `sentence` and a newline to standard error and exits.
std::unique_ptr<Program> make_refusal(std::string sentence, int code);

}  // namespace strates::sim
