// Limits, freezing and counters as values: also for the version of control groups that this machine does not have.
#include <doctest/doctest.h>

#include "linux/cgroup/cgroup_plan.hpp"
#include "linux/cgroup/cgroup_stats.hpp"
#include "linux/process/container_plan.hpp"
#include "linux/process/ps_table.hpp"

using namespace strates;
using namespace strates::linux_world;

namespace {

CgroupLayout second() { return {CgroupVersion::V2, {{"/c", {"cpu", "memory", "pids", "cpuset", "io"}}}}; }
CgroupLayout first() {
  return {CgroupVersion::V1, {{"/m", {"memory"}}, {"/cpu", {"cpu", "cpuacct"}}, {"/p", {"pids"}}, {"/s", {"cpuset"}}, {"/b", {"blkio"}}, {"/f", {"freezer"}}, {"/d", {"devices"}}}};
}

std::string text_of(const std::vector<CgroupWrite>& writes) {
  std::string out;
  for (const auto& write : writes) out += write.directory + "/" + write.file + " " + write.value + "\n";
  return out;
}

engine::Limits all_limits() {
  engine::Limits limits;
  limits.memory = 100;
  limits.memory_swap = 300;
  limits.memory_reservation = 50;
  limits.memory_swappiness = 7;
  limits.oom_kill_disable = true;
  limits.cpu_shares = 1024;
  limits.cpu_period = 50'000;
  limits.cpu_quota = 20'000;
  limits.cpuset_cpus = "0-1";
  limits.cpuset_mems = "0";
  limits.pids = 9;
  limits.blkio_weight = 500;
  return limits;
}

const ContainerId kId("abc");

}  // namespace

TEST_CASE("every limit has its file in version 2, with runc's conversions") {
  const auto plan = plan_cgroups(second(), kId, all_limits(), DeviceAccess::All).value();
  CHECK(text_of(plan.writes) ==
        "/c/strates/abc/memory.max 100\n"
        "/c/strates/abc/memory.swap.max 200\n"
        "/c/strates/abc/memory.low 50\n"
        "/c/strates/abc/cpu.weight 39\n"
        "/c/strates/abc/cpu.max 20000 50000\n"
        "/c/strates/abc/cpuset.cpus 0-1\n"
        "/c/strates/abc/cpuset.mems 0\n"
        "/c/strates/abc/pids.max 9\n"
        "/c/strates/abc/io.bfq.weight 500\n"
        "/c/strates/abc/io.weight default 4950\n");
  engine::Limits swap;
  swap.memory = 100;
  swap.memory_swap = -1;
  CHECK(text_of(plan_cgroups(second(), kId, swap, DeviceAccess::All).value().writes) == "/c/strates/abc/memory.max 100\n/c/strates/abc/memory.swap.max max\n");
  engine::Limits quota;
  quota.cpu_period = 50'000;
  CHECK(text_of(plan_cgroups(second(), kId, quota, DeviceAccess::All).value().writes) == "/c/strates/abc/cpu.max max 50000\n");
}

TEST_CASE("every limit has its file in version 1") {
  const auto plan = plan_cgroups(first(), kId, all_limits(), DeviceAccess::All).value();
  CHECK(text_of(plan.writes) ==
        "/m/strates/abc/memory.limit_in_bytes 100\n"
        "/m/strates/abc/memory.memsw.limit_in_bytes 300\n"
        "/m/strates/abc/memory.soft_limit_in_bytes 50\n"
        "/m/strates/abc/memory.swappiness 7\n"
        "/m/strates/abc/memory.oom_control 1\n"
        "/cpu/strates/abc/cpu.shares 1024\n"
        "/cpu/strates/abc/cpu.cfs_period_us 50000\n"
        "/cpu/strates/abc/cpu.cfs_quota_us 20000\n"
        "/s/strates/abc/cpuset.cpus 0-1\n"
        "/s/strates/abc/cpuset.mems 0\n"
        "/p/strates/abc/pids.max 9\n"
        "/b/strates/abc/blkio.weight 500\n"
        "/b/strates/abc/blkio.bfq.weight 500\n");
  CHECK(plan.processor_sets == std::vector<std::string>{"/s/strates", "/s/strates/abc"});
  engine::Limits shares;
  shares.cpu_shares = 1;
  CHECK(plan_cgroups(first(), kId, shares, DeviceAccess::All).error().cause.find("the minimum allowed cpu-shares is 2") != std::string::npos);
}

TEST_CASE("an update brings memory and swap to their values in either direction") {
  engine::Limits limits;
  limits.memory = 100;
  limits.memory_swap = 200;
  CHECK(text_of(plan_limits(first(), "/strates", kId, limits).value()) ==
        "/m/strates/abc/memory.memsw.limit_in_bytes 200\n/m/strates/abc/memory.limit_in_bytes 100\n/m/strates/abc/memory.memsw.limit_in_bytes 200\n");
  CHECK(text_of(plan_limits(second(), "/a/b", kId, limits).value()) == "/c/a/b/abc/memory.max 100\n/c/a/b/abc/memory.swap.max 100\n");
  engine::Limits none;
  none.pids = -1;
  CHECK(text_of(plan_limits(second(), "/strates", kId, none).value()) == "/c/strates/abc/pids.max max\n");
}

TEST_CASE("freezing is a write and a state to wait for") {
  const auto on = plan_freeze(second(), "/strates", kId, Freeze::Yes).value();
  CHECK(text_of({on.write}) == "/c/strates/abc/cgroup.freeze 1\n");
  CHECK(on.state_file + " " + on.wanted == "/c/strates/abc/cgroup.events frozen 1");
  const auto off = plan_freeze(first(), "/strates", kId, Freeze::No).value();
  CHECK(text_of({off.write}) == "/f/strates/abc/freezer.state THAWED\n");
  CHECK(plan_freeze({}, "/strates", kId, Freeze::Yes).error().code == "process.freeze");
}

TEST_CASE("a parent is cleaned, and version 2 switches its controllers on from the top") {
  CHECK(cgroup_parent("") == "/strates");
  CHECK(cgroup_parent("a") == "/a");
  CHECK(cgroup_parent("/a//b/./c/") == "/a/b/c");
  CHECK(cgroup_parent("../../x") == "/x");
  CHECK(cgroup_parent("/a/../..") == "/strates");
  engine::Limits limits;
  limits.pids = 1;
  const auto plan = plan_cgroups({CgroupVersion::V2, {{"/c", {"pids"}}}}, kId, limits, DeviceAccess::All, {"/a/b", {}}).value();
  CHECK(text_of(plan.preparations) == "/c/cgroup.subtree_control +pids\n/c/a/cgroup.subtree_control +pids\n/c/a/b/cgroup.subtree_control +pids\n");
  CHECK(plan.directories.front().path == "/c/a/b/abc");
}

TEST_CASE("devices beside the usual ones are allowed, in the files of version 1 and the program of version 2") {
  const CgroupPlace place{"/strates", {parse_device_rule("b 8:0 r").value()}};
  const auto v1 = plan_cgroups(first(), kId, {}, DeviceAccess::Default, place).value();
  CHECK(v1.writes.front().file == "devices.deny");
  CHECK(v1.writes.back().file + " " + v1.writes.back().value == "devices.allow b 8:0 r");
  const auto v2 = plan_cgroups(second(), kId, {}, DeviceAccess::Default, place).value();
  CHECK(v2.device_rules.size() == default_device_rules().size() + 1);
  CHECK(render(v2.device_rules.back()) == "b 8:0 r");
  for (const auto* bad : {"", "foo", "c 1:2", "c 1:2 rwx", "d 1:2 r", "c 1 r", "c -1:2 r", "c 1:2 rwmr"}) CHECK_MESSAGE(!parse_device_rule(bad).ok(), bad);
  CHECK(render(parse_device_rule("a *:* rwm").value()) == "a *:* rwm");
}

TEST_CASE("counters are taken from the kernel's texts") {
  CHECK(parse_counters("cache 12\nrss 5\nbroken\n").at("rss") == 5);
  const auto v1 = parse_blocks_v1("8:0 Read 4096\n8:0 Write 12\n8:0 Total 4108\nTotal 4108\n");
  REQUIRE(v1.size() == 3);
  CHECK(v1[0].operation == "Read");
  CHECK(v1[0].value == 4096);
  const auto v2 = parse_blocks_v2("254:1 rbytes=7 wbytes=9 rios=1 wios=2 dbytes=0 dios=0\n", "rbytes", "wbytes");
  REQUIRE(v2.size() == 2);
  CHECK(v2[0].major == 254);
  CHECK(v2[1].operation == "write");
  CHECK(v2[1].value == 9);
  const auto interfaces = parse_interfaces("Inter-|   Receive\n face |bytes\n    lo: 1 1 0 0 0 0 0 0 1 1 0 0 0 0 0 0\n  eth0: 10 2 3 4 0 0 0 0 50 6 7 8 0 0 0 0\n");
  REQUIRE(interfaces.size() == 1);
  CHECK(interfaces[0].name == "eth0");
  CHECK(interfaces[0].rx_dropped == 4);
  CHECK(interfaces[0].tx_bytes == 50);
}

TEST_CASE("ps is cut down to the container's processes, with their threads") {
  const auto table = parse_ps("UID   PID  CMD\nroot    7  sleep 3 00\nroot    -  thread\nroot   70  other\nroot    -  its thread\n", {7}).value();
  CHECK(table.titles == std::vector<std::string>{"UID", "PID", "CMD"});
  CHECK(table.rows == std::vector<std::vector<std::string>>{{"root", "7", "sleep 3 00"}, {"root", "-", "thread"}});
  CHECK(parse_ps("CMD\nx\n", {1}).error().wire == "Couldn't find PID field in ps output");
  CHECK(check_ps_options({"-o", "pid=PID"}).ok());
  CHECK(check_ps_options({"-o", "ppid=PID"}).error().wire == "specifying \"ppid=PID\" is not allowed");
}
