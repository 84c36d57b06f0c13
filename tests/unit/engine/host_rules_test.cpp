// What Docker refuses or warns of, with its own sentences (asked of Docker 20.10.24).
#include <doctest/doctest.h>

#include "engine/container_codec.hpp"
#include "engine/host_rules.hpp"

using namespace strates;
using namespace strates::engine;

namespace {

MachineInfo machine() {
  MachineInfo info;
  info.cpus = 2;
  info.cpuset_cpus = "0-1";
  info.cpuset_mems = "0";
  info.has_swappiness = info.has_oom_kill_disable = info.has_kernel_memory = true;
  return info;
}

// The refusal, or the warnings.
std::string verdict(const std::function<void(HostConfig&)>& change, MachineInfo info = machine()) {
  HostConfig host;
  change(host);
  std::vector<std::string> warnings;
  const auto done = settle_host_config(host, {}, info, warnings);
  if (!done.ok()) return done.error().wire;
  std::string out;
  for (const auto& warning : warnings) out += "W " + warning + "\n";
  return out;
}

}  // namespace

TEST_CASE("limits that cannot be are refused in Docker's words") {
  constexpr std::int64_t kMega = 1 << 20;
  CHECK(verdict([](HostConfig& h) { h.limits.memory = kMega; }) == "Minimum memory limit allowed is 6MB");
  CHECK(verdict([](HostConfig& h) { h.limits.memory = 20 * kMega, h.limits.memory_swap = 10 * kMega; }) ==
        "Minimum memoryswap limit should be larger than memory limit, see usage");
  CHECK(verdict([](HostConfig& h) { h.limits.memory_swap = 10 * kMega; }) == "You should always set the Memory limit when using Memoryswap limit, see usage");
  CHECK(verdict([](HostConfig& h) { h.limits.memory = 20 * kMega, h.limits.memory_swap = -1; }).empty());
  CHECK(verdict([](HostConfig& h) { h.limits.memory_reservation = kMega; }) == "Minimum memory reservation allowed is 6MB");
  CHECK(verdict([](HostConfig& h) { h.limits.memory = 20 * kMega, h.limits.memory_reservation = 30 * kMega; }) ==
        "Minimum memory limit can not be less than memory reservation limit, see usage");
  CHECK(verdict([](HostConfig& h) { h.limits.memory_swappiness = 101; }) == "Invalid value: 101, valid memory swappiness range is 0-100");
  CHECK(verdict([](HostConfig& h) { h.limits.kernel_memory = kMega; }) == "Minimum kernel memory limit allowed is 6MB");
  CHECK(verdict([](HostConfig& h) { h.limits.cpu_period = 10; }) == "CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)");
  CHECK(verdict([](HostConfig& h) { h.limits.cpu_quota = 10; }) == "CPU cfs quota can not be less than 1ms (i.e. 1000)");
  CHECK(verdict([](HostConfig& h) { h.limits.cpu_quota = -1; }).empty());
  CHECK(verdict([](HostConfig& h) { h.limits.nano_cpus = 9'000'000'000; }) == "Range of CPUs is from 0.01 to 2.00, as there are only 2 CPUs available");
  CHECK(verdict([](HostConfig& h) { h.limits.nano_cpus = -1; }) == "Range of CPUs is from 0.01 to 2.00, as there are only 2 CPUs available");
  CHECK(verdict([](HostConfig& h) { h.limits.nano_cpus = 1, h.limits.cpu_quota = 20'000; }) == "Conflicting options: Nano CPUs and CPU Quota cannot both be set");
  CHECK(verdict([](HostConfig& h) { h.limits.nano_cpus = 1, h.limits.cpu_period = 20'000; }) == "Conflicting options: Nano CPUs and CPU Period cannot both be set");
  CHECK(verdict([](HostConfig& h) { h.limits.cpuset_cpus = "9"; }) == "Requested CPUs are not available - requested 9, available: 0-1");
  CHECK(verdict([](HostConfig& h) { h.limits.cpuset_cpus = "a"; }) == "Invalid value a for cpuset cpus: invalid format: a");
  CHECK(verdict([](HostConfig& h) { h.limits.cpuset_mems = "9"; }) == "Requested memory nodes are not available - requested 9, available: 0");
  CHECK(verdict([](HostConfig& h) { h.limits.blkio_weight = 5; }) == "Range of blkio weight is from 10 to 1000");
  CHECK(verdict([](HostConfig& h) { h.isolation.oom_score_adj = 5000; }) == "Invalid value 5000, range for oom score adj is [-1000, 1000]");
}

TEST_CASE("what the machine cannot do is dropped with Docker's warning") {
  MachineInfo poor;
  poor.cpus = 1;
  poor.has_memory_limit = poor.has_swap_limit = poor.has_cpu_cfs = poor.has_cpu_shares = poor.has_cpuset = poor.has_pids = poor.has_blkio_weight = false;
  HostConfig host;
  host.limits.memory = 64 << 20;
  host.limits.cpu_shares = 5;
  host.limits.pids = 7;
  host.limits.blkio_weight = 500;
  host.limits.cpuset_cpus = "0";
  host.limits.memory_swappiness = 5;
  host.limits.oom_kill_disable = true;
  std::vector<std::string> warnings;
  CHECK(settle_host_config(host, {}, poor, warnings).ok());
  CHECK(warnings == std::vector<std::string>{"Your kernel does not support memory limit capabilities or the cgroup is not mounted. Limitation discarded.",
                                             "Your kernel does not support memory swappiness capabilities or the cgroup is not mounted. Memory swappiness discarded.",
                                             "Your kernel does not support OomKillDisable. OomKillDisable discarded.",
                                             "Your kernel does not support PIDs limit capabilities or the cgroup is not mounted. PIDs limit discarded.",
                                             "Your kernel does not support CPU shares or the cgroup is not mounted. Shares discarded.",
                                             "Your kernel does not support cpuset or the cgroup is not mounted. Cpuset discarded.",
                                             "Your kernel does not support Block I/O weight or the cgroup is not mounted. Weight discarded."});
  Limits left;
  left.memory_swap = -1;
  CHECK(host.limits == left);
  CHECK(verdict([](HostConfig& h) { h.limits.oom_kill_disable = true; }) ==
        "W OOM killer is disabled for the container, but no memory limit is set, this can result in the system running out of resources.\n");
  CHECK(verdict([](HostConfig& h) { h.limits.kernel_memory = 50 << 20; }) ==
        "W Specifying a kernel memory limit is deprecated and will be removed in a future release.\n");
}

TEST_CASE("capabilities: names in any form, all of them, and what is left of Docker's fourteen") {
  CHECK(verdict([](HostConfig& h) { h.isolation.cap_add = {"foo"}; }) == "invalid CapAdd: unknown capability: \"CAP_FOO\"");
  CHECK(verdict([](HostConfig& h) { h.isolation.cap_drop = {"NET_RAWW"}; }) == "invalid CapDrop: unknown capability: \"CAP_NET_RAWW\"");
  const auto chosen = [](std::vector<std::string> add, std::vector<std::string> drop) {
    Isolation isolation;
    isolation.cap_add = std::move(add);
    isolation.cap_drop = std::move(drop);
    return capability_bits(choose_capabilities(isolation, false).names);
  };
  CHECK(chosen({}, {}) == 0xa80425fb);
  CHECK(chosen({}, {"all"}) == 0);
  CHECK(chosen({"chown", "CAP_SYS_ADMIN"}, {"ALL"}) == (1 | 1 << 21));
  CHECK(chosen({"NET_ADMIN"}, {"net_raw"}) == ((0xa80425fb | 1 << 12) & ~(1ULL << 13)));
  CHECK(chosen({"ALL"}, {"cap_chown"}) == (((1ULL << 41) - 1) & ~1ULL));
  CHECK(choose_capabilities({}, true).all);
}

TEST_CASE("security options are read as Docker reads them") {
  const auto why = [](const std::string& option) {
    const auto read = parse_security_options({option});
    return read.ok() ? std::string() : read.error().wire;
  };
  CHECK(why("foo") == "invalid --security-opt 1: \"foo\"");
  CHECK(why("foo=bar") == "invalid --security-opt 2: \"foo=bar\"");
  CHECK(why("no-new-privileges:maybe") == "invalid --security-opt 2: \"no-new-privileges:maybe\"");
  for (const auto* fine : {"label=disable", "label=type:x", "apparmor=unconfined", "no-new-privileges=false", "seccomp=unconfined"}) CHECK_MESSAGE(why(fine).empty(), fine);
  CHECK(parse_security_options({"no-new-privileges"}).value().no_new_privileges);
  CHECK(parse_security_options({"no-new-privileges:true"}).value().no_new_privileges);
  CHECK_FALSE(parse_security_options({"no-new-privileges=false"}).value().no_new_privileges);
  CHECK(parse_security_options({"seccomp=unconfined"}).value().seccomp == SeccompMode::Unconfined);
  CHECK(parse_security_options({"seccomp={\"a\":1}"}).value().seccomp_profile == "{\"a\":1}");
}

TEST_CASE("modes and paths") {
  CHECK(verdict([](HostConfig& h) { h.isolation.pid_mode = "foo"; }) == "invalid PID mode: foo");
  CHECK(verdict([](HostConfig& h) { h.isolation.tmpfs = {{"x", ""}}; }) == "invalid mount path: 'x' mount path must be absolute");
  CHECK(verdict([](HostConfig& h) { h.isolation.tmpfs = {{"/", ""}}; }) == "invalid specification: destination can't be '/'");
  image::RunConfig named;
  named.hostname = "x";
  HostConfig host;
  host.isolation.uts_mode = "host";
  std::vector<std::string> warnings;
  CHECK(settle_host_config(host, named, machine(), warnings).error().wire == "conflicting options: hostname and the UTS mode");
  HostConfig plain;
  CHECK(settle_host_config(plain, {}, machine(), warnings).ok());
  CHECK(plain.isolation.ipc_mode == "private");
  CHECK(plain.isolation.cgroupns_mode == "host");
  for (const bool privileged : {false, true}) {
    MachineInfo second = machine();
    second.cgroup_version = "2";
    HostConfig asked;
    asked.privileged = privileged;
    CHECK(settle_host_config(asked, {}, second, warnings).ok());
    CHECK(asked.isolation.cgroupns_mode == "private");
  }
  CHECK(parse_number_list("0-2,7").value() == std::vector<int>{0, 1, 2, 7});
  for (const auto* bad : {"2-1", "-1", "1-", "99999", "0-99999999999"}) CHECK_MESSAGE(!parse_number_list(bad).ok(), bad);
}

TEST_CASE("limits and isolation come back as they were kept") {
  Container container;
  container.id = ContainerId(std::string(64, 'a'));
  Limits& limits = container.host.limits;
  limits = {.memory = 1, .nano_cpus = 2, .cpu_shares = 3, .pids = -1, .memory_reservation = 5, .memory_swap = -1, .memory_swappiness = 0, .kernel_memory = 8, .oom_kill_disable = true,
            .cpu_period = 9, .cpu_quota = 10, .cpuset_cpus = "0", .cpuset_mems = "1", .blkio_weight = 11};
  Isolation& isolation = container.host.isolation;
  isolation.cap_add = {"ALL"};
  isolation.cap_drop = {"chown"};
  isolation.security_opt = {"seccomp={\"a\":1}"};
  isolation.ulimits = {{"nofile", 1, -1}};
  isolation.tmpfs = {{"/x", ""}, {"/y", "size=1m"}};
  isolation.init = false;
  isolation.group_add = {"5"};
  isolation.devices = {{"/dev/a", "/dev/b", "r"}};
  isolation.device_rules = {"c 1:3 r"};
  isolation.sysctls = {{"net.a", "1"}};
  isolation.oom_score_adj = -5;
  isolation.ipc_mode = "container:x";
  isolation.cgroup_parent = "/p";
  isolation.masked_paths = std::vector<std::string>{};
  container.state.paused = true;
  const auto back = decode_container(encode_container(container)).value();
  CHECK(back.host.limits == limits);
  CHECK(back.host.isolation == isolation);
  CHECK(back.state.paused);
}
