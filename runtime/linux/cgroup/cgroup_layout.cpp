#include "linux/cgroup/cgroup_layout.hpp"

#include <algorithm>

#include "base/strings.hpp"
#include "linux/process/small_file.hpp"

namespace strates::linux_world {

namespace {

constexpr std::string_view kControllers[] = {"cpu",  "cpuacct", "cpuset",  "memory",   "devices",    "freezer", "blkio",
                                             "pids", "hugetlb", "net_cls", "net_prio", "perf_event", "rdma"};

bool is_controller(std::string_view word) { return std::find(std::begin(kControllers), std::end(kControllers), word) != std::end(kControllers); }

// mountinfo writes blanks in paths as \040 and the like (proc(5)).
std::string unescape(std::string_view path) {
  std::string out;
  for (size_t i = 0; i < path.size(); ++i) {
    if (path[i] == '\\' && i + 3 < path.size()) {
      out += static_cast<char>((path[i + 1] - '0') * 64 + (path[i + 2] - '0') * 8 + (path[i + 3] - '0'));
      i += 3;
    } else {
      out += path[i];
    }
  }
  return out;
}

}  // namespace

const CgroupHierarchy* CgroupLayout::find(std::string_view controller) const {
  for (const auto& hierarchy : hierarchies)
    for (const auto& name : hierarchy.controllers)
      if (name == controller) return &hierarchy;
  return nullptr;
}

CgroupLayout parse_cgroup_layout(std::string_view mountinfo) {
  CgroupLayout layout;
  std::string unified;
  for (const auto& line : split_lines(mountinfo)) {
    const size_t dash = line.find(" - ");
    if (dash == std::string::npos) continue;
    const auto before = split(std::string_view(line).substr(0, dash), ' ');
    const auto after = split(std::string_view(line).substr(dash + 3), ' ');
    if (before.size() < 5 || after.size() < 3) continue;
    const std::string mount = unescape(before[4]);
    if (after[0] == "cgroup2" && unified.empty()) unified = mount;
    if (after[0] != "cgroup") continue;
    CgroupHierarchy hierarchy{mount, {}};
    for (const auto& option : split(after[2], ','))
      if (is_controller(option)) hierarchy.controllers.push_back(option);
    // The same hierarchy can be mounted twice; the first mount is the usual one.
    if (!hierarchy.controllers.empty() && layout.find(hierarchy.controllers.front()) == nullptr) layout.hierarchies.push_back(std::move(hierarchy));
  }
  if (!layout.hierarchies.empty()) {
    layout.version = CgroupVersion::V1;
  } else if (!unified.empty()) {
    layout.version = CgroupVersion::V2;
    layout.hierarchies.push_back({unified, {}});
  }
  return layout;
}

Result<CgroupLayout> detect_cgroup_layout() {
  CgroupLayout layout = parse_cgroup_layout(TRY(read_small_file("/proc/self/mountinfo")));
  if (layout.version == CgroupVersion::V2) {
    auto& only = layout.hierarchies.front();
    for (const auto& name : split(trim(TRY(read_small_file(only.mount + "/cgroup.controllers"))), ' '))
      if (!name.empty()) only.controllers.push_back(name);
  }
  return layout;
}

}  // namespace strates::linux_world
