// The flags that confine a container: what is sent, what is refused before anything is sent, and a line of `docker stats`.
#include "cli/commands/container_confinement.hpp"
#include "cli/commands/container_spec.hpp"
#include "cli/commands/stats_row.hpp"
#include "support.hpp"

using namespace strates;
using namespace strates::cli;
using namespace strates::cli::test;

namespace {

// The HostConfig, or the refusal.
Result<Json> host_config(std::vector<std::string> words) {
  words.push_back("busybox");
  const auto flags = TRY(parse_flags(container_flags(), words, Positionals::EndFlags));
  const auto spec = TRY(container_spec(flags, Detach::No));
  return TRY(create_body(flags, spec, {}))["HostConfig"];
}
std::string why(std::vector<std::string> words) {
  const auto done = host_config(std::move(words));
  return done.ok() ? std::string() : done.error().message();
}

}  // namespace

TEST_CASE("flags become the keys that Docker's client sends") {
  const Json host = host_config({"--cap-add", "chown", "--cap-add=NET_ADMIN", "--cap-drop", "all", "--security-opt", "no-new-privileges", "--ulimit", "nofile=5:6", "--ulimit", "core=-1",
                                 "--tmpfs", "/x:size=1m", "--tmpfs", "/y", "--init", "--group-add", "5", "--device", "/dev/null:/dev/n:rw", "--device", "/dev/zero:r",
                                 "--device-cgroup-rule", "c 1:3 rw", "--sysctl", "kernel.shmmax=1", "--oom-score-adj", "5", "--memory-swappiness", "50", "--pid", "host", "--uts", "host",
                                 "--userns", "host", "--ipc", "container:a", "--cgroupns", "private", "--cgroup-parent", "/x/y", "-m", "20m", "--memory-swap", "-1", "--memory-reservation",
                                 "10m", "--cpu-period", "1000", "--cpu-quota", "-1", "--cpuset-cpus", "0", "--cpuset-mems", "0", "--blkio-weight", "500", "--oom-kill-disable", "--pids-limit", "9"})
                        .value();
  CHECK(host["CapAdd"] == Json::array({"chown", "NET_ADMIN"}));
  CHECK(host["CapDrop"] == Json::array({"all"}));
  CHECK(host["SecurityOpt"] == Json::array({"no-new-privileges"}));
  CHECK(host["Ulimits"] == parse_json(R"([{"Name":"core","Hard":-1,"Soft":-1},{"Name":"nofile","Hard":6,"Soft":5}])").value());
  CHECK(host["Tmpfs"] == Json{{"/x", "size=1m"}, {"/y", ""}});
  CHECK(host["Init"] == true);
  CHECK(host["Devices"] == parse_json(R"([{"PathOnHost":"/dev/null","PathInContainer":"/dev/n","CgroupPermissions":"rw"},{"PathOnHost":"/dev/zero","PathInContainer":"/dev/zero","CgroupPermissions":"r"}])").value());
  CHECK(host["Sysctls"] == Json{{"kernel.shmmax", "1"}});
  CHECK(host["MemorySwap"] == -1);
  CHECK(host["MemoryReservation"] == 10 << 20);
  CHECK(host["CpuQuota"] == -1);
  CHECK(host["IpcMode"] == "container:a");
  CHECK(host["PidMode"] == "host");
  CHECK(host["OomScoreAdj"] == 5);
  CHECK(host["OomKillDisable"] == true);
  CHECK(host["BlkioWeight"] == 500);
  const Json plain = host_config({}).value();
  for (const char* absent : {"Tmpfs", "Sysctls", "Init"}) CHECK_MESSAGE(!plain.contains(absent), absent);
  CHECK(plain["MemorySwappiness"] == -1);
  CHECK(plain["CapAdd"].is_null());
}

TEST_CASE("mistakes are answered before anything is sent, in Docker's words") {
  CHECK(why({"--ulimit", "foo"}) == "invalid argument \"foo\" for \"--ulimit\" flag: invalid ulimit argument: foo");
  CHECK(why({"--ulimit", "foo=1"}) == "invalid argument \"foo=1\" for \"--ulimit\" flag: invalid ulimit type: foo");
  CHECK(why({"--ulimit", "nofile=a"}) == "invalid argument \"nofile=a\" for \"--ulimit\" flag: strconv.ParseInt: parsing \"a\": invalid syntax");
  CHECK(why({"--ulimit", "nofile=20:10"}) == "invalid argument \"nofile=20:10\" for \"--ulimit\" flag: ulimit soft limit must be less than or equal to hard limit: 20 > 10");
  CHECK(why({"--sysctl", "vm.foo=1"}) == "invalid argument \"vm.foo=1\" for \"--sysctl\" flag: sysctl 'vm.foo=1' is not whitelisted");
  CHECK(why({"--sysctl", "foo"}) == "invalid argument \"foo\" for \"--sysctl\" flag: sysctl 'foo' is not whitelisted");
  CHECK(why({"--device-cgroup-rule", "c 1:2 rwx"}) == "invalid argument \"c 1:2 rwx\" for \"--device-cgroup-rule\" flag: invalid device cgroup format 'c 1:2 rwx'");
  CHECK(why({"--device", "/dev/null:x"}) == "x is not an absolute path");
  CHECK(why({"--device", "/dev/null:/dev/x:q"}) == "bad mode specified: q");
  CHECK(why({"--device", "/dev/null:a:b:c"}) == "bad format for path: /dev/null:a:b:c");
  CHECK(why({"--security-opt", "foo"}) == "Invalid --security-opt: \"foo\"");
  CHECK(why({"--security-opt", "seccomp=/nosuch"}) == "opening seccomp profile (/nosuch) failed: open /nosuch: no such file or directory");
  CHECK(why({"--memory-swappiness", "101"}) == "invalid value: 101. Valid memory swappiness range is 0-100");
  CHECK(why({"--pid", "foo"}) == "--pid: invalid PID mode");
  CHECK(why({"--uts", "foo"}) == "--uts: invalid UTS mode");
  CHECK(why({"--userns", "foo"}) == "--userns: invalid USER mode");
  CHECK(why({"--cgroupns", "foo"}) == "--cgroupns: invalid CGROUP mode");
  CHECK(why({"--memory-swap", "-2"}) == "invalid argument \"-2\" for \"--memory-swap\" flag: invalid size: '-2'");
}

TEST_CASE("a line of stats is counted as Docker counts it") {
  StatsRow row = StatsRow::waiting("web");
  CHECK(row.to_json(true)["CPUPerc"] == "--");
  CHECK(row.to_json(true)["MemUsage"] == "-- / --");
  row.take(parse_json(R"({"read":"2026-11-23T16:34:15Z","pids_stats":{"current":3},"blkio_stats":{"io_service_bytes_recursive":[{"op":"Read","value":4096},{"op":"write","value":1000}]},
    "cpu_stats":{"cpu_usage":{"total_usage":300},"system_cpu_usage":2000,"online_cpus":2},"precpu_stats":{"cpu_usage":{"total_usage":100},"system_cpu_usage":1000},
    "memory_stats":{"usage":876544,"stats":{"total_inactive_file":516096},"limit":67108864},"name":"/web","id":"eb52c0b3466e01aa8c1f","networks":{"eth0":{"rx_bytes":736,"tx_bytes":0}}})").value());
  CHECK(dump_json(row.to_json(true)) ==
        R"({"BlockIO":"4.1kB / 1kB","CPUPerc":"40.00%","Container":"web","ID":"eb52c0b3466e","MemPerc":"0.54%","MemUsage":"352KiB / 64MiB","Name":"web","NetIO":"736B / 0B","PIDs":"3"})");
  CHECK_FALSE(row.stopped);
  row.take(parse_json(R"({"read":"0001-01-01T00:00:00Z","name":"/web","id":"eb52c0b3466e","memory_stats":{}})").value());
  CHECK(row.stopped);
  CHECK(row.to_json(true)["MemUsage"] == "0B / 0B");
}
