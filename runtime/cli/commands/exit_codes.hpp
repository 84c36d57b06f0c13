// Docker's rules for the exit code of run, start -a, attach and exec.
#pragma once

#include <string>

#include "cli/command.hpp"

namespace strates::cli {

// 127: the program is not there; 126: it may not be executed; 125: the rest (read from the daemon's sentence, as Docker does).
int exit_code_of_failed_start(const std::string& message);
// A line of Docker's logger (logrus) on standard error.
void log_error(Invocation& invocation, const std::string& message);
// The stream of an attach broke off: 125 in Docker's words when the daemon is gone, otherwise the error itself.
Result<int> exit_code_of_broken_attach(Invocation& invocation, const Error& error);
// Reads the answer of POST /containers/X/wait to its end. A daemon that dies meanwhile is 125, as for Docker's client.
Result<int> exit_code_of_wait(Invocation& invocation, api::ClientStream& stream);

}  // namespace strates::cli
