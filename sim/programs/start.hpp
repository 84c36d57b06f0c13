// From a family and its arguments to a program that runs.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sim/process/program.hpp"

namespace strates::sim {

// `args[0]` names the program, as execve passes it; "busybox NAME ARGS" runs the applet NAME. Null: no such family.
// A program of the real family that the simulator lacks runs as a refusal (exit 126); a name that the family does not have either is busybox's
// "NAME: applet not found" (127).
std::unique_ptr<Program> start_program(std::string_view family, const std::vector<std::string>& args);
// An applet that busybox's shell runs by name, without any file (FEATURE_SH_STANDALONE, as Debian builds it). Real ones that are refused count.
bool is_busybox_applet(std::string_view name);

}  // namespace strates::sim
