#include "linux/cgroup/cgroup_plan.hpp"

#include <algorithm>

#include "base/strings.hpp"
#include "linux/cgroup/device_filter.hpp"

namespace strates::linux_world {

namespace {

constexpr std::int64_t kPeriod = 100'000;  // microseconds, Docker's

// Joined in version 1 even without a limit: they count what `docker stats` shows and say which devices may be opened.
constexpr std::string_view kJoined[] = {"cpu", "cpuacct", "memory", "pids", "devices"};

Error no_controller(std::string_view controller, std::string_view limit) {
  return make_error(ErrorKind::Unavailable, "process.setup", "limit " + std::string(limit), std::string(controller),
                    "this machine has no control group controller \"" + std::string(controller) + "\"",
                    "run without this limit, or mount the controller (`strates doctor`)");
}

Result<void> require(const CgroupLayout& layout, const engine::Limits& limits) {
  if (limits.memory > 0 && layout.find("memory") == nullptr) return no_controller("memory", "memory");
  if ((limits.nano_cpus > 0 || limits.cpu_shares > 0) && layout.find("cpu") == nullptr) return no_controller("cpu", "processor time");
  if (limits.pids > 0 && layout.find("pids") == nullptr) return no_controller("pids", "number of processes");
  return success();
}

Need need_of(std::string_view controller, const engine::Limits& limits) {
  const bool asked = (controller == "memory" && limits.memory > 0) || (controller == "pids" && limits.pids > 0) ||
                     (controller == "cpu" && (limits.nano_cpus > 0 || limits.cpu_shares > 0));
  return asked ? Need::Required : Need::Wanted;
}

void plan_v1(const CgroupLayout& layout, const std::string& below, const engine::Limits& limits, DeviceAccess devices, CgroupPlan& plan) {
  const auto directory = [&](std::string_view controller) { return layout.find(controller)->mount + below; };
  const auto write = [&](std::string_view controller, const std::string& file, const std::string& value, Need need = Need::Required) {
    plan.writes.push_back({directory(controller), file, value, need});
  };
  for (const auto controller : kJoined) {
    const CgroupHierarchy* hierarchy = layout.find(controller);
    if (hierarchy == nullptr) continue;
    const std::string path = hierarchy->mount + below;
    const auto same = std::find_if(plan.directories.begin(), plan.directories.end(), [&](const auto& known) { return known.path == path; });
    const Need need = need_of(controller, limits);
    if (same == plan.directories.end()) plan.directories.push_back({path, join(hierarchy->controllers, ","), need});
    else if (need == Need::Required) same->need = need;
  }
  if (limits.memory > 0) {
    write("memory", "memory.limit_in_bytes", std::to_string(limits.memory));
    // Docker gives as much swap as memory; this file counts both.
    write("memory", "memory.memsw.limit_in_bytes", std::to_string(limits.memory * 2), Need::IfPresent);
  }
  if (limits.cpu_shares > 0) write("cpu", "cpu.shares", std::to_string(limits.cpu_shares));
  if (limits.nano_cpus > 0) {
    write("cpu", "cpu.cfs_period_us", std::to_string(kPeriod));
    write("cpu", "cpu.cfs_quota_us", std::to_string(limits.nano_cpus * kPeriod / 1'000'000'000));
  }
  if (limits.pids > 0) write("pids", "pids.max", std::to_string(limits.pids));
  if (devices == DeviceAccess::Default && layout.find("devices") != nullptr) {
    write("devices", "devices.deny", "a", Need::Wanted);
    for (const auto& rule : default_device_rules()) write("devices", "devices.allow", render(rule), Need::Wanted);
  }
  if (layout.find("memory") != nullptr) plan.oom_file = directory("memory") + "/memory.oom_control";
}

void plan_v2(const CgroupLayout& layout, const std::string& below, const engine::Limits& limits, DeviceAccess devices, CgroupPlan& plan) {
  const std::string& root = layout.hierarchies.front().mount;
  const std::string directory = root + below;
  for (const std::string_view controller : {"cpu", "memory", "pids"}) {
    if (layout.find(controller) == nullptr) continue;
    for (const auto& at : {root, root + "/strates"})
      plan.preparations.push_back({at, "cgroup.subtree_control", "+" + std::string(controller), need_of(controller, limits)});
  }
  const bool limited = limits.memory > 0 || limits.nano_cpus > 0 || limits.cpu_shares > 0 || limits.pids > 0;
  if (devices == DeviceAccess::Default) plan.device_filter = directory;
  plan.directories.push_back({directory, "", limited ? Need::Required : Need::Wanted});
  const auto write = [&](const std::string& file, const std::string& value, Need need = Need::Required) {
    plan.writes.push_back({directory, file, value, need});
  };
  if (limits.memory > 0) {
    write("memory.max", std::to_string(limits.memory));
    write("memory.swap.max", std::to_string(limits.memory), Need::IfPresent);
  }
  // Shares 2..262144 become a weight 1..10000, as runc does.
  if (limits.cpu_shares > 0) write("cpu.weight", std::to_string(1 + (std::clamp<std::int64_t>(limits.cpu_shares, 2, 262144) - 2) * 9999 / 262142));
  if (limits.nano_cpus > 0) write("cpu.max", std::to_string(limits.nano_cpus * kPeriod / 1'000'000'000) + " " + std::to_string(kPeriod));
  if (limits.pids > 0) write("pids.max", std::to_string(limits.pids));
  if (layout.find("memory") != nullptr) plan.oom_file = directory + "/memory.events";
}

}  // namespace

Result<CgroupPlan> plan_cgroups(const CgroupLayout& layout, const ContainerId& id, const engine::Limits& limits, DeviceAccess devices) {
  TRY(require(layout, limits));
  CgroupPlan plan;
  plan.version = layout.version;
  const std::string below = "/strates/" + id.str();
  if (layout.version == CgroupVersion::V1) plan_v1(layout, below, limits, devices, plan);
  if (layout.version == CgroupVersion::V2) plan_v2(layout, below, limits, devices, plan);
  return plan;
}

std::vector<std::string> cgroup_directories(const CgroupLayout& layout, const ContainerId& id) {
  std::vector<std::string> out;
  for (const auto& hierarchy : layout.hierarchies) out.push_back(hierarchy.mount + "/strates/" + id.str());
  return out;
}

}  // namespace strates::linux_world
