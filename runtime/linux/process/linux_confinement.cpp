// The confinement half of LinuxProcesses: what has to be looked up before a plan can be made, freezing, limits, counters.
#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>

#include "base/strings.hpp"
#include "linux/cgroup/cgroup_dir.hpp"
#include "linux/cgroup/cgroup_stats.hpp"
#include "linux/process/executable.hpp"
#include "linux/process/host_devices.hpp"
#include "linux/process/linux_processes.hpp"
#include "linux/process/process_list.hpp"
#include "linux/process/ps_table.hpp"
#include "linux/process/small_file.hpp"
#include "linux/seccomp/seccomp_profile.hpp"

namespace strates::linux_world {

namespace {

constexpr std::string_view kUsualParent = "/strates";

// One device, or all below a directory (Docker Engine, oci/devices_linux.go).
Result<std::vector<DeviceStep>> devices_of(const engine::DeviceMapping& mapping) {
  const auto missing = [&](std::string why) {
    return docker_error(ErrorKind::Internal, "container.device",
                        "error gathering device information while adding custom device " + go_quote(mapping.host) + ": " + std::move(why));
  };
  struct stat about {};
  if (::stat(mapping.host.c_str(), &about) != 0) return missing(go_error(errno));
  std::vector<DeviceStep> out;
  if (S_ISCHR(about.st_mode) || S_ISBLK(about.st_mode)) {
    out.push_back({mapping.container, about.st_mode, ::major(about.st_rdev), ::minor(about.st_rdev)});
  } else if (S_ISDIR(about.st_mode)) {
    for (auto& device : list_devices_below(mapping.host)) {
      device.path = mapping.container + device.path.substr(mapping.host.size());
      out.push_back(std::move(device));
    }
  }
  if (out.empty()) return missing("not a device node");
  return out;
}

DeviceRule rule_of(const DeviceStep& device, const std::string& permissions) {
  return {S_ISBLK(device.mode) ? 'b' : 'c', static_cast<int>(device.major), static_cast<int>(device.minor), permissions};
}

}  // namespace

// ------------------------------------------------------------------------------------------------------------------------- before a start

Result<std::vector<std::uint64_t>> LinuxProcesses::seccomp_program(const engine::Confinement& confinement, CapabilityMask capabilities) {
  if (confinement.seccomp == engine::SeccompMode::Unconfined) return std::vector<std::uint64_t>{};
  if (confinement.seccomp == engine::SeccompMode::Profile) return compile_seccomp(TRY(parse_seccomp_profile(confinement.seccomp_profile)), capabilities);
  const std::lock_guard lock(seccomp_mutex_);
  const auto found = seccomp_defaults_.find(capabilities);
  if (found != seccomp_defaults_.end()) return found->second;
  auto program = TRY(compile_seccomp(default_seccomp_profile(), capabilities));
  return seccomp_defaults_[capabilities] = std::move(program);
}

Result<void> LinuxProcesses::resolve_confinement(const engine::ContainerSpec& spec, ContainerPaths& paths, std::vector<DeviceRule>& rules, const Emit& emit) {
  const CapabilityMask asked = spec.process.privileged ? facts_.bounding : TRY(capability_mask(spec.capabilities));
  if (!spec.apart.capabilities_within_bounds && (asked & ~facts_.bounding & ~usual_capabilities()) != 0)
    return make_error(ErrorKind::Internal, "process.setup", "give capabilities", join(capability_names(asked & ~facts_.bounding), " "),
                      "unable to apply caps: operation not permitted", "this machine's daemon does not have them itself");
  paths.seccomp = TRY(seccomp_program(spec.process.confinement, asked & facts_.bounding));
  if (!paths.seccomp.empty() && emit) {
    const bool custom = spec.process.confinement.seccomp == engine::SeccompMode::Profile;
    emit(Payload(event::Container(event::SeccompLoaded{spec.id, custom ? "custom" : "default", static_cast<std::int64_t>(paths.seccomp.size())})));
  }
  const auto enter = [&](const engine::NamespaceChoice& choice, const char* kind, std::uint64_t flag) -> Result<void> {
    if (choice.mode != engine::NamespaceMode::Container) return success();
    const auto other = TRY(running(ContainerId(choice.container), {}));
    const std::string at = "/proc/" + std::to_string(other->host_pid()) + "/ns/";
    paths.joins.push_back({at + kind, flag});
    if (flag == CLONE_NEWIPC) paths.shm_space = at + "mnt";
    return success();
  };
  TRY(enter(spec.apart.ipc, "ipc", CLONE_NEWIPC));
  TRY(enter(spec.apart.pid, "pid", CLONE_NEWPID));
  if (spec.network == engine::NetworkMode::Container) TRY(enter({engine::NamespaceMode::Container, spec.network_place}, "net", CLONE_NEWNET));
  if (spec.network == engine::NetworkMode::Bridge) paths.joins.push_back({spec.network_place, CLONE_NEWNET});
  for (const auto& rule : spec.apart.device_rules) rules.push_back(TRY(parse_device_rule(rule)));
  if (spec.process.privileged) return success();  // has them all
  for (const auto& mapping : spec.apart.devices) {
    for (auto& device : TRY(devices_of(mapping))) {
      rules.push_back(rule_of(device, mapping.permissions));
      paths.devices.push_back(std::move(device));
    }
  }
  return success();
}

// ------------------------------------------------------------------------------------------------------------------------- where its groups are

std::string LinuxProcesses::cgroup_parent_of(const ContainerId& id) const {
  auto kept = read_small_file(run_directory(id) + "/cgroup");
  if (!kept.ok()) return std::string(kUsualParent);
  const auto lines = split_lines(kept.value());
  return lines.empty() || lines.front().empty() ? std::string(kUsualParent) : lines.front();
}

// Kept for the daemon that comes after this one: the parent, then what had to be made above the container's own groups.
Result<void> LinuxProcesses::keep_cgroup_parent(const ContainerId& id, const std::string& parent) {
  if (parent == kUsualParent) return success();
  std::string text = parent + "\n";
  for (const auto& hierarchy : facts_.cgroups.hierarchies)
    for (std::string at = parent; at.size() > 1; at = dir_name(at))
      if (::access((hierarchy.mount + at).c_str(), F_OK) != 0) text += hierarchy.mount + at + "\n";
  return write_small_file(run_directory(id) + "/cgroup", text, 0600);
}

void LinuxProcesses::remove_container_cgroups(const ContainerId& id) {
  thaw(id);  // what is frozen does not die (version 1)
  ignore(remove_cgroups(cgroup_directories(facts_.cgroups, id, cgroup_parent_of(id))));
  auto kept = read_small_file(run_directory(id) + "/cgroup");
  if (!kept.ok()) return;
  const auto lines = split_lines(kept.value());
  // Deepest first; one that another container uses stays.
  for (size_t i = 1; i < lines.size(); ++i) ::rmdir(lines[i].c_str());
}

// ------------------------------------------------------------------------------------------------------------------------- while it runs

Result<void> LinuxProcesses::freeze(const ContainerId& id, Freeze freeze) {
  const std::string parent = cgroup_parent_of(id);
  const Freeze other = freeze == Freeze::Yes ? Freeze::No : Freeze::Yes;
  return apply_freeze(TRY(plan_freeze(facts_.cgroups, parent, id, freeze)), TRY(plan_freeze(facts_.cgroups, parent, id, other)));
}

void LinuxProcesses::thaw(const ContainerId& id) {
  if (paused(id)) ignore(freeze(id, Freeze::No));
}

bool LinuxProcesses::paused(const ContainerId& id) {
  auto plan = plan_freeze(facts_.cgroups, cgroup_parent_of(id), id, Freeze::Yes);
  return plan.ok() && is_so(plan.value());
}

Result<void> LinuxProcesses::pause(const ContainerId& id) {
  TRY(running(id, {}));
  return freeze(id, Freeze::Yes);
}

Result<void> LinuxProcesses::unpause(const ContainerId& id) {
  TRY(running(id, {}));
  return freeze(id, Freeze::No);
}

Result<void> LinuxProcesses::update(const ContainerId& id, const engine::Limits& limits, const Emit& emit) {
  TRY(running(id, {}));
  return write_limits(TRY(plan_limits(facts_.cgroups, cgroup_parent_of(id), id, limits)), [&](const CgroupWrite& write) {
    if (emit) emit(Payload(event::Container(event::CgroupWritten{id, write.directory, write.file, write.value})));
  });
}

Result<engine::Statistics> LinuxProcesses::statistics(const ContainerId& id) {
  const auto process = TRY(running(id, {}));
  auto read = TRY(read_statistics(facts_.cgroups, cgroup_parent_of(id) + "/" + id.str()));
  read.interfaces = read_interfaces(process->host_pid());
  return read;
}

Result<std::vector<engine::ProcessRow>> LinuxProcesses::list(const ContainerId& id) {
  return list_processes(TRY(running(id, {}))->host_pid(), member_pids(facts_.cgroups, cgroup_parent_of(id) + "/" + id.str()));
}

Result<engine::ProcessTable> LinuxProcesses::table(const ContainerId& id, const std::vector<std::string>& ps_options) {
  std::vector<std::int64_t> pids;
  for (const auto& row : TRY(list(id))) pids.push_back(row.pid);
  return run_ps(ps_options, pids);
}

}  // namespace strates::linux_world
