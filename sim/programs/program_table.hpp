// Which programs the simulator can run, by family: one table drives what executes, what a base image contains, and the documentation.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace strates::sim {

// Applets of the simulated busybox, sorted: the names that are links to /bin/busybox in a base image. Includes "sh", "ash", "[".
std::vector<std::string> busybox_applets();
// Programs of Debian's coreutils, findutils, grep, sed, ... that the simulator has ("ls", "cat"), sorted; without the shell.
std::vector<std::string> coreutils_programs();
// The first line of a file that stands for a program of the simulator: "#!strates-sim busybox", "#!strates-sim dash",
// "#!strates-sim coreutils" (which program: base name of argv[0]), "#!strates-sim hello".
constexpr std::string_view kProgramMarker = "#!strates-sim ";
// What the simulator's program of that name does, and the options that it has; empty for an unknown name.
std::string_view program_summary(std::string_view name);
// The families that may follow the marker.
std::vector<std::string> program_families();

}  // namespace strates::sim
