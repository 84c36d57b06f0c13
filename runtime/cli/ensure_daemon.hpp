// Starts a daemon of ours in the background when none answers.
#pragma once

#include <string>

#include "cli/which_engine.hpp"

namespace strates::cli {

enum class DaemonState { Answering, Started };

// Waits until the daemon answers. The daemon is told: --socket PATH --root ROOT --world linux|sim --ready-fd N --lang fr|en; it writes at least one byte to
// N once it listens, and closes it. Its output goes to ROOT/daemon.log. Two at a time: the second waits for the first (a lock in ROOT).
// codes: client.not-ours (a named host is not ours to start), daemon.start (with the end of the log), daemon.slow.
Result<DaemonState> ensure_daemon(const EngineChoice& choice);

// Does somebody accept connections at this socket?
bool answers(const std::string& socket);

}  // namespace strates::cli
