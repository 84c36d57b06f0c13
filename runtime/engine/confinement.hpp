// What a container may use and what it may do: limits of its control groups, and how it is kept apart (Docker Engine API, HostConfig;
// OCI runtime-spec, config-linux.md). Values as they were asked for; the worlds turn them into writes, mounts and filters.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace strates::engine {

// The part that `docker update` may change while the container runs. 0 or empty: not limited.
struct Limits {
  std::int64_t memory = 0;              // bytes
  std::int64_t nano_cpus = 0;           // billionths of a processor
  std::int64_t cpu_shares = 0;          // weight
  std::int64_t pids = 0;                // most processes; -1: no limit, said so
  std::int64_t memory_reservation = 0;  // bytes, a soft limit
  std::int64_t memory_swap = 0;         // bytes of memory and swap together; -1: as much swap as there is; 0: twice the memory
  std::optional<std::int64_t> memory_swappiness;  // 0..100
  std::int64_t kernel_memory = 0;
  bool oom_kill_disable = false;
  std::int64_t cpu_period = 0, cpu_quota = 0;  // microseconds
  std::string cpuset_cpus, cpuset_mems;        // "0-2,7"
  std::int64_t blkio_weight = 0;               // 10..1000
  bool operator==(const Limits&) const = default;
};

struct Ulimit {
  std::string name;  // "nofile"
  std::int64_t soft = 0, hard = 0;  // -1: unlimited
  bool operator==(const Ulimit&) const = default;
};

struct DeviceMapping {
  std::string host, container, permissions;  // permissions: of "rwm"
  bool operator==(const DeviceMapping&) const = default;
};

// What `docker run` asks for besides limits. Modes are Docker's words: "", "host", "private", "container:ID", ...
struct Isolation {
  std::vector<std::string> cap_add, cap_drop;  // "CAP_CHOWN", "ALL"
  std::vector<std::string> security_opt;       // "seccomp=unconfined", "no-new-privileges"
  std::vector<Ulimit> ulimits;
  std::map<std::string, std::string> tmpfs;    // path to options
  std::optional<bool> init;
  std::vector<std::string> group_add;
  std::vector<DeviceMapping> devices;
  std::vector<std::string> device_rules;       // "c 1:3 rwm"
  std::map<std::string, std::string> sysctls;
  std::int64_t oom_score_adj = 0;
  std::string ipc_mode, pid_mode, uts_mode, cgroupns_mode, userns_mode, cgroup_parent;
  std::optional<std::vector<std::string>> masked_paths, readonly_paths;  // none: Docker's
  bool operator==(const Isolation&) const = default;
};

enum class SeccompMode : std::uint8_t { Default, Unconfined, Profile };

// A process's own confinement: an exec has its container's (OCI runtime-spec, config.md, "process").
struct Confinement {
  SeccompMode seccomp = SeccompMode::Default;
  std::string seccomp_profile;  // Profile: Docker's JSON form
  bool no_new_privileges = false;
  std::vector<Ulimit> ulimits;
  std::int64_t oom_score_adj = 0;
};

enum class NamespaceMode : std::uint8_t {
  Own,
  Host,
  Container,  // that of another container
};

struct NamespaceChoice {
  NamespaceMode mode = NamespaceMode::Own;
  std::string container;  // full id, for Container
};

// How a container is kept apart, beyond its first process.
struct Apartness {
  NamespaceChoice ipc, pid;
  NamespaceMode uts = NamespaceMode::Own;
  bool shared_memory = true;  // false: no /dev/shm of its own (--ipc none)
  NamespaceMode cgroup = NamespaceMode::Own;  // Host: the container sees the machine's tree
  std::string cgroup_parent;                  // "/strates" when empty
  std::vector<DeviceMapping> devices;
  std::vector<std::string> device_rules;
  std::map<std::string, std::string> sysctls;
  bool init = false;  // a small first process that reaps and forwards signals
  bool capabilities_within_bounds = false;  // "all": those that the machine withholds are left out; else each named one must be had
};

// One reading of a running container's counters (Docker Engine API, ContainerStats). Nanoseconds and bytes.
struct Statistics {
  std::int64_t read_at = 0;
  std::int64_t pids = 0;
  std::int64_t pids_limit = 0;  // 0: none
  std::int64_t cpu_total = 0, cpu_user = 0, cpu_kernel = 0, system_cpu = 0;
  std::vector<std::int64_t> cpu_each;  // version 1 only
  std::int64_t online_cpus = 0;
  std::int64_t periods = 0, throttled_periods = 0, throttled_time = 0;
  std::int64_t memory_usage = 0, memory_max_usage = 0, memory_limit = 0, memory_failures = 0;
  std::map<std::string, std::int64_t> memory;  // memory.stat
  struct Block {
    std::int64_t major = 0, minor = 0;
    std::string operation;  // "Read", "Write"
    std::int64_t value = 0;
  };
  std::vector<Block> block_bytes, block_operations;
  struct Interface {
    std::string name;
    std::int64_t rx_bytes = 0, rx_packets = 0, rx_errors = 0, rx_dropped = 0, tx_bytes = 0, tx_packets = 0, tx_errors = 0, tx_dropped = 0;
  };
  std::vector<Interface> interfaces;
};

// `docker top`: what ps said, cut down to the container's processes.
struct ProcessTable {
  std::vector<std::string> titles;
  std::vector<std::vector<std::string>> rows;
};

}  // namespace strates::engine
