#include "engine/host_rules.hpp"

#include <algorithm>
#include <charconv>

#include "base/strings.hpp"
#include "engine/init_entries.hpp"

namespace strates::engine {

namespace {

constexpr std::int64_t kLeastMemory = 6 << 20;
constexpr int kMostListed = 8192;

// capabilities(7), by number.
constexpr std::string_view kCapabilities[] = {
    "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_SETGID", "CAP_SETUID", "CAP_SETPCAP",
    "CAP_LINUX_IMMUTABLE", "CAP_NET_BIND_SERVICE", "CAP_NET_BROADCAST", "CAP_NET_ADMIN", "CAP_NET_RAW", "CAP_IPC_LOCK", "CAP_IPC_OWNER", "CAP_SYS_MODULE",
    "CAP_SYS_RAWIO", "CAP_SYS_CHROOT", "CAP_SYS_PTRACE", "CAP_SYS_PACCT", "CAP_SYS_ADMIN", "CAP_SYS_BOOT", "CAP_SYS_NICE", "CAP_SYS_RESOURCE", "CAP_SYS_TIME",
    "CAP_SYS_TTY_CONFIG", "CAP_MKNOD", "CAP_LEASE", "CAP_AUDIT_WRITE", "CAP_AUDIT_CONTROL", "CAP_SETFCAP", "CAP_MAC_OVERRIDE", "CAP_MAC_ADMIN", "CAP_SYSLOG",
    "CAP_WAKE_ALARM", "CAP_BLOCK_SUSPEND", "CAP_AUDIT_READ", "CAP_PERFMON", "CAP_BPF", "CAP_CHECKPOINT_RESTORE"};

Error invalid(std::string sentence) { return docker_error(ErrorKind::Invalid, "container.limits", std::move(sentence)); }

bool contains(const std::vector<std::string>& list, std::string_view value) { return std::find(list.begin(), list.end(), value) != list.end(); }

Result<void> check_capabilities(const std::vector<std::string>& names, std::string_view field) {
  for (const auto& name : names)
    if (const auto known = capability_name(name); !known.ok()) return invalid("invalid " + std::string(field) + ": " + known.error().wire);
  return {};
}

// They are kept as they were typed, as Docker keeps them.
std::vector<std::string> full_names(const std::vector<std::string>& names) {
  std::vector<std::string> out;
  for (const auto& name : names) out.push_back(capability_name(name).value_or(name));
  return out;
}

// A limit that the machine cannot hold is dropped with a warning.
class Limiter {
 public:
  explicit Limiter(std::vector<std::string>& warnings) : warnings_(warnings) {}
  template <typename T>
  void drop_unless(bool supported, T& limit, std::string_view warning) {
    if (supported || limit == T{}) return;
    warnings_.emplace_back(warning);
    limit = T{};
  }

 private:
  std::vector<std::string>& warnings_;
};

Result<void> settle_memory(Limits& limits, const MachineInfo& machine, ForUpdate update, std::vector<std::string>& warnings) {
  Limiter limiter(warnings);
  if (!machine.has_memory_limit && limits.memory != 0) limits.memory_swap = -1;
  limiter.drop_unless(machine.has_memory_limit, limits.memory,
                      "Your kernel does not support memory limit capabilities or the cgroup is not mounted. Limitation discarded.");
  if (limits.memory != 0 && limits.memory < kLeastMemory) return invalid("Minimum memory limit allowed is 6MB");
  if (limits.memory > 0 && limits.memory_swap != -1 && !machine.has_swap_limit) {
    warnings.emplace_back("Your kernel does not support swap limit capabilities or the cgroup is not mounted. Memory limited without swap.");
    limits.memory_swap = -1;
  }
  if (limits.memory > 0 && limits.memory_swap > 0 && limits.memory_swap < limits.memory)
    return invalid("Minimum memoryswap limit should be larger than memory limit, see usage");
  if (limits.memory == 0 && limits.memory_swap > 0 && update == ForUpdate::No)
    return invalid("You should always set the Memory limit when using Memoryswap limit, see usage");
  if (limits.memory_swappiness && (*limits.memory_swappiness < 0 || *limits.memory_swappiness > 100))
    return invalid("Invalid value: " + std::to_string(*limits.memory_swappiness) + ", valid memory swappiness range is 0-100");
  limiter.drop_unless(machine.has_swappiness, limits.memory_swappiness,
                      "Your kernel does not support memory swappiness capabilities or the cgroup is not mounted. Memory swappiness discarded.");
  if (limits.memory_reservation > 0 && limits.memory_reservation < kLeastMemory) return invalid("Minimum memory reservation allowed is 6MB");
  if (limits.memory > 0 && limits.memory_reservation > 0 && limits.memory < limits.memory_reservation)
    return invalid("Minimum memory limit can not be less than memory reservation limit, see usage");
  if (limits.kernel_memory > 0) {
    warnings.emplace_back("Specifying a kernel memory limit is deprecated and will be removed in a future release.");
    if (limits.kernel_memory < kLeastMemory) return invalid("Minimum kernel memory limit allowed is 6MB");
    limiter.drop_unless(machine.has_kernel_memory, limits.kernel_memory,
                        "Your kernel does not support kernel memory limit capabilities or the cgroup is not mounted. Limitation discarded.");
  }
  limiter.drop_unless(machine.has_oom_kill_disable, limits.oom_kill_disable, "Your kernel does not support OomKillDisable. OomKillDisable discarded.");
  if (limits.oom_kill_disable && limits.memory == 0)
    warnings.emplace_back("OOM killer is disabled for the container, but no memory limit is set, this can result in the system running out of resources.");
  return {};
}

Result<void> settle_processors(Limits& limits, const MachineInfo& machine, std::vector<std::string>& warnings) {
  Limiter limiter(warnings);
  if (limits.nano_cpus != 0 && limits.cpu_period > 0) return invalid("Conflicting options: Nano CPUs and CPU Period cannot both be set");
  if (limits.nano_cpus != 0 && limits.cpu_quota > 0) return invalid("Conflicting options: Nano CPUs and CPU Quota cannot both be set");
  if (limits.nano_cpus > 0 && !machine.has_cpu_cfs)
    return invalid("NanoCPUs can not be set, as your kernel does not support CPU CFS scheduler or the cgroup is not mounted");
  if (limits.nano_cpus < 0 || limits.nano_cpus > machine.cpus * 1'000'000'000)
    return invalid("Range of CPUs is from 0.01 to " + std::to_string(machine.cpus) + ".00, as there are only " + std::to_string(machine.cpus) + " CPUs available");
  limiter.drop_unless(machine.has_cpu_shares, limits.cpu_shares, "Your kernel does not support CPU shares or the cgroup is not mounted. Shares discarded.");
  if (!machine.has_cpu_cfs && (limits.cpu_period != 0 || limits.cpu_quota != 0)) {
    warnings.emplace_back("Your kernel does not support CPU CFS scheduler. CPU period/quota discarded.");
    limits.cpu_period = limits.cpu_quota = 0;
  }
  if (limits.cpu_period != 0 && (limits.cpu_period < 1000 || limits.cpu_period > 1'000'000))
    return invalid("CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)");
  if (limits.cpu_quota > 0 && limits.cpu_quota < 1000) return invalid("CPU cfs quota can not be less than 1ms (i.e. 1000)");
  return {};
}

Result<void> check_set(const std::string& asked, const std::string& available, std::string_view what, std::string_view field) {
  if (asked.empty()) return {};
  const auto wanted = parse_number_list(asked);
  if (!wanted.ok()) return invalid("Invalid value " + asked + " for cpuset " + std::string(field) + ": " + wanted.error().wire);
  const auto there = parse_number_list(available);
  if (available.empty() || !there.ok()) return {};
  for (const int one : wanted.value())
    if (std::find(there.value().begin(), there.value().end(), one) == there.value().end())
      return invalid("Requested " + std::string(what) + " are not available - requested " + asked + ", available: " + available);
  return {};
}

Result<void> settle_sets(Limits& limits, const MachineInfo& machine, std::vector<std::string>& warnings) {
  if (!machine.has_cpuset && (!limits.cpuset_cpus.empty() || !limits.cpuset_mems.empty())) {
    warnings.emplace_back("Your kernel does not support cpuset or the cgroup is not mounted. Cpuset discarded.");
    limits.cpuset_cpus.clear();
    limits.cpuset_mems.clear();
  }
  TRY(check_set(limits.cpuset_cpus, machine.cpuset_cpus, "CPUs", "cpus"));
  return check_set(limits.cpuset_mems, machine.cpuset_mems, "memory nodes", "mems");
}

Result<void> check_paths(const Isolation& isolation) {
  for (const auto& [path, options] : isolation.tmpfs) {
    if (path.empty() || path.front() != '/') return invalid("invalid mount path: '" + path + "' mount path must be absolute");
    if (clean_path(path) == "/") return invalid("invalid specification: destination can't be '/'");
  }
  return {};
}

}  // namespace

Result<std::string> capability_name(const std::string& asked) {
  std::string name = to_upper(asked);
  if (name == "ALL") return name;
  if (!name.starts_with("CAP_")) name = "CAP_" + name;
  if (std::find(std::begin(kCapabilities), std::end(kCapabilities), name) == std::end(kCapabilities)) return invalid("unknown capability: " + go_quote(name));
  return name;
}

CapabilityChoice choose_capabilities(const Isolation& isolation, bool privileged) {
  const std::vector<std::string> every(std::begin(kCapabilities), std::end(kCapabilities));
  if (privileged) return {every, true};
  CapabilityChoice out;
  const auto added = full_names(isolation.cap_add), removed = full_names(isolation.cap_drop);
  const auto dropped = [&](const std::string& name) { return contains(removed, name); };
  if (contains(added, "ALL")) {
    out.names = every;
    out.all = true;
    std::erase_if(out.names, dropped);
    return out;
  }
  if (!contains(removed, "ALL")) {
    out.names = default_capabilities();
    std::erase_if(out.names, dropped);
  }
  for (const auto& name : added)
    if (!contains(out.names, name)) out.names.push_back(name);
  return out;
}

std::uint64_t capability_bits(const std::vector<std::string>& names) {
  std::uint64_t bits = 0;
  for (size_t number = 0; number < std::size(kCapabilities); ++number)
    if (contains(names, kCapabilities[number])) bits |= std::uint64_t{1} << number;
  return bits;
}

Result<Confinement> parse_security_options(const std::vector<std::string>& options) {
  Confinement out;
  const auto bad = [](int kind, const std::string& option) { return invalid("invalid --security-opt " + std::to_string(kind) + ": " + go_quote(option)); };
  for (const auto& option : options) {
    if (option == "no-new-privileges") {
      out.no_new_privileges = true;
      continue;
    }
    if (option == "disable") continue;
    // "=" since 1.11, ":" before.
    const size_t mark = option.find(option.find('=') != std::string::npos ? '=' : ':');
    if (mark == std::string::npos) return bad(1, option);
    const std::string key = option.substr(0, mark), value = option.substr(mark + 1);
    if (key == "label" || key == "apparmor") continue;  // Docker too takes these where the kernel has neither SELinux nor AppArmor
    if (key == "seccomp") {
      out.seccomp = value == "unconfined" ? SeccompMode::Unconfined : SeccompMode::Profile;
      out.seccomp_profile = value == "unconfined" ? "" : value;
    } else if (key == "no-new-privileges") {
      constexpr std::string_view kYes[] = {"1", "t", "T", "TRUE", "true", "True"}, kNo[] = {"0", "f", "F", "FALSE", "false", "False"};
      const bool yes = std::find(std::begin(kYes), std::end(kYes), value) != std::end(kYes);
      if (!yes && std::find(std::begin(kNo), std::end(kNo), value) == std::end(kNo)) return bad(2, option);
      out.no_new_privileges = yes;
    } else {
      return bad(2, option);
    }
  }
  return out;
}

NamespaceChoice namespace_choice(const std::string& mode) {
  constexpr std::string_view kOther = "container:";
  if (mode == "host") return {NamespaceMode::Host, ""};
  if (mode.starts_with(kOther)) return {NamespaceMode::Container, mode.substr(kOther.size())};
  return {};
}

Result<std::vector<int>> parse_number_list(const std::string& text) {
  std::vector<int> out;
  const auto bad = [](const std::string& part) { return invalid("invalid format: " + part); };
  const auto read = [](std::string_view digits, int& value) {
    const auto result = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return result.ec == std::errc() && result.ptr == digits.data() + digits.size() && value >= 0 && value <= kMostListed;
  };
  for (const auto& part : split(text, ',')) {
    const size_t dash = part.find('-');
    int first = 0, last = 0;
    if (!read(std::string_view(part).substr(0, dash), first)) return bad(part);
    last = first;
    if (dash != std::string::npos && !read(std::string_view(part).substr(dash + 1), last)) return bad(part);
    if (last < first) return bad(part);
    for (int one = first; one <= last; ++one) out.push_back(one);
  }
  return out;
}

Result<void> settle_limits(Limits& limits, const MachineInfo& machine, ForUpdate update, std::vector<std::string>& warnings) {
  TRY(settle_memory(limits, machine, update, warnings));
  Limiter(warnings).drop_unless(machine.has_pids, limits.pids, "Your kernel does not support PIDs limit capabilities or the cgroup is not mounted. PIDs limit discarded.");
  TRY(settle_processors(limits, machine, warnings));
  TRY(settle_sets(limits, machine, warnings));
  Limiter(warnings).drop_unless(machine.has_blkio_weight, limits.blkio_weight,
                                "Your kernel does not support Block I/O weight or the cgroup is not mounted. Weight discarded.");
  if (limits.blkio_weight != 0 && (limits.blkio_weight < 10 || limits.blkio_weight > 1000)) return invalid("Range of blkio weight is from 10 to 1000");
  return {};
}

Result<void> settle_host_config(HostConfig& host, const image::RunConfig& config, const MachineInfo& machine, std::vector<std::string>& warnings) {
  Isolation& isolation = host.isolation;
  TRY(check_capabilities(isolation.cap_add, "CapAdd"));
  TRY(check_capabilities(isolation.cap_drop, "CapDrop"));
  TRY(check_paths(isolation));
  TRY(parse_security_options(isolation.security_opt));
  if (host.limits.memory > 0 && host.limits.memory_swap == 0) host.limits.memory_swap = host.limits.memory * 2;
  TRY(settle_limits(host.limits, machine, ForUpdate::No, warnings));
  if (isolation.oom_score_adj < -1000 || isolation.oom_score_adj > 1000)
    return invalid("Invalid value " + std::to_string(isolation.oom_score_adj) + ", range for oom score adj is [-1000, 1000]");
  if (isolation.uts_mode == "host" && !config.hostname.empty()) return invalid("conflicting options: hostname and the UTS mode");
  for (const auto& [mode, name, known] : {std::tuple{isolation.pid_mode, "PID", std::string_view("host")}, {isolation.uts_mode, "UTS", "host"}, {isolation.userns_mode, "user namespace", "host"}}) {
    const bool other = std::string_view(name) == "PID" && mode.starts_with("container:");
    if (!mode.empty() && mode != known && !other) return invalid("invalid " + std::string(name) + " mode: " + mode);
  }
  const std::string& cgroupns = isolation.cgroupns_mode;
  if (!cgroupns.empty() && cgroupns != "host" && cgroupns != "private") return invalid("invalid cgroup namespace mode: " + cgroupns);
  if (isolation.ipc_mode.empty()) isolation.ipc_mode = "private";
  if (cgroupns.empty()) isolation.cgroupns_mode = machine.cgroup_version == "2" ? "private" : "host";  // also for the privileged, as Docker
  return {};
}

}  // namespace strates::engine
