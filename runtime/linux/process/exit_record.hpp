// How a container ended, kept in its run directory until the engine has taken note of it.
#pragma once

#include <optional>
#include <string>

#include "engine/ports.hpp"

namespace strates::linux_world {

// Written by rename, not synced: the run directory means nothing after the machine stopped, and a sync costs more than the container's start.
Result<void> write_exit_record(const std::string& run_directory, const engine::ExitStatus& status);
// None when there is no record, or none that can be read.
std::optional<engine::ExitStatus> read_exit_record(const std::string& run_directory);

// From waitid's siginfo: `how` is CLD_EXITED, CLD_KILLED or CLD_DUMPED, `value` the exit code or the signal.
engine::ExitStatus exit_status(int how, int value, Nanos at);

}  // namespace strates::linux_world
