// `docker ...` as words in, exit code out.
#pragma once

#include <string>
#include <vector>

#include "cli/command.hpp"

namespace strates::cli {

// What stands before the command: docker -H ... ps
struct DockerGlobals {
  std::string host;
  std::string config;     // --config: the folder of config.json
  std::string context;    // --context
  std::string log_level;  // --log-level
  std::string authority;  // --tlscacert
  bool tls = false;       // --tls, or --tlsverify said at all
  bool version = false, help = false;
  std::vector<std::string> rest;
};
// Errors are Docker's: "unknown flag: --x".
Result<DockerGlobals> docker_globals(const std::vector<std::string>& words);
// What Docker's client refuses before it looks at the command. `host`: the one asked for, by --host or otherwise by option.
Result<void> check_globals(const DockerGlobals& globals, const std::string& host);
// The options before the command. Their defaults lie in the folder of config.json, so that they are asked for when they are shown.
std::vector<FlagSpec> global_flags();

// `words` begin with the command. Everything is printed; the result is the exit code.
int run_docker(Session& session, const std::vector<std::string>& words);

// Finds the row of a command, longest name first; `used`: how many words its name took.
const Command* find_command(const std::vector<std::string>& words, size_t& used);

}  // namespace strates::cli
