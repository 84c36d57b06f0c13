// Carries out a CgroupPlan: directories and writes. Any thread; one container at a time.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "linux/cgroup/cgroup_plan.hpp"

namespace strates::linux_world {

struct CreatedCgroups {
  std::vector<CgroupDirectory> directories;  // those that exist now: the container joins these
  bool devices_restricted = false;           // the kernel refuses devices that are not the container's
};

// `wrote` is told each write done, and with an empty file name each thing that could not be had and was not required.
// On error what was made is removed again.
Result<CreatedCgroups> create_cgroups(const CgroupPlan& plan, const std::function<void(const CgroupWrite&)>& wrote);

// Kills what is still inside, then removes, with the groups that the container made below; retries up to a second, because the kernel lets go of a dead process a moment later. Absent is fine.
Result<void> remove_cgroups(const std::vector<std::string>& directories);

// The directories in a group's: groups of its own.
std::vector<std::string> groups_below(const std::string& directory);

// Limits of groups that exist: all that is required must hold.
Result<void> write_limits(const std::vector<CgroupWrite>& writes, const std::function<void(const CgroupWrite&)>& wrote);
// Writes, and waits until it is so; thaws again when it does not come to be. code process.freeze
Result<void> apply_freeze(const FreezePlan& plan, const FreezePlan& back);
bool is_so(const FreezePlan& plan);

// How many processes the kernel killed for lack of memory; 0 when nobody counts.
std::int64_t oom_kills(const std::string& oom_file);

}  // namespace strates::linux_world
