// What is written where so that a container's limits hold: a value, made without touching anything.
#pragma once

#include <string>
#include <vector>

#include "engine/ports.hpp"
#include "linux/cgroup/cgroup_layout.hpp"

namespace strates::linux_world {

enum class Need {
  Required,   // a limit asks for it: failing is an error
  IfPresent,  // absent file: fine (swap accounting is often off)
  Wanted,     // failing is reported as a fact, and the container starts without it
};

struct CgroupWrite {
  std::string directory, file, value;
  Need need = Need::Required;
  bool operator==(const CgroupWrite&) const = default;
};

struct CgroupDirectory {
  std::string path;  // "/sys/fs/cgroup/memory/strates/<id>"
  std::string name;  // as containers see the hierarchy under /sys/fs/cgroup: "memory", "cpu,cpuacct"; V2: ""
  Need need = Need::Wanted;
  bool operator==(const CgroupDirectory&) const = default;
};

struct CgroupPlan {
  CgroupVersion version = CgroupVersion::None;
  std::vector<CgroupWrite> preparations;  // V2: controllers switched on from the root downwards
  std::vector<CgroupDirectory> directories;
  std::vector<CgroupWrite> writes;
  std::string device_filter;  // V2: the directory that gets the device program; empty: none
  std::string oom_file;       // its line "oom_kill N" counts what the kernel killed for lack of memory; empty: nobody counts
};

enum class DeviceAccess { Default, All };

// code process.setup when a limit asks for a controller that the machine lacks.
Result<CgroupPlan> plan_cgroups(const CgroupLayout& layout, const ContainerId& id, const engine::Limits& limits, DeviceAccess devices);

// Every directory a container of this id may have, for removal.
std::vector<std::string> cgroup_directories(const CgroupLayout& layout, const ContainerId& id);

}  // namespace strates::linux_world
