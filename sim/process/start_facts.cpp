#include "sim/process/start_facts.hpp"

namespace strates::sim {

namespace {

struct Mount {
  std::string_view source, target, type, options;
};

// Docker 20.10's default mounts (moby, oci/defaults.go).
constexpr Mount kMounts[] = {
    {"proc", "/proc", "proc", "nosuid,noexec,nodev"},
    {"tmpfs", "/dev", "tmpfs", "nosuid,strictatime,mode=755,size=65536k"},
    {"devpts", "/dev/pts", "devpts", "nosuid,noexec,newinstance,ptmxmode=0666,mode=0620,gid=5"},
    {"sysfs", "/sys", "sysfs", "nosuid,noexec,nodev,ro"},
    {"mqueue", "/dev/mqueue", "mqueue", "nosuid,noexec,nodev"},
};

struct Namespaces {
  std::vector<std::string> kinds{"mnt", "uts", "ipc", "pid"};
  std::string flags = "CLONE_NEWNS|CLONE_NEWUTS|CLONE_NEWIPC|CLONE_NEWPID";
};

}  // namespace

void emit_limits(const ContainerId& id, const engine::Limits& limits, const Emit& emit) {
  if (!emit) return;
  const std::string group = "/strates/" + id.str();
  const auto limit = [&](std::string_view file, std::string value) { emit(event::Container(event::CgroupWritten{id, group, std::string(file), std::move(value)})); };
  if (limits.memory > 0) limit("memory.max", std::to_string(limits.memory));
  if (limits.memory_reservation > 0) limit("memory.low", std::to_string(limits.memory_reservation));
  if (limits.nano_cpus > 0) limit("cpu.max", std::to_string(limits.nano_cpus / 10'000) + " 100000");
  if (limits.cpu_shares > 0) limit("cpu.weight", std::to_string(1 + ((limits.cpu_shares - 2) * 9999) / 262'142));
  if (!limits.cpuset_cpus.empty()) limit("cpuset.cpus", limits.cpuset_cpus);
  if (limits.pids > 0) limit("pids.max", std::to_string(limits.pids));
}

void emit_start_facts(const engine::ContainerSpec& spec, const engine::RunningProcess& process, const Emit& emit) {
  if (!emit) return;
  const auto say = [&](auto fact) { emit(event::Container(std::move(fact))); };
  const std::string group = "/strates/" + spec.id.str();
  const auto limit = [&](std::string_view file, std::string value) { say(event::CgroupWritten{spec.id, group, std::string(file), std::move(value)}); };
  emit_limits(spec.id, spec.limits, emit);
  limit("cgroup.procs", std::to_string(process.host_pid));

  Namespaces namespaces;
  if (spec.network == engine::NetworkMode::None || spec.network == engine::NetworkMode::Bridge) {
    namespaces.kinds.push_back("net");
    namespaces.flags += "|CLONE_NEWNET";
  }
  say(event::NamespaceEntered{spec.id, namespaces.kinds, namespaces.flags});
  for (const Mount& mount : kMounts)
    say(event::MountMade{spec.id, std::string(mount.source), std::string(mount.target), std::string(mount.type), std::string(mount.options)});
  say(event::MountMade{spec.id, "shm", "/dev/shm", "tmpfs", "nosuid,noexec,nodev,mode=1777,size=" + std::to_string(spec.shm_bytes)});
  for (const auto& mount : spec.mounts) {
    const bool memory = mount.kind == engine::ContainerMount::Kind::Memory;
    const std::string access = mount.writable ? "" : ",ro";
    say(event::MountMade{spec.id, memory ? "tmpfs" : mount.source, mount.destination, memory ? "tmpfs" : "",
                         memory ? "nosuid,noexec,nodev" + access + (mount.options.empty() ? "" : "," + mount.options) : "rbind" + access + ",rprivate"});
  }
  for (const auto& file : spec.files) say(event::MountMade{spec.id, file.path, file.path, "bind", "rbind,rprivate"});
  say(event::RootPivoted{spec.id, spec.root});
  say(event::CapabilitiesDropped{spec.id, spec.capabilities});
  say(event::ProcessExecuted{spec.id, "", process.host_pid, process.container_pid, spec.process.args});
}

void emit_exec_facts(const ContainerId& id, const ExecId& exec, const engine::ProcessSpec& spec, const engine::RunningProcess& process, const Emit& emit) {
  if (!emit) return;
  emit(event::Container(event::NamespaceEntered{id, {"mnt", "uts", "ipc", "pid", "net"}, "setns"}));
  emit(event::Container(event::ProcessExecuted{id, exec.str(), process.host_pid, process.container_pid, spec.args}));
}

}  // namespace strates::sim
