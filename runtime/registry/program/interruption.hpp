// Ctrl-C, SIGTERM and SIGHUP while something is brought or written: what is half done goes, the program ends with 130 (128 + the signal). The store needs
// no farewell: it is made to be cut off anywhere.
#pragma once

#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "base/text.hpp"
#include "cli/console.hpp"

namespace strates::registry::server {

class Interruption {
 public:
  // Before other threads are started. `word`: what is said.
  Interruption(cli::Console& console, Text word);
  // A file, or a folder with all that is in it, which goes too.
  void remove_at_end(const std::string& path);
  // It is done, and has its name: a signal leaves it.
  void keep(const std::string& path);

 private:
  void end(int signal);

  cli::Console& console_;
  const Text word_;
  std::mutex mutex_;
  std::set<std::string> paths_;
  std::unique_ptr<cli::ConsoleGuard> watch_;  // last: its thread uses the rest
};

}  // namespace strates::registry::server
