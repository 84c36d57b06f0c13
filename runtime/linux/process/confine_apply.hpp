// What confines a process besides namespaces and capabilities: resource limits, the out-of-memory score, kernel settings of its namespaces.
// In the child, while it may still do so.
#pragma once

#include <vector>

#include "linux/process/container_plan.hpp"

namespace strates::linux_world {

// On the host's /proc: before the root or the mount namespace changes, so that no image can lay a file of its own there.
Result<void> set_oom_score(std::int64_t score);
// runc's sentence when a limit is above what the daemon may give.
Result<void> set_ulimits(const std::vector<engine::Ulimit>& limits);
Result<void> write_sysctl(const SysctlStep& step);
// setns(2) into namespaces of others; the pid namespace takes effect at the next clone.
Result<void> join_namespaces(const std::vector<NamespaceJoin>& joins);

}  // namespace strates::linux_world
