#include "linux/cgroup/cgroup_plan.hpp"

#include <algorithm>

#include "base/strings.hpp"

namespace strates::linux_world {

namespace {

constexpr std::int64_t kPeriod = 100'000;  // microseconds, Docker's

// Joined in version 1 even without a limit: they count what `docker stats` shows, say which devices may be opened, and can be frozen or
// limited later (`docker pause`, `docker update`).
constexpr std::string_view kJoined[] = {"cpu", "cpuacct", "memory", "pids", "devices", "freezer", "blkio", "cpuset"};

// Which controller a limit needs, and how it is called when there is none.
struct Asked {
  std::string_view controller, limit;
  bool (*by)(const engine::Limits& limits);
};
constexpr Asked kAsked[] = {
    {"memory", "memory", [](const engine::Limits& l) { return l.memory > 0 || l.memory_reservation > 0; }},
    {"cpu", "processor time", [](const engine::Limits& l) { return l.nano_cpus > 0 || l.cpu_shares > 0 || l.cpu_period > 0 || l.cpu_quota != 0; }},
    {"pids", "number of processes", [](const engine::Limits& l) { return l.pids > 0; }},
    {"cpuset", "processors", [](const engine::Limits& l) { return !l.cpuset_cpus.empty() || !l.cpuset_mems.empty(); }},
};

Result<void> require(const CgroupLayout& layout, const engine::Limits& limits) {
  for (const auto& row : kAsked)
    if (row.by(limits) && layout.find(row.controller) == nullptr)
      return make_error(ErrorKind::Unavailable, "process.setup", "limit " + std::string(row.limit), std::string(row.controller),
                        "this machine has no control group controller \"" + std::string(row.controller) + "\"",
                        "run without this limit, or mount the controller (`strates doctor`)");
  return success();
}

Need need_of(std::string_view controller, const engine::Limits& limits) {
  for (const auto& row : kAsked)
    if (row.controller == controller && row.by(limits)) return Need::Required;
  return Need::Wanted;
}

// Microseconds of processor time in a period; -1: no limit; 0: nothing asked.
struct Bandwidth {
  std::int64_t quota = 0, period = 0;
};

Bandwidth bandwidth(const engine::Limits& limits) {
  if (limits.nano_cpus > 0) return {limits.nano_cpus * kPeriod / 1'000'000'000, kPeriod};
  return {limits.cpu_quota, limits.cpu_period};
}

// Memory and swap together; 0: nothing asked.
std::int64_t memory_and_swap(const engine::Limits& limits) {
  if (limits.memory_swap != 0) return limits.memory_swap;
  return limits.memory * 2;  // Docker gives as much swap as memory
}

using Writes = std::vector<CgroupWrite>;

void limits_v1(const CgroupLayout& layout, const std::string& below, const engine::Limits& limits, Writes& writes) {
  const auto write = [&](std::string_view controller, const std::string& file, const std::string& value, Need need = Need::Required) {
    if (const auto* hierarchy = layout.find(controller)) writes.push_back({hierarchy->mount + below, file, value, need});
  };
  if (limits.memory > 0) write("memory", "memory.limit_in_bytes", std::to_string(limits.memory));
  if (limits.memory > 0 && memory_and_swap(limits) != 0)
    write("memory", "memory.memsw.limit_in_bytes", std::to_string(memory_and_swap(limits)), Need::IfPresent);  // this file counts both
  if (limits.memory_reservation > 0) write("memory", "memory.soft_limit_in_bytes", std::to_string(limits.memory_reservation));
  if (limits.memory_swappiness) write("memory", "memory.swappiness", std::to_string(*limits.memory_swappiness), Need::Wanted);
  if (limits.oom_kill_disable) write("memory", "memory.oom_control", "1", Need::Wanted);
  if (limits.cpu_shares > 0) write("cpu", "cpu.shares", std::to_string(limits.cpu_shares));
  const Bandwidth band = bandwidth(limits);
  if (band.period > 0) write("cpu", "cpu.cfs_period_us", std::to_string(band.period));
  if (band.quota != 0) write("cpu", "cpu.cfs_quota_us", std::to_string(band.quota));
  if (!limits.cpuset_cpus.empty()) write("cpuset", "cpuset.cpus", limits.cpuset_cpus);
  if (!limits.cpuset_mems.empty()) write("cpuset", "cpuset.mems", limits.cpuset_mems);
  if (limits.pids != 0) write("pids", "pids.max", limits.pids > 0 ? std::to_string(limits.pids) : "max", limits.pids > 0 ? Need::Required : Need::IfPresent);
  if (limits.blkio_weight > 0) {
    write("blkio", "blkio.weight", std::to_string(limits.blkio_weight), Need::IfPresent);
    write("blkio", "blkio.bfq.weight", std::to_string(limits.blkio_weight), Need::IfPresent);
  }
}

// As runc converts version 1's numbers (opencontainers/cgroups, "Conversions").
std::int64_t cpu_weight(std::int64_t shares) { return 1 + (std::clamp<std::int64_t>(shares, 2, 262144) - 2) * 9999 / 262142; }
std::int64_t io_weight(std::int64_t weight) { return 1 + (std::clamp<std::int64_t>(weight, 10, 1000) - 10) * 9999 / 990; }

void limits_v2(const std::string& directory, const engine::Limits& limits, Writes& writes) {
  const auto write = [&](const std::string& file, const std::string& value, Need need = Need::Required) { writes.push_back({directory, file, value, need}); };
  if (limits.memory > 0) write("memory.max", std::to_string(limits.memory));
  if (limits.memory > 0) {
    // Here swap is counted by itself.
    const std::int64_t both = memory_and_swap(limits);
    write("memory.swap.max", both < 0 ? "max" : std::to_string(both - limits.memory), Need::IfPresent);
  }
  if (limits.memory_reservation > 0) write("memory.low", std::to_string(limits.memory_reservation));
  if (limits.cpu_shares > 0) write("cpu.weight", std::to_string(cpu_weight(limits.cpu_shares)));
  if (const Bandwidth band = bandwidth(limits); band.quota != 0 || band.period > 0)
    write("cpu.max", (band.quota > 0 ? std::to_string(band.quota) : std::string("max")) + " " + std::to_string(band.period > 0 ? band.period : kPeriod));
  if (!limits.cpuset_cpus.empty()) write("cpuset.cpus", limits.cpuset_cpus);
  if (!limits.cpuset_mems.empty()) write("cpuset.mems", limits.cpuset_mems);
  if (limits.pids != 0) write("pids.max", limits.pids > 0 ? std::to_string(limits.pids) : "max", limits.pids > 0 ? Need::Required : Need::IfPresent);
  if (limits.blkio_weight > 0) {
    write("io.bfq.weight", std::to_string(limits.blkio_weight), Need::IfPresent);
    write("io.weight", "default " + std::to_string(io_weight(limits.blkio_weight)), Need::IfPresent);
  }
}

// "/a/b" is "/a", "/a/b".
std::vector<std::string> steps_of(const std::string& path) {
  std::vector<std::string> out;
  for (size_t slash = path.find('/', 1); slash != std::string::npos; slash = path.find('/', slash + 1)) out.push_back(path.substr(0, slash));
  out.push_back(path);
  return out;
}

void plan_v1(const CgroupLayout& layout, const std::string& below, const engine::Limits& limits, DeviceAccess devices, const CgroupPlace& place, CgroupPlan& plan) {
  for (const auto controller : kJoined) {
    const CgroupHierarchy* hierarchy = layout.find(controller);
    if (hierarchy == nullptr) continue;
    const std::string path = hierarchy->mount + below;
    const auto same = std::find_if(plan.directories.begin(), plan.directories.end(), [&](const auto& known) { return known.path == path; });
    const Need need = need_of(controller, limits);
    if (same == plan.directories.end()) plan.directories.push_back({path, join(hierarchy->controllers, ","), need});
    else if (need == Need::Required) same->need = need;
    if (controller == "cpuset")
      for (const auto& step : steps_of(below)) plan.processor_sets.push_back(hierarchy->mount + step);
  }
  limits_v1(layout, below, limits, plan.writes);
  if (const auto* hierarchy = layout.find("devices"); devices == DeviceAccess::Default && hierarchy != nullptr) {
    const std::string directory = hierarchy->mount + below;
    plan.writes.push_back({directory, "devices.deny", "a", Need::Wanted});
    for (const auto* rules : {&default_device_rules(), &place.devices})
      for (const auto& rule : *rules) plan.writes.push_back({directory, "devices.allow", render(rule), Need::Wanted});
  }
  if (layout.find("memory") != nullptr) plan.oom_file = layout.find("memory")->mount + below + "/memory.oom_control";
}

void plan_v2(const CgroupLayout& layout, const std::string& below, const engine::Limits& limits, DeviceAccess devices, const CgroupPlace& place, CgroupPlan& plan) {
  const std::string& root = layout.hierarchies.front().mount;
  const std::string directory = root + below;
  for (const std::string_view controller : {"cpu", "memory", "pids", "cpuset", "io"}) {
    if (layout.find(controller) == nullptr) continue;
    std::vector<std::string> above{root};
    for (const auto& step : steps_of(place.parent)) above.push_back(root + step);
    for (const auto& at : above) plan.preparations.push_back({at, "cgroup.subtree_control", "+" + std::string(controller), need_of(controller, limits)});
  }
  const bool limited = std::any_of(std::begin(kAsked), std::end(kAsked), [&](const Asked& row) { return row.by(limits); });
  if (devices == DeviceAccess::Default) {
    plan.device_filter = directory;
    plan.device_rules = default_device_rules();
    plan.device_rules.insert(plan.device_rules.end(), place.devices.begin(), place.devices.end());
  }
  plan.directories.push_back({directory, "", limited ? Need::Required : Need::Wanted});
  limits_v2(directory, limits, plan.writes);
  if (layout.find("memory") != nullptr) plan.oom_file = directory + "/memory.events";
}

}  // namespace

std::string cgroup_parent(const std::string& asked) {
  std::string out;
  for (const auto& part : split(asked, '/')) {
    if (part.empty() || part == ".") continue;
    if (part == "..") out.erase(std::min(out.rfind('/'), out.size()));
    else out += "/" + part;
  }
  return out.empty() ? "/strates" : out;
}

Result<CgroupPlan> plan_cgroups(const CgroupLayout& layout, const ContainerId& id, const engine::Limits& limits, DeviceAccess devices, const CgroupPlace& place) {
  TRY(require(layout, limits));
  if (limits.cpu_shares < 0) return docker_error(ErrorKind::Invalid, "container.cpu-shares", "shares: invalid argument");  // containerd's, before runc sees it
  if (limits.cpu_shares == 1)
    return make_error(ErrorKind::Internal, "process.setup", "limit processor time", id.str(),
                      "error during container init: error setting cgroup config for procHooks process: the minimum allowed cpu-shares is 2");
  CgroupPlan plan;
  plan.version = layout.version;
  const std::string below = place.parent + "/" + id.str();
  if (layout.version == CgroupVersion::V1) plan_v1(layout, below, limits, devices, place, plan);
  if (layout.version == CgroupVersion::V2) plan_v2(layout, below, limits, devices, place, plan);
  return plan;
}

Result<std::vector<CgroupWrite>> plan_limits(const CgroupLayout& layout, const std::string& parent, const ContainerId& id, const engine::Limits& limits) {
  TRY(require(layout, limits));
  std::vector<CgroupWrite> writes;
  const std::string below = parent + "/" + id.str();
  if (layout.version == CgroupVersion::V1) {
    // Memory may never exceed memory and swap together: raised the sum goes first, lowered it goes last, and one of the two is refused.
    const auto* memory = layout.find("memory");
    if (memory != nullptr && limits.memory > 0)
      writes.push_back({memory->mount + below, "memory.memsw.limit_in_bytes", std::to_string(memory_and_swap(limits)), Need::IfPresent});
    limits_v1(layout, below, limits, writes);
  } else if (layout.version == CgroupVersion::V2) {
    limits_v2(layout.hierarchies.front().mount + below, limits, writes);
  }
  return writes;
}

Result<FreezePlan> plan_freeze(const CgroupLayout& layout, const std::string& parent, const ContainerId& id, Freeze freeze) {
  const std::string below = parent + "/" + id.str();
  const bool on = freeze == Freeze::Yes;
  if (layout.version == CgroupVersion::V2) {
    const std::string directory = layout.hierarchies.front().mount + below;
    return FreezePlan{{directory, "cgroup.freeze", on ? "1" : "0", Need::Required}, directory + "/cgroup.events", on ? "frozen 1" : "frozen 0"};
  }
  const auto* freezer = layout.find("freezer");
  if (freezer == nullptr)
    return make_error(ErrorKind::Unavailable, "process.freeze", "freeze", id.str(), "this machine has no control group controller \"freezer\"", "see `strates doctor`");
  const std::string directory = freezer->mount + below;
  return FreezePlan{{directory, "freezer.state", on ? "FROZEN" : "THAWED", Need::Required}, directory + "/freezer.state", on ? "FROZEN" : "THAWED"};
}

std::vector<std::string> cgroup_directories(const CgroupLayout& layout, const ContainerId& id, const std::string& parent) {
  std::vector<std::string> out;
  for (const auto& hierarchy : layout.hierarchies) out.push_back(hierarchy.mount + parent + "/" + id.str());
  return out;
}

}  // namespace strates::linux_world
