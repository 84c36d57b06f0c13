// What runs between clone and execve: one thread, a copy of the monitor's memory, on its way to becoming the container's program.
//
// It tells the monitor over `report`: a Hello with the terminal's master side, then Ready, then nothing (execve closed it) or Failed.
#pragma once

#include <vector>

#include "linux/process/container_plan.hpp"
#include "linux/process/message_socket.hpp"

namespace strates::linux_world {

struct ChildEnds {
  MessageSocket report;
  UniqueFd in, out, err;  // empty with a terminal
};

[[noreturn]] void run_container_child(const ContainerPlan& plan, ChildEnds ends);
// `container`: pidfd of the container's first process.
[[noreturn]] void run_exec_child(const ExecPlan& plan, ChildEnds ends, UniqueFd container);

// The common end: descriptors, user, capabilities, directory, look-up, execve. Returns only the error.
Error become_program(const LaunchPlan& plan, ChildEnds& ends, std::vector<std::uint32_t> skipped);
// Takes a terminal of the container's devpts as standard input, output and error, and hands its other side to the monitor.
enum class Console { No, Yes };  // Yes: bound on /dev/console
Result<void> take_terminal(const LaunchPlan& plan, ChildEnds& ends, Console console);
[[noreturn]] void report_failure(ChildEnds& ends, Error error);

}  // namespace strates::linux_world
