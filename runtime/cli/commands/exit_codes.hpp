// Docker's rules for the exit code of run, start -a, attach and exec.
#pragma once

#include <string>

#include "cli/command.hpp"

namespace strates::cli {

// 127: the program is not there; 126: it may not be executed; 125: the rest (read from the daemon's sentence, as Docker does).
int exit_code_of_failed_start(const std::string& message);
// Reads the answer of POST /containers/X/wait to its end.
Result<int> exit_code_of_wait(Invocation& invocation, api::ClientStream& stream);

}  // namespace strates::cli
