// What `docker info` says of the machine.
#pragma once

#include <string>
#include <string_view>

#include "engine/ports.hpp"
#include "linux/cgroup/cgroup_layout.hpp"

namespace strates::linux_world {

engine::MachineInfo read_machine_info(const std::string& root, const CgroupLayout& cgroups);
// PRETTY_NAME of os-release(5), without its quotes; "Linux" when there is none.
std::string operating_system_name(std::string_view os_release);
// Bytes, from /proc/meminfo.
std::int64_t total_memory(std::string_view meminfo);

}  // namespace strates::linux_world
