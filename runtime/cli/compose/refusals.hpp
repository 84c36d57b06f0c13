// What a Compose file may say and this engine does not do: said before anything is made, with the line.
#pragma once

#include <string>
#include <vector>

#include "compose/project.hpp"

namespace strates::cli {

// One service's own keys. code compose.unsupported: `compose.yaml:4: service "web": pre_start is not supported; leave it out`.
Result<void> refuse_unsupported(const compose::Service& service);

// These services, and what they use: networks that are to be made, secrets and configs. `config` does not ask: it shows the file as it is.
// code compose.unsupported; compose.unset: `environment variable "X" required by secret "s" is not set`.
Result<void> refuse_unsupported(const compose::Project& project, const std::vector<std::string>& services);

}  // namespace strates::cli
