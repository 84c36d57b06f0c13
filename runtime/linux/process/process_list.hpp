// The processes of a container as the host sees them (`docker top`).
#pragma once

#include <string>
#include <vector>

#include "engine/ports.hpp"

namespace strates::linux_world {

// `members`, or when there are none all that share the pid namespace of `first`, by pid. User names are the host's, numbers where it has none, as Docker's are.
Result<std::vector<engine::ProcessRow>> list_processes(std::int64_t first, const std::vector<std::int64_t>& members = {});
// The pid of `host_pid` in its own pid namespace.
Result<std::int64_t> inner_pid(std::int64_t host_pid);

}  // namespace strates::linux_world
