// What a container may do and use, tried on the kernel.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/strings.hpp"
#include "linux/process/small_file.hpp"
#include "machine.hpp"
#include "tests/support/places.hpp"

using namespace strates;
using namespace strates::linux_world;

#define NEED_CONTAINERS \
  if (!can_run_containers()) return

namespace {

std::string value_of(const std::string& status, std::string_view key) {
  for (const auto& line : split_lines(status))
    if (line.compare(0, key.size(), key) == 0) return std::string(trim(std::string_view(line).substr(key.size())));
  return "absent";
}

constexpr std::string_view kStatus = "cat /proc/self/status";

bool has_controller(const Machine& machine, std::string_view name) { return machine.processes->facts().cgroups.find(name) != nullptr; }

engine::ContainerMount memory(std::string destination, std::string options) {
  engine::ContainerMount mount;
  mount.kind = engine::ContainerMount::Kind::Memory;
  mount.destination = std::move(destination);
  mount.options = std::move(options);
  return mount;
}

}  // namespace

TEST_CASE("a container and its execs are under the default filter; unconfined means none") {
  NEED_CONTAINERS;
  Machine machine;
  auto spec = machine.shell(std::string(kStatus) + "; echo up; sleep 100");
  machine.start(spec);
  REQUIRE(machine.recorder.wait_output(spec.id, "up"));
  const auto first = machine.recorder.record(spec.id).out;
  CHECK(value_of(first, "Seccomp:") == "2");
  CHECK(value_of(first, "NoNewPrivs:") == "0");
  auto privileged = machine.process({"sh", "-c", std::string(kStatus)});
  const auto joined = machine.exec(spec.id, privileged).out;
  for (const auto* key : {"Seccomp:", "CapEff:", "CapBnd:", "NoNewPrivs:"}) CHECK_MESSAGE(value_of(joined, key) == value_of(first, key), key);
  privileged.privileged = true;
  const auto more = machine.exec(spec.id, privileged).out;
  CHECK(value_of(more, "Seccomp:") == "2");  // as in Docker: the container's own filter stays
  CHECK(value_of(more, "CapEff:") != value_of(first, "CapEff:"));
  auto open = machine.shell(std::string(kStatus));
  open.process.confinement.seccomp = engine::SeccompMode::Unconfined;
  CHECK(value_of(machine.run(open).out, "Seccomp:") == "0");
}

TEST_CASE("what the filter refuses fails in the container, and a profile of one's own is obeyed") {
  NEED_CONTAINERS;
  Machine machine;
  auto custom = machine.shell("mkdir /tmp/a 2>&1; mkdir -p /tmp 2>&1 && echo fine");
  std::filesystem::create_symlink("busybox", machine.rootfs + "/bin/mkdir");
  std::filesystem::create_symlink("busybox", machine.rootfs + "/bin/unshare");
  custom.process.confinement.seccomp = engine::SeccompMode::Profile;
  custom.process.confinement.seccomp_profile = R"({"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"name":"mkdir","action":"SCMP_ACT_ERRNO"}]})";
  CHECK(machine.run(custom).out.find("Operation not permitted") != std::string::npos);
  // Even with CAP_SYS_ADMIN's sisters absent the answer is the filter's: EPERM for a user namespace, which the kernel would give anybody.
  CHECK(machine.run(machine.shell("unshare -U true 2>&1 || echo refused")).out.find("refused") != std::string::npos);
  auto bad = machine.shell("true");
  bad.process.confinement.seccomp = engine::SeccompMode::Profile;
  bad.process.confinement.seccomp_profile = R"({"defaultAction":"SCMP_ACT_FOO"})";
  const auto failed = machine.processes->start(bad, nullptr);
  REQUIRE_FALSE(failed.ok());
  CHECK(failed.error().cause == "string SCMP_ACT_FOO is not a valid action for seccomp");
}

TEST_CASE("no_new_privs holds, with a filter that is loaded last") {
  NEED_CONTAINERS;
  Machine machine;
  auto spec = machine.shell(std::string(kStatus));
  spec.process.confinement.no_new_privileges = true;
  spec.process.uid = 1000;
  const auto status = machine.run(spec).out;
  CHECK(value_of(status, "NoNewPrivs:") == "1");
  CHECK(value_of(status, "Seccomp:") == "2");
}

TEST_CASE("resource limits are set, and one above the daemon's own is refused in runc's words") {
  NEED_CONTAINERS;
  Machine machine;
  auto spec = machine.shell("ulimit -n; ulimit -Hn; ulimit -c");
  spec.process.confinement.ulimits = {{"nofile", 100, 200}, {"core", 0, 0}};
  CHECK(machine.run(spec).out == "100\n200\n0\n");
  rlimit now{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &now) == 0);
  std::ifstream self("/proc/self/status");
  const std::string status((std::istreambuf_iterator<char>(self)), {});
  const bool may_raise = (std::stoull(value_of(status, "CapEff:"), nullptr, 16) >> 24 & 1) != 0;  // CAP_SYS_RESOURCE
  if (may_raise || now.rlim_max == RLIM_INFINITY) return;
  auto more = machine.shell("true");
  more.process.confinement.ulimits = {{"nofile", 100, static_cast<std::int64_t>(now.rlim_max) + 1}};
  const auto refused = machine.processes->start(more, nullptr);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().cause == "error during container init: error setting rlimits for ready process: error setting rlimit type 7: operation not permitted");
}

TEST_CASE("a tmpfs has Docker's options, hides what was there, keeps its mode, and leaves no trace in the image") {
  NEED_CONTAINERS;
  Machine machine;
  auto spec = machine.shell("grep -E ' /(x|tmp|private) ' /proc/mounts | cut -d' ' -f2-4; stat -c '%n %a' /x /tmp /private; touch /x/file /tmp/file && echo wrote");
  std::filesystem::create_symlink("busybox", machine.rootfs + "/bin/cut");
  spec.mounts = {memory("/private", ""), memory("/tmp", ""), memory("/x", "size=1m,mode=700,exec")};
  spec.readonly_root = true;
  std::string seen = machine.run(spec).out;
  constexpr std::string_view kWide = ",inode64";  // some kernels' default
  for (size_t at = seen.find(kWide); at != std::string::npos; at = seen.find(kWide)) seen.erase(at, kWide.size());
  CHECK(seen ==
        "/private tmpfs rw,nosuid,nodev,noexec,relatime\n/tmp tmpfs rw,nosuid,nodev,noexec,relatime\n/x tmpfs rw,nosuid,nodev,relatime,size=1024k,mode=700\n"
        "/x 700\n/tmp 1777\n/private 700\nwrote\n");
  CHECK(::access((machine.rootfs + "/tmp/file").c_str(), F_OK) != 0);
  auto closed = machine.shell("touch /tmp/file 2>/dev/null || echo refused; stat -c %a /tmp");
  closed.mounts = {memory("/tmp", "ro")};
  CHECK(machine.run(closed).out == "refused\n1777\n");
  auto bad = machine.shell("true");
  bad.mounts = {memory("/x", "foo,size=1m,bar")};
  const auto refused = machine.processes->start(bad, nullptr);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().wire == "invalid tmpfs option [\"foo\" \"bar\"]");
}

TEST_CASE("a device is given under its other name with its permissions, and only that") {
  NEED_CONTAINERS;
  Machine machine;
  auto spec = machine.shell("head -c 3 /dev/mine | wc -c; mknod /tmp/kmsg c 1 11; head -c 1 /tmp/kmsg 2>/dev/null | wc -c");
  spec.apart.devices = {{"/dev/zero", "/dev/mine", "r"}};
  const bool restricted = has_controller(machine, "devices") || machine.processes->facts().cgroups.version == CgroupVersion::V2;
  if (restricted) CHECK(machine.run(spec).out == "3\n0\n");
  auto absent = machine.shell("true");
  absent.apart.devices = {{"/dev/nosuch", "/dev/nosuch", "rwm"}};
  const auto refused = machine.processes->start(absent, nullptr);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().wire == "error gathering device information while adding custom device \"/dev/nosuch\": no such file or directory");
}

TEST_CASE("settings of its own namespaces are the container's, and the host's stay") {
  NEED_CONTAINERS;
  Machine machine;
  std::string before, after;
  std::ifstream("/proc/sys/kernel/shmmni") >> before;
  auto spec = machine.shell("cat /proc/sys/kernel/shmmni /proc/sys/net/ipv4/ip_forward /proc/self/oom_score_adj");
  spec.apart.sysctls = {{"kernel.shmmni", "77"}, {"net.ipv4.ip_forward", "1"}};
  spec.process.confinement.oom_score_adj = 500;
  CHECK(machine.run(spec).out == "77\n1\n500\n");
  std::ifstream("/proc/sys/kernel/shmmni") >> after;
  CHECK(before == after);
}

TEST_CASE("the small init hands signals on, reaps, and ends as the program did") {
  NEED_CONTAINERS;
  Machine machine;
  const std::string program = testing::binary_dir() + "/strates-init";
  if (::access(program.c_str(), X_OK) != 0) return;
  machine.processes->set_init_program(program);
  auto spec = machine.shell("trap 'echo got; exit 9' TERM; cat /proc/1/comm; (sleep 0.05 &) ; echo ready; while :; do sleep 0.05; done");
  spec.apart.init = true;
  machine.start(spec);
  REQUIRE(machine.recorder.wait_output(spec.id, "ready"));
  CHECK(machine.processes->signal(spec.id, SIGTERM).ok());
  CHECK(machine.recorder.wait(spec.id).code == 9);
  CHECK(machine.recorder.record(spec.id).out == "docker-init\nready\ngot\n");
  machine.processes->release(spec.id);
  auto killed = machine.shell("kill -TERM $$");
  killed.apart.init = true;
  CHECK(machine.run(killed).exit->code == 143);
  auto absent = machine.spec({"nosuchcmd"});
  absent.apart.init = true;
  const auto record = machine.run(absent);
  CHECK(record.exit->code == 127);
  CHECK(record.err.find("exec nosuchcmd failed: No such file or directory") != std::string::npos);
}

TEST_CASE("namespaces are shared with another container when asked for, and with it /dev/shm") {
  NEED_CONTAINERS;
  Machine machine;
  auto donor = machine.shell("echo here > /dev/shm/note; echo up; sleep 100");
  machine.start(donor);
  REQUIRE(machine.recorder.wait_output(donor.id, "up"));
  auto guest = machine.shell("cat /dev/shm/note; readlink /proc/self/ns/ipc; cat /proc/1/cmdline | tr '\\0' ' '");
  std::filesystem::create_symlink("busybox", machine.rootfs + "/bin/tr");
  guest.apart.ipc = guest.apart.pid = {engine::NamespaceMode::Container, donor.id.str()};
  const auto lines = split_lines(machine.run(guest).out);
  REQUIRE(lines.size() == 3);
  CHECK(lines[0] == "here");
  CHECK(lines[1] + "\n" == machine.exec(donor.id, machine.process({"readlink", "/proc/self/ns/ipc"})).out);
  CHECK(lines[2] == "sleep 100 ");  // the other one's first process
  auto host = machine.shell("readlink /proc/self/ns/pid; readlink /proc/self/ns/ipc; readlink /proc/self/ns/uts");
  host.apart.ipc.mode = host.apart.pid.mode = host.apart.uts = engine::NamespaceMode::Host;
  std::string wanted;
  for (const auto* kind : {"pid", "ipc", "uts"}) wanted += std::filesystem::read_symlink(std::string("/proc/self/ns/") + kind).string() + "\n";
  CHECK(machine.run(host).out == wanted);
  auto nobody = machine.shell("true");
  nobody.apart.pid = {engine::NamespaceMode::Container, "gone"};
  CHECK_FALSE(machine.processes->start(nobody, nullptr).ok());
}

TEST_CASE("nothing of the runtime can be reached from inside: no descriptor, no way out by the working directory") {
  NEED_CONTAINERS;
  Machine machine;
  auto spec = machine.shell("ls /proc/self/fd | wc -l; echo up; sleep 100");
  machine.start(spec);
  REQUIRE(machine.recorder.wait_output(spec.id, "up"));
  CHECK(split_lines(machine.recorder.record(spec.id).out).front() == "4");  // 0 1 2 and ls's own
  CHECK(machine.exec(spec.id, machine.process({"sh", "-c", "ls /proc/self/fd | wc -l"})).out == "4\n");
  // CVE-2024-21626: a directory descriptor of the host as working directory.
  for (const auto* cwd : {"/proc/self/fd/3", "/proc/self/fd/7", "/proc/self/fd/8", "/proc/self/fd/10", "/proc/1/fd/7"}) {
    auto process = machine.process({"pwd"});
    process.cwd = cwd;
    CHECK_FALSE_MESSAGE(machine.processes->exec(spec.id, ExecId("cwd"), process, nullptr).ok(), cwd);
    auto first = machine.spec({"pwd"});
    first.process.cwd = cwd;
    CHECK_FALSE_MESSAGE(machine.processes->start(first, nullptr).ok(), cwd);
  }
}

TEST_CASE("the runtime's own binary, as a container could reach it, cannot be written") {
  NEED_CONTAINERS;
  Machine machine;
  // CVE-2019-5736: /proc/PID/exe of the runtime inside, opened for writing once it is no longer busy.
  auto spec = machine.spec({"true"});
  bool read_only = false, opened = false;
  std::string shown;
  spec.before_exec = [&](std::int64_t pid) {
    const std::string path = "/proc/" + std::to_string(pid) + "/exe";
    opened = static_cast<bool>(UniqueFd(::open(path.c_str(), O_WRONLY | O_CLOEXEC)));
    // It is busy now, which refuses writing to anything; what counts is what holds when it is busy no more.
    const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    struct statvfs about {};
    read_only = file && ::fstatvfs(file.get(), &about) == 0 && (about.f_flag & ST_RDONLY) != 0;
    shown = std::filesystem::read_symlink(path).string();
  };
  machine.start(spec);
  CHECK_FALSE(opened);
  CHECK_MESSAGE((read_only || shown.find("/memfd:") == 0), shown);  // a read-only mount of its own, or a sealed copy
  machine.recorder.wait(spec.id);
}

TEST_CASE("a paused container does nothing until it is unpaused, and can be ended") {
  NEED_CONTAINERS;
  Machine machine;
  if (!has_controller(machine, "freezer") && machine.processes->facts().cgroups.version != CgroupVersion::V2) return;
  auto spec = machine.shell("echo up; while :; do echo tick; sleep 0.02; done");
  machine.start(spec);
  REQUIRE(machine.recorder.wait_output(spec.id, "tick"));
  CHECK_FALSE(machine.processes->paused(spec.id));
  REQUIRE(machine.processes->pause(spec.id).ok());
  CHECK(machine.processes->paused(spec.id));
  ::usleep(100'000);
  const auto frozen = machine.recorder.record(spec.id).out.size();
  ::usleep(300'000);
  CHECK(machine.recorder.record(spec.id).out.size() == frozen);
  machine.reopen();  // a daemon that comes later sees it so
  CHECK(machine.processes->recover({spec.id}).value().size() == 1);
  CHECK(machine.processes->paused(spec.id));
  REQUIRE(machine.processes->unpause(spec.id).ok());
  CHECK_FALSE(machine.processes->paused(spec.id));
  for (int i = 0; i < 100 && machine.recorder.record(spec.id).out.size() <= frozen; ++i) ::usleep(20'000);
  CHECK(machine.recorder.record(spec.id).out.size() > frozen);
  REQUIRE(machine.processes->pause(spec.id).ok());
  machine.processes->release(spec.id);  // what is frozen must not be left
  CHECK(machine.recorder.wait(spec.id).code == 137);
}

TEST_CASE("limits hold, are changed while it runs, and are counted") {
  NEED_CONTAINERS;
  Machine machine;
  if (!has_controller(machine, "memory") || !has_controller(machine, "pids")) return;
  auto spec = machine.shell("echo up; sleep 100");
  spec.limits.memory = 64 << 20;
  spec.limits.pids = 10;
  machine.start(spec);
  REQUIRE(machine.recorder.wait_output(spec.id, "up"));
  auto read = machine.processes->statistics(spec.id).value();
  CHECK(read.memory_limit == 64 << 20);
  CHECK(read.pids == 1);  // the shell became sleep
  CHECK(read.pids_limit == 10);
  CHECK(read.memory_usage > 0);
  CHECK(read.cpu_total > 0);
  CHECK(read.system_cpu > read.cpu_total);
  CHECK(read.interfaces.empty());
  engine::Limits more = spec.limits;
  more.memory = 256 << 20;
  more.pids = 20;
  more.cpu_shares = 100;
  CHECK(machine.processes->update(spec.id, more, nullptr).ok());
  read = machine.processes->statistics(spec.id).value();
  CHECK(read.memory_limit == 256 << 20);
  CHECK(read.pids_limit == 20);
  more.memory = 32 << 20;
  CHECK(machine.processes->update(spec.id, more, nullptr).ok());
  CHECK(machine.processes->statistics(spec.id).value().memory_limit == 32 << 20);
  const auto table = machine.processes->table(spec.id, {}).value();
  CHECK(table.titles.front() == "UID");
  CHECK(table.rows.size() == 1);
  auto chosen = machine.processes->table(spec.id, {"-o", "pid,comm"}).value();
  // A program has its name an instant after it has the memory and the descriptors (fs/exec.c, begin_new_exec).
  for (int tries = 0; tries < 500 && !chosen.rows.empty() && chosen.rows.back().back() != "sleep"; ++tries) {
    ::usleep(10'000);
    chosen = machine.processes->table(spec.id, {"-o", "pid,comm"}).value();
  }
  CHECK(chosen.titles == std::vector<std::string>{"PID", "COMMAND"});
  REQUIRE(chosen.rows.size() == 1);
  CHECK(chosen.rows.back().back() == "sleep");
  CHECK(machine.processes->table(spec.id, {"-o", "comm"}).error().wire == "Couldn't find PID field in ps output");
  CHECK(machine.processes->table(spec.id, {"-o", "x=PID"}).error().wire == "specifying \"x=PID\" is not allowed");
}

TEST_CASE("out of memory is told apart from being killed") {
  NEED_CONTAINERS;
  Machine machine;
  if (!has_controller(machine, "memory")) return;
  auto spec = machine.shell("x=a; while :; do x=$x$x; done");
  spec.limits.memory = 10 << 20;
  const auto record = machine.run(spec);
  CHECK(record.exit->code == 137);
  CHECK(record.exit->oom_killed);
}

TEST_CASE("control groups lie where the parent says, and what was made for it goes with it") {
  NEED_CONTAINERS;
  Machine machine;
  if (!has_controller(machine, "memory")) return;
  auto spec = machine.shell("echo up; sleep 100");
  const std::string parent = "/strates-test-" + std::to_string(::getpid());
  spec.apart.cgroup_parent = parent.substr(1) + "/deeper/../below";
  const auto running = machine.start(spec);
  REQUIRE(machine.recorder.wait_output(spec.id, "up"));
  // From outside: in a cgroup namespace of its own it sees "/".
  CHECK(read_small_file("/proc/" + std::to_string(running.host_pid) + "/cgroup").value().find(parent + "/below/" + spec.id.str()) != std::string::npos);
  CHECK(machine.processes->statistics(spec.id).value().pids == 1);
  machine.processes->release(spec.id);
  for (const auto& hierarchy : machine.processes->facts().cgroups.hierarchies) CHECK_MESSAGE(::access((hierarchy.mount + parent).c_str(), F_OK) != 0, hierarchy.mount);
}

TEST_CASE("a capability that this machine's daemon lacks is refused by name, and all means all that there are") {
  NEED_CONTAINERS;
  Machine machine;
  auto every = machine.spec({"/bin/cat", "/proc/self/status"});
  every.capabilities.clear();
  for (const auto& name : capability_names(~CapabilityMask{0})) every.capabilities.push_back(name);
  every.apart.capabilities_within_bounds = true;
  char text[32];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(machine.processes->facts().bounding & ((CapabilityMask{1} << 41) - 1)));
  CHECK(value_of(machine.run(every).out, "CapEff:") == text);
  if ((machine.processes->facts().bounding >> 24 & 1) != 0) return;
  auto named = machine.shell("true");
  named.capabilities.push_back("CAP_SYS_RESOURCE");
  const auto refused = machine.processes->start(named, nullptr);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().cause == "unable to apply caps: operation not permitted");
}

TEST_CASE("version 2 freezes and filters devices too, as far as a hybrid machine's unified tree lets us try") {
  NEED_CONTAINERS;
  constexpr const char* kUnified = "/sys/fs/cgroup/unified";
  if (::access((std::string(kUnified) + "/cgroup.procs").c_str(), W_OK) != 0) return;
  MachineFacts facts;
  facts.cgroups = {CgroupVersion::V2, {{kUnified, {}}}};
  facts.bounding = capabilities_of("self", "CapBnd").value();
  Machine machine(facts);
  auto spec = machine.shell("while :; do echo tick; sleep 0.02; done");
  machine.start(spec);
  REQUIRE(machine.recorder.wait_output(spec.id, "tick"));
  REQUIRE(machine.processes->pause(spec.id).ok());
  CHECK(machine.processes->paused(spec.id));
  ::usleep(100'000);
  const auto frozen = machine.recorder.record(spec.id).out.size();
  ::usleep(200'000);
  CHECK(machine.recorder.record(spec.id).out.size() == frozen);
  REQUIRE(machine.processes->unpause(spec.id).ok());
  CHECK_FALSE(machine.processes->paused(spec.id));
  REQUIRE(machine.processes->pause(spec.id).ok());
  machine.processes->release(spec.id);
  CHECK(machine.recorder.wait(spec.id).code == 137);
}
