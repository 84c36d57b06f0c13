// What starting a process will do, as values: made without a system call, drawn, printed, tested by text, sent to the spawner.
//
// The order is the order of the calls. A ContainerPlan is a first process with its namespaces, mounts and root; an ExecPlan joins those of a
// container that runs. Mounts and devices follow the OCI runtime-spec (config-linux.md, "Default Filesystems", "Default Devices") as
// Docker 20.10 fills it in.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "engine/ports.hpp"
#include "linux/cgroup/cgroup_dir.hpp"
#include "linux/cgroup/cgroup_plan.hpp"
#include "linux/process/capability_set.hpp"

namespace strates::linux_world {

enum class StepKind : std::uint8_t {
  FileSystem,  // a new file system of `type` at `target`
  HostBind,    // `source` on the host, bound at `target`; made as a file or directory when absent
  Rebind,      // `target` bound onto itself with `flags` (read-only paths, the root)
  OtherBind,   // `data` as the mount namespace at `source` (/proc/PID/ns/mnt) sees it, bound at `target`
  Mask,        // hidden: a file under /dev/null, a directory under an empty read-only tmpfs
};

enum class Presence : std::uint8_t { Required, Optional };  // Optional: skipped when the target does not exist

// All after pivot_root: targets are the container's own paths, so no link in an image can lead out of it.
struct MountStep {
  StepKind kind = StepKind::FileSystem;
  std::string source, target, type;
  std::uint64_t flags = 0;  // MS_*
  std::string data;         // "mode=755,size=65536k"
  Presence presence = Presence::Required;
  std::uint64_t propagation = 0;  // HostBind: MS_PRIVATE, MS_SLAVE or MS_SHARED, perhaps with MS_REC; 0: left as it is. MS_REC in `flags`: with what is below
  bool operator==(const MountStep&) const = default;
};

struct DeviceStep {
  std::string path;
  std::uint32_t mode = 0;  // S_IFCHR | 0666
  std::uint32_t major = 0, minor = 0;
  bool operator==(const DeviceStep&) const = default;
};

struct LinkStep {
  std::string path, target;
  bool operator==(const LinkStep&) const = default;
};

struct SysctlStep {
  std::string path, value;  // "/proc/sys/net/ipv4/ip_forward"
  bool operator==(const SysctlStep&) const = default;
};

struct NamespaceJoin {
  std::string path;  // "/proc/12/ns/ipc", seen by the monitor
  std::uint64_t flag = 0;
  bool operator==(const NamespaceJoin&) const = default;
};

// What both kinds of process need.
struct LaunchPlan {
  std::string container, exec;  // exec empty: the container's first process
  engine::ProcessSpec process;
  CapabilityMask capabilities = 0;
  std::vector<std::string> cgroup_joins;  // V1: `tasks` files that get "0"; V2: one directory to be cloned into
  CgroupVersion cgroup_version = CgroupVersion::None;
  std::string oom_file;
  std::string run_directory;  // monitor.sock, exit; for an exec only its standard error goes here
  std::string log_path;       // empty: output is not kept
  engine::LogKeeping log;
  bool held = false;          // stops before exec until the daemon says go
  // --- confinement, beyond capabilities
  std::vector<std::uint64_t> seccomp;  // a BPF program, one sock_filter each; empty: unconfined
};

struct ContainerPlan {
  LaunchPlan launch;
  std::string root;  // becomes /
  std::uint64_t clone_flags = 0;
  std::vector<MountStep> mounts;
  std::vector<DeviceStep> devices;  // made after the mount of /dev
  std::vector<LinkStep> links;
  std::vector<MountStep> closing_mounts;  // after devices: masks, read-only paths, the root
  std::string hostname, domainname;
  bool loopback = false;  // brought up: the network namespace is new
  // --- confinement
  std::vector<NamespaceJoin> joins;  // namespaces of others, entered before the clone
  std::vector<SysctlStep> sysctls;   // after the mounts, before /proc/sys becomes read-only
};

struct ExecPlan {
  LaunchPlan launch;
  std::uint64_t namespaces = 0;  // CLONE_NEW* joined through the container's pidfd
};

using Plan = std::variant<ContainerPlan, ExecPlan>;

// What a plan depends on besides the request.
struct MachineFacts {
  CgroupLayout cgroups;
  CapabilityMask bounding = 0;           // ours: nobody can have more
  std::vector<DeviceStep> host_devices;  // privileged containers get them all
  std::string init_program;              // on the host: what --init puts first; empty: there is none
};

// Where a container's files are kept.
struct ContainerPaths {
  std::string run_directory, log_path;
  std::vector<std::string> provided;  // on the host, one per ContainerSpec::files
  // --- what confinement needs beside the request, resolved by whoever may look
  std::vector<NamespaceJoin> joins;
  std::vector<DeviceStep> devices;     // of --device
  std::vector<std::uint64_t> seccomp;  // compiled; empty: unconfined
  std::string shm_space;               // the mount namespace whose /dev/shm is shared: /proc/PID/ns/mnt
};

// `cgroups`: as planned, `created`: as they could be had. Where the kernel does not restrict devices, CAP_MKNOD is withheld: with it a container could make
// itself the host's disks. codes process.setup
Result<ContainerPlan> plan_container(const engine::ContainerSpec& spec, const MachineFacts& facts, const ContainerPaths& paths, const CgroupPlan& cgroups,
                                     const CreatedCgroups& created);

// "CLONE_NEWNS|CLONE_NEWPID", and "mnt", "pid", ... as /proc/PID/ns names them.
std::string clone_flag_names(std::uint64_t flags);
std::vector<std::string> namespace_kinds(std::uint64_t flags);
// Docker's options of a tmpfs: "size=1m,mode=700,exec". noexec, nosuid and nodev unless the options say otherwise. code container.tmpfs with
// Docker's sentence as wire when one is not known.
Result<MountStep> plan_tmpfs(const engine::ContainerMount& mount);

// "ro,nosuid,nodev" and the file system's own data, as mount(8) writes options.
std::string mount_options(const MountStep& step);
// One line a step, for golden tests and people.
std::string render(const ContainerPlan& plan);

}  // namespace strates::linux_world
