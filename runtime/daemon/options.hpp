// What the daemon is told on its command line.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"

namespace strates::daemon {

struct Options {
  std::string root, socket;
  bool simulated = false;
  int ready_fd = -1;  // gets "ready\n" once requests are answered
  std::string lang;
  std::vector<std::string> mirrors, insecure;  // --registry-mirror, --insecure-registry: repeatable
  std::string certs = "/etc/docker/certs.d";   // --registry-certs
  bool help = false;
};

// code daemon.option: the word and what is expected.
Result<Options> read_options(const std::vector<std::string>& words);
std::string help_text();

}  // namespace strates::daemon
