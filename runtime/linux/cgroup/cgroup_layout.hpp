// Where this machine's control groups are: version 1 (one tree per controller), version 2 (one tree), or both at once ("hybrid": version 2 is
// mounted, but the controllers are in version 1, so version 1 counts). Kernel: admin-guide/cgroup-v1/cgroups.rst, admin-guide/cgroup-v2.rst.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace strates::linux_world {

enum class CgroupVersion { None, V1, V2 };

struct CgroupHierarchy {
  std::string mount;                     // "/sys/fs/cgroup/memory"
  std::vector<std::string> controllers;  // {"memory"}; {"cpu", "cpuacct"} when mounted together
};

struct CgroupLayout {
  CgroupVersion version = CgroupVersion::None;
  std::vector<CgroupHierarchy> hierarchies;  // V1: each; V2: the one, with what its root offers

  // The hierarchy of a controller, null when the machine has none.
  const CgroupHierarchy* find(std::string_view controller) const;
};

// Pure: reads /proc/self/mountinfo's text. For V2 the controllers are left empty: they come from cgroup.controllers.
CgroupLayout parse_cgroup_layout(std::string_view mountinfo);
Result<CgroupLayout> detect_cgroup_layout();

}  // namespace strates::linux_world
