// `docker ...` as words in, exit code out.
#pragma once

#include <string>
#include <vector>

#include "cli/command.hpp"

namespace strates::cli {

// What stands before the command: docker -H ... ps
struct DockerGlobals {
  std::string host;
  bool version = false, help = false;
  std::vector<std::string> rest;
};
// Errors are Docker's: "unknown flag: --x".
Result<DockerGlobals> docker_globals(const std::vector<std::string>& words);

// `words` begin with the command. Everything is printed; the result is the exit code.
int run_docker(Session& session, const std::vector<std::string>& words);

// Finds the row of a command, longest name first; `used`: how many words its name took.
const Command* find_command(const std::vector<std::string>& words, size_t& used);

}  // namespace strates::cli
