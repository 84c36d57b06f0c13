#include "linux/process/container_plan.hpp"

#include <linux/capability.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <algorithm>

#include "base/strings.hpp"

namespace strates::linux_world {

namespace {

constexpr CapabilityMask kMakeNodes = CapabilityMask{1} << CAP_MKNOD;
constexpr std::string_view kInitPath = "/sbin/docker-init";  // Docker's place for it
constexpr std::uint64_t kQuiet = MS_NOSUID | MS_NOEXEC | MS_NODEV;

struct DeviceRow {
  std::string_view path;
  std::uint32_t major, minor;
};
constexpr DeviceRow kDevices[] = {{"/dev/null", 1, 3},   {"/dev/zero", 1, 5},    {"/dev/full", 1, 7},
                                  {"/dev/random", 1, 8}, {"/dev/urandom", 1, 9}, {"/dev/tty", 5, 0}};

struct LinkRow {
  std::string_view path, target;
};
constexpr LinkRow kLinks[] = {{"/dev/fd", "/proc/self/fd"},       {"/dev/stdin", "/proc/self/fd/0"}, {"/dev/stdout", "/proc/self/fd/1"},
                              {"/dev/stderr", "/proc/self/fd/2"}, {"/dev/core", "/proc/kcore"},      {"/dev/ptmx", "pts/ptmx"}};

MountStep file_system(std::string source, std::string target, std::string type, std::uint64_t flags, std::string data = {}) {
  return {StepKind::FileSystem, std::move(source), std::move(target), std::move(type), flags, std::move(data), Presence::Required};
}

// Version 1 as Docker 20.10 shows it: a tmpfs with the container's own directory of each hierarchy.
void plan_cgroup_mounts(const std::vector<CgroupDirectory>& joined, const CgroupLayout& layout, engine::NamespaceMode space, std::uint64_t access,
                        std::vector<MountStep>& mounts) {
  const std::string at = "/sys/fs/cgroup";
  if (joined.empty()) return;
  if (layout.version == CgroupVersion::V2) {
    // Mounting it anew in the machine's own namespace would take the options of the machine's mount away ("nsdelegate").
    if (space == engine::NamespaceMode::Host) mounts.push_back({StepKind::HostBind, layout.hierarchies.front().mount, at, "", kQuiet | access, "", Presence::Required});
    else mounts.push_back(file_system("cgroup", at, "cgroup2", kQuiet | access));
    return;
  }
  mounts.push_back(file_system("tmpfs", at, "tmpfs", kQuiet, "mode=755"));
  for (const auto& directory : joined)
    mounts.push_back({StepKind::HostBind, directory.path, at + "/" + directory.name, "", kQuiet | access, "", Presence::Required});
  if (access != 0) mounts.push_back({StepKind::Rebind, "", at, "", kQuiet | access, "", Presence::Required});
}

struct PropagationRow {
  std::string_view word;
  std::uint64_t flags;
};
constexpr PropagationRow kPropagations[] = {{"private", MS_PRIVATE}, {"rprivate", MS_PRIVATE | MS_REC}, {"slave", MS_SLAVE},
                                            {"rslave", MS_SLAVE | MS_REC}, {"shared", MS_SHARED}, {"rshared", MS_SHARED | MS_REC}};

std::uint64_t propagation_of(std::string_view word) {
  for (const auto& row : kPropagations)
    if (row.word == word) return row.flags;
  return MS_PRIVATE | MS_REC;
}

// What the user asked for: volumes, host directories, memory.
Result<MountStep> user_mount(const engine::ContainerMount& mount) {
  if (mount.kind == engine::ContainerMount::Kind::Memory) return plan_tmpfs(mount);
  const std::uint64_t access = mount.writable ? 0 : MS_RDONLY;
  MountStep step{StepKind::HostBind, mount.source, mount.destination, "", access | (mount.recursive ? MS_REC : 0), "", Presence::Required};
  step.propagation = propagation_of(mount.propagation);
  return step;
}

// Docker takes its own mount away where the user has one, and all of /dev with /dev.
void drop_replaced(const engine::ContainerSpec& spec, std::vector<MountStep>& mounts) {
  for (const auto& mine : spec.mounts)
    std::erase_if(mounts, [&](const MountStep& step) {
      return step.target == mine.destination || (mine.destination == "/dev" && step.target.starts_with("/dev/"));
    });
}

size_t depth_of(const MountStep& step) { return static_cast<size_t>(std::count(step.target.begin(), step.target.end(), '/')); }

Result<void> plan_mounts(const engine::ContainerSpec& spec, const ContainerPaths& paths, const std::vector<CgroupDirectory>& joined, const CgroupLayout& layout,
                         ContainerPlan& plan) {
  const std::uint64_t kernel_access = spec.process.privileged ? 0 : MS_RDONLY;
  auto& mounts = plan.mounts;
  mounts.push_back(file_system("proc", "/proc", "proc", kQuiet));
  mounts.push_back(file_system("tmpfs", "/dev", "tmpfs", MS_NOSUID | MS_STRICTATIME, "mode=755,size=65536k"));
  mounts.push_back(file_system("devpts", "/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620,gid=5"));
  mounts.push_back(file_system("sysfs", "/sys", "sysfs", kQuiet | kernel_access));
  plan_cgroup_mounts(joined, layout, spec.apart.cgroup, kernel_access, mounts);
  // Message queues belong to the IPC namespace: a shared one shows the other's.
  if (spec.apart.ipc.mode != engine::NamespaceMode::Host) mounts.push_back(file_system("mqueue", "/dev/mqueue", "mqueue", kQuiet));
  else mounts.push_back({StepKind::HostBind, "/dev/mqueue", "/dev/mqueue", "", 0, "", Presence::Optional});
  if (spec.apart.ipc.mode == engine::NamespaceMode::Host) mounts.push_back({StepKind::HostBind, "/dev/shm", "/dev/shm", "", 0, "", Presence::Required});
  else if (!paths.shm_space.empty()) mounts.push_back({StepKind::OtherBind, paths.shm_space, "/dev/shm", "", 0, "/dev/shm", Presence::Required});
  else if (spec.apart.shared_memory) mounts.push_back(file_system("shm", "/dev/shm", "tmpfs", kQuiet, "mode=1777,size=" + std::to_string(spec.shm_bytes)));
  drop_replaced(spec, mounts);
  std::vector<MountStep> later;
  for (const auto& mount : spec.mounts) later.push_back(TRY(user_mount(mount)));
  for (size_t i = 0; i < spec.files.size() && i < paths.provided.size(); ++i)
    later.push_back({StepKind::HostBind, paths.provided[i], spec.files[i].path, "", spec.readonly_root ? std::uint64_t{MS_RDONLY} : 0, "", Presence::Required});
  // A directory before what is mounted in it.
  if (!spec.mounts.empty()) std::stable_sort(later.begin(), later.end(), [](const MountStep& a, const MountStep& b) { return depth_of(a) < depth_of(b); });
  mounts.insert(mounts.end(), later.begin(), later.end());

  for (const auto& path : spec.masked_paths) plan.closing_mounts.push_back({StepKind::Mask, "", path, "", 0, "", Presence::Optional});
  for (const auto& path : spec.readonly_paths) plan.closing_mounts.push_back({StepKind::Rebind, "", path, "", MS_RDONLY, "", Presence::Optional});
  if (spec.readonly_root) plan.closing_mounts.push_back({StepKind::Rebind, "", "/", "", MS_RDONLY, "", Presence::Required});
  return success();
}

// Which namespaces are made, and which are somebody else's (runtime-spec, config-linux.md, "Namespaces").
void plan_namespaces(const engine::ContainerSpec& spec, const ContainerPaths& paths, CgroupVersion version, bool joined, ContainerPlan& plan) {
  const auto own = [](const engine::NamespaceChoice& choice) { return choice.mode == engine::NamespaceMode::Own; };
  plan.clone_flags = CLONE_NEWNS;
  if (own(spec.apart.pid)) plan.clone_flags |= CLONE_NEWPID;
  if (own(spec.apart.ipc)) plan.clone_flags |= CLONE_NEWIPC;
  if (spec.apart.uts == engine::NamespaceMode::Own) plan.clone_flags |= CLONE_NEWUTS;
  if (spec.network == engine::NetworkMode::None) plan.clone_flags |= CLONE_NEWNET;  // otherwise it is there already
  if (spec.apart.cgroup == engine::NamespaceMode::Own && version == CgroupVersion::V2 && joined) plan.clone_flags |= CLONE_NEWCGROUP;
  plan.joins = paths.joins;
  plan.loopback = spec.network == engine::NetworkMode::None;
  if (spec.apart.uts == engine::NamespaceMode::Own) {
    plan.hostname = spec.hostname;
    plan.domainname = spec.domainname;
  }
  auto sysctls = spec.apart.sysctls;
  // In a network of its own nobody else is disturbed: any user may take any port, and ping (Docker since 20.10.0).
  if (spec.network == engine::NetworkMode::Bridge || spec.network == engine::NetworkMode::None) {
    sysctls.try_emplace("net.ipv4.ip_unprivileged_port_start", "0");
    sysctls.try_emplace("net.ipv4.ping_group_range", "0 2147483647");
  }
  for (const auto& [name, value] : sysctls) {
    std::string path = name;
    std::replace(path.begin(), path.end(), '.', '/');
    plan.sysctls.push_back({"/proc/sys/" + path, value});
  }
}

// The asked-for ones, as far as the machine lets us; by name they must be had (runc: "unable to apply caps").
Result<CapabilityMask> plan_capabilities(const engine::ContainerSpec& spec, CapabilityMask bounding) {
  if (spec.process.privileged) return bounding;
  const CapabilityMask asked = TRY(capability_mask(spec.capabilities));
  return asked & bounding;
}

std::vector<std::string> joins(const std::vector<CgroupDirectory>& joined, CgroupVersion version) {
  std::vector<std::string> out;
  // `tasks` moves one thread and is forty times faster than cgroup.procs; the child has a single thread.
  for (const auto& directory : joined) out.push_back(version == CgroupVersion::V1 ? directory.path + "/tasks" : directory.path);
  return out;
}

struct FlagRow {
  std::uint64_t flag;
  std::string_view name, kind;
};
constexpr FlagRow kNamespaces[] = {{CLONE_NEWNS, "CLONE_NEWNS", "mnt"},   {CLONE_NEWPID, "CLONE_NEWPID", "pid"},
                                   {CLONE_NEWUTS, "CLONE_NEWUTS", "uts"}, {CLONE_NEWIPC, "CLONE_NEWIPC", "ipc"},
                                   {CLONE_NEWNET, "CLONE_NEWNET", "net"}, {CLONE_NEWCGROUP, "CLONE_NEWCGROUP", "cgroup"}};
constexpr FlagRow kMountFlags[] = {
    {MS_RDONLY, "ro", ""}, {MS_NOSUID, "nosuid", ""}, {MS_NODEV, "nodev", ""}, {MS_NOEXEC, "noexec", ""}, {MS_STRICTATIME, "strictatime", ""}};

}  // namespace

Result<ContainerPlan> plan_container(const engine::ContainerSpec& spec, const MachineFacts& facts, const ContainerPaths& paths, const CgroupPlan& cgroups,
                                     const CreatedCgroups& created) {
  const auto& joined = created.directories;
  ContainerPlan plan;
  LaunchPlan& launch = plan.launch;
  launch.container = spec.id.str();
  launch.process = spec.process;
  launch.capabilities = TRY(plan_capabilities(spec, facts.bounding));
  if (!created.devices_restricted && !spec.process.privileged) launch.capabilities &= ~kMakeNodes;
  launch.cgroup_joins = joins(joined, cgroups.version);
  launch.cgroup_version = cgroups.version;
  launch.oom_file = joined.empty() ? "" : cgroups.oom_file;
  launch.run_directory = paths.run_directory;
  if (spec.log.kept) launch.log_path = paths.log_path;
  launch.log = spec.log;
  launch.held = spec.before_exec != nullptr;

  plan.root = spec.root;
  launch.seccomp = paths.seccomp;
  plan_namespaces(spec, paths, cgroups.version, !joined.empty(), plan);
  TRY(plan_mounts(spec, paths, joined, facts.cgroups, plan));
  if (spec.apart.init) {
    if (facts.init_program.empty())
      return make_error(ErrorKind::Internal, "process.setup", "start process", spec.id.str(), "the program of --init is not installed beside the daemon", "build strates-init");
    plan.mounts.push_back({StepKind::HostBind, facts.init_program, std::string(kInitPath), "", MS_RDONLY, "", Presence::Required});
    launch.process.args.insert(launch.process.args.begin(), {std::string(kInitPath), "--"});
  }
  // A directory of the machine as /dev is left as it is (runc).
  const bool bound_dev = std::any_of(spec.mounts.begin(), spec.mounts.end(), [](const engine::ContainerMount& mount) {
    return mount.destination == "/dev" && mount.kind != engine::ContainerMount::Kind::Memory;
  });
  if (bound_dev) return plan;
  for (const auto& row : kDevices) plan.devices.push_back({std::string(row.path), S_IFCHR | 0666, row.major, row.minor});
  if (spec.process.privileged)
    for (const auto& device : facts.host_devices)
      if (std::none_of(plan.devices.begin(), plan.devices.end(), [&](const auto& known) { return known.path == device.path; })) plan.devices.push_back(device);
  for (const auto& device : paths.devices) {
    std::erase_if(plan.devices, [&](const auto& known) { return known.path == device.path; });
    plan.devices.push_back(device);
  }
  for (const auto& row : kLinks) plan.links.push_back({std::string(row.path), std::string(row.target)});
  return plan;
}

std::string clone_flag_names(std::uint64_t flags) {
  std::vector<std::string> names;
  for (const auto& row : kNamespaces)
    if ((flags & row.flag) != 0) names.emplace_back(row.name);
  return join(names, "|");
}

std::vector<std::string> namespace_kinds(std::uint64_t flags) {
  std::vector<std::string> kinds;
  for (const auto& row : kNamespaces)
    if ((flags & row.flag) != 0) kinds.emplace_back(row.kind);
  return kinds;
}

std::string mount_options(const MountStep& step) {
  std::vector<std::string> options;
  if (step.kind == StepKind::HostBind || step.kind == StepKind::OtherBind || step.kind == StepKind::Rebind)
    options.emplace_back((step.flags & MS_REC) != 0 ? "rbind" : "bind");
  for (const auto& row : kMountFlags)
    if ((step.flags & row.flag) != 0) options.emplace_back(row.name);
  for (const auto& row : kPropagations)
    if (step.propagation != 0 && step.propagation == row.flags) options.emplace_back(row.word);
  if (!step.data.empty()) options.push_back(step.data);
  return join(options, ",");
}

std::string render(const ContainerPlan& plan) {
  const LaunchPlan& launch = plan.launch;
  std::string out = "clone " + clone_flag_names(plan.clone_flags) + "\n";
  for (const auto& join : plan.joins) out += "enter " + join.path + "\n";
  for (const auto& path : launch.cgroup_joins) out += "join " + path + "\n";
  out += "pivot " + plan.root + "\n";
  const auto mounts = [&](const std::vector<MountStep>& steps) {
    for (const auto& step : steps) {
      if (step.kind == StepKind::Mask) {
        out += "mask " + step.target + "\n";
        continue;
      }
      const std::string source = step.kind == StepKind::Rebind ? step.target : step.source;
      out += "mount " + (step.type.empty() ? "" : "-t " + step.type + " ") + source + " " + step.target + " -o " + mount_options(step) + "\n";
    }
  };
  mounts(plan.mounts);
  for (const auto& device : plan.devices)
    out += "device " + device.path + (S_ISBLK(device.mode) ? " b " : " c ") + std::to_string(device.major) + ":" + std::to_string(device.minor) + "\n";
  for (const auto& link : plan.links) out += "link " + link.path + " -> " + link.target + "\n";
  for (const auto& step : plan.sysctls) out += "write " + step.path + " " + step.value + "\n";
  mounts(plan.closing_mounts);
  out += "hostname " + plan.hostname + "\n";
  if (plan.loopback) out += "up lo\n";
  for (const auto& limit : launch.process.confinement.ulimits)
    out += "limit " + limit.name + " " + std::to_string(limit.soft) + ":" + std::to_string(limit.hard) + "\n";
  if (launch.process.confinement.no_new_privileges) out += "no new privileges\n";
  if (!launch.seccomp.empty()) out += "filter " + std::to_string(launch.seccomp.size()) + "\n";
  out += "capabilities " + join(capability_names(launch.capabilities), " ") + "\n";
  out += "user " + std::to_string(launch.process.uid) + ":" + std::to_string(launch.process.gid) + "\n";
  out += "execute " + join(launch.process.args, " ") + "\n";
  return out;
}

}  // namespace strates::linux_world
