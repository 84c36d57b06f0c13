// What is written where so that a container's limits hold: a value, made without touching anything.
#pragma once

#include <string>
#include <vector>

#include "engine/ports.hpp"
#include "linux/cgroup/cgroup_layout.hpp"
#include "linux/cgroup/device_filter.hpp"

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
  std::vector<std::string> processor_sets;  // V1 cpuset directories, from the top: each takes its parent's processors where it has none
  std::vector<DeviceRule> device_rules;     // V2: what the program allows
  std::string device_filter;  // V2: the directory that gets the device program; empty: none
  std::string oom_file;       // its line "oom_kill N" counts what the kernel killed for lack of memory; empty: nobody counts
};

enum class DeviceAccess { Default, All };

// Beside the limits: where below each hierarchy, and which devices may be opened besides the usual ones.
struct CgroupPlace {
  std::string parent = "/strates";
  std::vector<DeviceRule> devices;
};

// code process.setup when a limit asks for a controller that the machine lacks.
Result<CgroupPlan> plan_cgroups(const CgroupLayout& layout, const ContainerId& id, const engine::Limits& limits, DeviceAccess devices,
                                const CgroupPlace& place = {});
// The writes that bring the limits of a container that runs to these (`docker update`).
Result<std::vector<CgroupWrite>> plan_limits(const CgroupLayout& layout, const std::string& parent, const ContainerId& id, const engine::Limits& limits);
// The write that freezes or thaws it, and the file that says whether it is so. code process.freeze without such a controller.
enum class Freeze { Yes, No };
struct FreezePlan {
  CgroupWrite write;
  std::string state_file, wanted;  // V1: "FROZEN"; V2: "frozen 1"
};
Result<FreezePlan> plan_freeze(const CgroupLayout& layout, const std::string& parent, const ContainerId& id, Freeze freeze);

// Every directory a container of this id may have, for removal.
std::vector<std::string> cgroup_directories(const CgroupLayout& layout, const ContainerId& id, const std::string& parent = "/strates");
// "" or a parent that was asked for, as a clean absolute path without "..": "/strates", "/a/b".
std::string cgroup_parent(const std::string& asked);

}  // namespace strates::linux_world
