// Turns a plan that was carried out into the trace's facts, in the order in which they happened.
#pragma once

#include <vector>

#include "base/event.hpp"
#include "linux/process/container_plan.hpp"

namespace strates::linux_world {

void emit_cgroup_write(const ContainerId& id, const CgroupWrite& write, const Emit& emit);
// Up to the moment before exec. `skipped`: mounts that were not made, counted over mounts and closing_mounts.
void emit_container_made(const ContainerPlan& plan, const std::vector<std::uint32_t>& skipped, const Emit& emit);
void emit_exec_entered(const ExecPlan& plan, const Emit& emit);
void emit_executed(const LaunchPlan& plan, std::int64_t host_pid, std::int64_t container_pid, const Emit& emit);

}  // namespace strates::linux_world
