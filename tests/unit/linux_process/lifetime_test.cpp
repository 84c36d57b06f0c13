// Execs, limits, and what outlives the daemon.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <thread>

#include "base/strings.hpp"
#include "linux/process/small_file.hpp"
#include "machine.hpp"

using namespace strates;
using namespace strates::linux_world;

#define NEED_CONTAINERS \
  if (!can_run_containers()) return

TEST_CASE("an exec joins the container: namespaces, root, control groups, capabilities") {
  NEED_CONTAINERS;
  Machine machine;
  auto spec = machine.shell("echo up; sleep 100");
  const auto running = machine.start(spec);
  REQUIRE(machine.recorder.wait_output(spec.id, "up"));
  auto process = machine.process({"sh", "-c",
                                  "hostname; pwd; id -u; echo $Q $HOME; for n in mnt pid uts ipc net; do [ $(readlink /proc/1/ns/$n) = $(readlink "
                                  "/proc/self/ns/$n) ] && echo same; done; ls /proc/self/fd | wc -l; echo err >&2; exit 7"});
  process.env.push_back("Q=1");
  process.cwd = "/tmp";
  const auto record = machine.exec(spec.id, process);
  CHECK(record.out == "box\n/tmp\n0\n1 /root\nsame\nsame\nsame\nsame\nsame\n4\n");  // 0 1 2 and ls's own
  CHECK(record.err == "err\n");
  CHECK(record.exit->code == 7);
  const auto first = machine.exec(spec.id, machine.process({"cat", "/proc/1/cgroup"}));
  CHECK(machine.exec(spec.id, machine.process({"cat", "/proc/self/cgroup"})).out == first.out);
  if (machine.processes->facts().cgroups.version != CgroupVersion::None)
    CHECK(read_small_file("/proc/" + std::to_string(running.host_pid) + "/cgroup").value().find(spec.id.str()) != std::string::npos);
  CHECK(machine.exec(spec.id, machine.process({"grep", "CapEff", "/proc/self/status"})).out == "CapEff:\t00000000a80425fb\n");
  auto user = machine.process({"id", "-u"});
  user.uid = 1000;
  CHECK(machine.exec(spec.id, user).out == "1000\n");
}

TEST_CASE("an exec has standard input and terminals of its own") {
  NEED_CONTAINERS;
  Machine machine;
  auto spec = machine.shell("echo up; sleep 100");
  machine.start(spec);
  REQUIRE(machine.recorder.wait_output(spec.id, "up"));
  auto cat = machine.process({"cat"});
  cat.open_stdin = true;
  REQUIRE(machine.processes->exec(spec.id, ExecId("cat"), cat, nullptr).ok());
  CHECK(machine.processes->write_stdin(spec.id, ExecId("cat"), "through").ok());
  CHECK(machine.processes->close_stdin(spec.id, ExecId("cat")).ok());
  machine.recorder.wait(spec.id, ExecId("cat"));
  CHECK(machine.recorder.record(spec.id, ExecId("cat")).out == "through");
  auto terminal = machine.process({"sh", "-c", "tty; stty size"});
  terminal.tty = true;
  terminal.rows = 10;
  terminal.columns = 20;
  CHECK(machine.exec(spec.id, terminal).out == "/dev/pts/0\r\n10 20\r\n");
}

TEST_CASE("an exec that cannot be says why, and a background child does not hold its end") {
  NEED_CONTAINERS;
  Machine machine;
  auto spec = machine.shell("echo up; sleep 100");
  machine.start(spec);
  REQUIRE(machine.recorder.wait_output(spec.id, "up"));
  auto failed = machine.processes->exec(spec.id, ExecId("e"), machine.process({"nosuchcmd"}), nullptr);
  REQUIRE_FALSE(failed.ok());
  CHECK(failed.error().code == "process.not-found");
  CHECK(failed.error().cause == "exec: \"nosuchcmd\": executable file not found in $PATH");
  auto where = machine.process({"true"});
  where.cwd = "/nosuch";
  CHECK(machine.processes->exec(spec.id, ExecId("f"), where, nullptr).error().code == "process.cwd");
  CHECK(machine.exec(spec.id, machine.process({"sh", "-c", "sleep 50 & echo gone"})).out == "gone\n");
  CHECK(machine.processes->exec(ContainerId("nobody"), ExecId("g"), machine.process({"true"}), nullptr).error().code == "process.gone");
}

TEST_CASE("when the first process ends, everything in the container ends") {
  NEED_CONTAINERS;
  Machine machine;
  auto spec = machine.shell("echo up; read line");
  spec.process.open_stdin = true;
  machine.start(spec);
  REQUIRE(machine.recorder.wait_output(spec.id, "up"));
  REQUIRE(machine.processes->exec(spec.id, ExecId("long"), machine.process({"sleep", "100"}), nullptr).ok());
  CHECK(machine.processes->write_stdin(spec.id, {}, "\n").ok());
  CHECK(machine.recorder.wait(spec.id).code == 0);
  CHECK(machine.recorder.wait(spec.id, ExecId("long")).code == 137);
}

TEST_CASE("limits hold: memory, and the number of processes") {
  NEED_CONTAINERS;
  Machine machine;
  if (machine.processes->facts().cgroups.find("memory") == nullptr || machine.processes->facts().cgroups.find("pids") == nullptr) {
    std::printf("skipped: no memory or pids controller\n");
    return;
  }
  auto spec = machine.spec({"/bin/dd", "if=/dev/zero", "of=/dev/null", "bs=200M", "count=1"});
  spec.limits.memory = 32 << 20;
  const auto record = machine.run(spec);
  CHECK(record.exit->oom_killed);
  CHECK(record.exit->code == 137);
  auto few = machine.shell("sleep 1 & sleep 1 & sleep 1 & sleep 1 & wait");
  few.limits.pids = 3;
  CHECK(machine.run(few).err.find("fork") != std::string::npos);
  auto shown = machine.shell("cat /sys/fs/cgroup/pids/pids.max /sys/fs/cgroup/pids.max 2>/dev/null; touch /sys/fs/cgroup/x 2>/dev/null || echo ro");
  shown.limits.pids = 42;
  CHECK(machine.run(shown).out == "42\nro\n");
}

TEST_CASE("without the right to write control groups a container starts, unless a limit asks for them") {
  NEED_CONTAINERS;
  MachineFacts facts;
  facts.cgroups.version = CgroupVersion::V1;
  facts.cgroups.hierarchies = {{"/proc/self/strates-none", {"memory"}}};
  facts.bounding = ~CapabilityMask{0};
  Machine machine(facts);
  CHECK(machine.output_of("echo fine") == "fine\n");
  bool told = false;
  for (const auto& fact : machine.facts)
    if (const auto* write = std::get_if<event::CgroupWritten>(&std::get<event::Container>(fact)))
      told = told || (write->file.empty() && write->value.find("mkdir") == 0);
  CHECK(told);
  auto limited = machine.shell("true");
  limited.limits.memory = 32 << 20;
  const auto refused = machine.processes->start(limited, nullptr);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == "process.setup");
}

TEST_CASE("version 2: cloned into its group, in a cgroup namespace") {
  NEED_CONTAINERS;
  std::string mount;
  for (const auto& line : split_lines(read_small_file("/proc/self/mountinfo").value()))
    if (line.find(" - cgroup2 ") != std::string::npos) mount = split(line, ' ')[4];
  if (mount.empty()) {
    std::printf("skipped: no cgroup2 mount\n");
    return;
  }
  MachineFacts facts;
  facts.cgroups.version = CgroupVersion::V2;
  facts.cgroups.hierarchies = {{mount, {}}};
  facts.bounding = capabilities_of("self", "CapBnd").value();
  Machine machine(facts);
  auto spec = machine.shell("grep ^0: /proc/self/cgroup; ls /sys/fs/cgroup | grep -c cgroup.procs; echo up; sleep 100");
  const auto running = machine.start(spec);
  REQUIRE(machine.recorder.wait_output(spec.id, "up"));
  CHECK(machine.recorder.record(spec.id).out == "0::/\n1\nup\n");
  const std::string seen = read_small_file("/proc/" + std::to_string(running.host_pid) + "/cgroup").value();
  CHECK(seen.find("0::/strates/" + spec.id.str() + "\n") != std::string::npos);
  CHECK(machine.exec(spec.id, machine.process({"grep", "^0:", "/proc/self/cgroup"})).out == "0::/\n");
  // Its device program: any node may be made, but only the container's own may be opened. (A loop device: no other rule of the kernel's forbids it.)
  const std::string open_loop = "mknod /tmp/loop b 7 0; (: < /tmp/loop) 2>&1 && echo opened";
  const auto devices = machine.exec(spec.id, machine.process({"sh", "-c", "mknod /tmp/zero c 1 5; head -c 2 /tmp/zero | wc -c; " + open_loop}));
  CHECK(devices.out.find("2\n") == 0);
  CHECK(devices.out.find("Operation not permitted") != std::string::npos);
  auto privileged = machine.shell(open_loop);
  privileged.process.privileged = true;
  if (::access("/dev/loop0", F_OK) == 0) CHECK(machine.run(privileged).out == "opened\n");
}

TEST_CASE("a privileged container has the host's devices and may change what others may not") {
  NEED_CONTAINERS;
  Machine machine;
  auto spec = machine.shell("ls /dev | wc -l; mount -t tmpfs x /tmp && echo mounted; grep CapEff /proc/self/status");
  spec.process.privileged = true;
  spec.masked_paths = spec.readonly_paths = {};
  const auto record = machine.run(spec);
  const auto lines = split_lines(record.out);
  REQUIRE(lines.size() == 3);
  CHECK(std::stoi(lines[0]) > 16);
  CHECK(lines[1] == "mounted");
  char mask[32];
  std::snprintf(mask, sizeof mask, "%016llx", static_cast<unsigned long long>(machine.processes->facts().bounding));
  CHECK(lines[2] == std::string("CapEff:\t") + mask);
}

TEST_CASE("containers start side by side") {
  NEED_CONTAINERS;
  Machine machine;
  std::vector<engine::ContainerSpec> specs;
  for (int i = 0; i < 8; ++i) specs.push_back(machine.shell("echo " + std::to_string(i)));
  std::vector<std::thread> threads;
  for (const auto& spec : specs) threads.emplace_back([&machine, &spec] { ignore(machine.processes->start(spec, nullptr)); });
  for (auto& thread : threads) thread.join();
  for (size_t i = 0; i < specs.size(); ++i) {
    CHECK(machine.recorder.wait(specs[i].id).code == 0);
    CHECK(machine.recorder.record(specs[i].id).out == std::to_string(i) + "\n");
  }
}

TEST_CASE("a container outlives the daemon's port and is found again, alive or ended") {
  NEED_CONTAINERS;
  Machine machine;
  auto lives = machine.shell("echo one; read line; echo two $line; exit 5");
  lives.process.open_stdin = true;
  auto ends = machine.shell("sleep 0.3; echo late; exit 3");
  auto stranger = machine.spec({"/bin/sleep", "100"});
  machine.start(lives);
  machine.start(ends);
  const auto unknown = machine.start(stranger);
  REQUIRE(machine.recorder.wait_output(lives.id, "one"));
  machine.close();
  std::this_thread::sleep_for(std::chrono::milliseconds(600));
  machine.reopen();
  auto survivors = machine.processes->recover({lives.id, ends.id, ContainerId("never-was")}).value();
  REQUIRE(survivors.size() == 2);
  for (const auto& survivor : survivors) {
    if (survivor.id == lives.id) {
      CHECK(survivor.running.has_value());
    } else {
      CHECK(survivor.id == ends.id);
      CHECK_FALSE(survivor.running.has_value());
      REQUIRE(survivor.exit.has_value());
      CHECK(survivor.exit->code == 3);
    }
  }
  CHECK(::kill(static_cast<pid_t>(unknown.host_pid), 0) != 0);
  CHECK(::access((machine.root + "/containers/" + stranger.id.str()).c_str(), F_OK) != 0);
  CHECK(machine.exec(lives.id, machine.process({"hostname"})).out == "box\n");
  CHECK(machine.processes->write_stdin(lives.id, {}, "words\n").ok());
  CHECK(machine.recorder.wait(lives.id).code == 5);
  std::string log;
  CHECK(machine.processes->read_log(lives.id, [&](const engine::LogRecord& line) { return log += line.bytes, true; }).ok());
  CHECK(log == "one\ntwo words\n");
  log.clear();
  CHECK(machine.processes->read_log(ends.id, [&](const engine::LogRecord& line) { return log += line.bytes, true; }).ok());
  CHECK(log == "late\n");
}

TEST_CASE("a daemon killed at once loses nothing: the next one has the log, the output and the exit code") {
  NEED_CONTAINERS;
  Machine machine;
  auto spec = machine.shell("i=0; while [ $i -lt 20 ]; do echo line $i; i=$((i+1)); sleep 0.05; done; exit 9");
  machine.close();  // no threads of ours while we fork
  int ready[2];
  REQUIRE(::pipe2(ready, O_CLOEXEC) == 0);
  const pid_t daemon = ::fork();
  if (daemon == 0) {
    machine.reopen();
    const auto started = machine.processes->start(spec, nullptr);
    if (::write(ready[1], started.ok() ? "y" : "n", 1) != 1) ::_exit(2);
    for (;;) ::pause();
  }
  char answer = 0;
  REQUIRE(::read(ready[0], &answer, 1) == 1);
  ::close(ready[0]);
  ::close(ready[1]);
  REQUIRE(answer == 'y');
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  REQUIRE(::kill(daemon, SIGKILL) == 0);
  REQUIRE(::waitpid(daemon, nullptr, 0) == daemon);
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  machine.reopen();
  const auto survivors = machine.processes->recover({spec.id}).value();
  REQUIRE(survivors.size() == 1);
  REQUIRE(survivors[0].running.has_value());
  CHECK(machine.recorder.wait(spec.id).code == 9);
  const auto live = machine.recorder.record(spec.id).out;
  CHECK(live.find("line 19\n") != std::string::npos);
  CHECK(live.find("line 0\n") == std::string::npos);
  std::string log, wanted;
  for (int i = 0; i < 20; ++i) wanted += "line " + std::to_string(i) + "\n";
  CHECK(machine.processes->read_log(spec.id, [&](const engine::LogRecord& line) { return log += line.bytes, true; }).ok());
  CHECK(log == wanted);
}

TEST_CASE("a monitor that is killed takes its container along, and the engine hears of it") {
  NEED_CONTAINERS;
  Machine machine;
  auto spec = machine.shell("echo up; sleep 100");
  const auto running = machine.start(spec);
  REQUIRE(machine.recorder.wait_output(spec.id, "up"));
  const std::string status = read_small_file("/proc/" + std::to_string(running.host_pid) + "/stat").value();
  const int monitor = std::stoi(split(status.substr(status.rfind(')') + 2), ' ')[1]);
  CHECK(read_small_file("/proc/" + std::to_string(monitor) + "/comm").value() == "strates-monitor\n");
  std::string line = read_small_file("/proc/" + std::to_string(monitor) + "/cmdline").value();
  CHECK(std::string(line.c_str()) == "strates-monitor " + spec.id.str());
  REQUIRE(::kill(monitor, SIGKILL) == 0);
  CHECK(machine.recorder.wait(spec.id).code == 137);
}

TEST_CASE("monitors have nothing to complain of") {
  NEED_CONTAINERS;
  Machine machine;
  auto spec = machine.shell("echo up; sleep 0.1");
  machine.start(spec);
  machine.recorder.wait(spec.id);
  CHECK(read_small_file(machine.root + "/run/" + spec.id.str() + "/errors").value().empty());
}

TEST_CASE("a short container is started and gone in milliseconds") {
  NEED_CONTAINERS;
  Machine machine;
  const auto spec = machine.spec({"/bin/true"});
  machine.run(spec);
  std::vector<double> times;
  for (int i = 0; i < 10; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    auto next = machine.spec({"/bin/true"});
    machine.start(next);
    machine.recorder.wait(next.id);
    times.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count());
    machine.processes->release(next.id);
  }
  std::sort(times.begin(), times.end());
  MESSAGE("start to exit: median " << times[5] << " ms, best " << times[0] << " ms");
  CHECK(times[5] < 500);
}
