// The flags of `docker run` and `docker create` that confine a container, as parts of the request's HostConfig.
#pragma once

#include "base/json.hpp"
#include "cli/flags.hpp"

namespace strates::cli {

// Errors are Docker's sentences, without "docker: ". Reads the file of --security-opt seccomp=FILE.
Result<void> add_confinement(const ParsedFlags& flags, Json& host);

struct UlimitValue {
  std::string name;
  std::int64_t soft = 0, hard = 0;
};
Result<UlimitValue> parse_ulimit(const std::string& text);  // go-units: errors as it words them
// Of --ulimit: Docker's list, empty without the flag.
Result<Json> ulimits_json(const ParsedFlags& flags);

}  // namespace strates::cli
