// strates, and docker when it is called so: the thin front. It reads the words, finds the engine, and asks it; the privilege and the work are the
// daemon's.
#include <csignal>

#include "cli/front.hpp"

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // a reader that left is seen as a failed write, so that the terminal is given back first
  const auto console = strates::cli::process_console();
  const int code = strates::cli::run_front(argc > 0 ? argv[0] : "strates", {argv + (argc > 0 ? 1 : 0), argv + argc}, *console);
  if (console->out_is_gone()) {
    std::signal(SIGPIPE, SIG_DFL);
    std::raise(SIGPIPE);
  }
  return code;
}
