// One container at a time: what it sees, what it writes, how it ends.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <sstream>

#include "base/strings.hpp"
#include "machine.hpp"

using namespace strates;
using namespace strates::linux_world;

#define NEED_CONTAINERS \
  if (!can_run_containers()) return

TEST_CASE("output comes on its stream, in order, before the one exit; the log has it too") {
  NEED_CONTAINERS;
  Machine machine;
  const auto spec = machine.shell("echo one; echo two >&2; printf three; exit 7");
  machine.start(spec);
  CHECK(machine.recorder.wait(spec.id).code == 7);
  const auto record = machine.recorder.record(spec.id);
  CHECK(record.out == "one\nthree");
  CHECK(record.err == "two\n");
  CHECK(record.exits == 1);
  CHECK_FALSE(record.output_after_exit);
  CHECK(record.exit->signal == 0);
  CHECK(record.exit->at > 0);
  std::string out, err;
  CHECK(machine.processes
            ->read_log(spec.id,
                       [&](const engine::LogRecord& line) {
                         (line.stream == engine::StdStream::Err ? err : out) += line.bytes;
                         return true;
                       })
            .ok());
  CHECK(out == "one\nthree");
  CHECK(err == "two\n");
  CHECK(machine.processes->signal(spec.id, SIGTERM).error().code == "process.gone");
  CHECK(machine.processes->write_stdin(spec.id, {}, "x").error().code == "process.gone");
}

TEST_CASE("what was written first is told first, whichever stream it came on") {
  NEED_CONTAINERS;
  // The monitor may look while the program writes, or only when it has ended: either way the error begins, and the log says so too.
  for (int i = 0; i < 10; ++i) {
    Machine machine;
    const auto spec = machine.shell(i % 2 == 0 ? "echo first >&2; echo second" : "sleep 0.05; echo first >&2; echo second");
    machine.run(spec);
    std::vector<engine::LogRecord> log;
    CHECK(machine.processes->read_log(spec.id, [&](const engine::LogRecord& line) { return log.push_back(line), true; }).ok());
    REQUIRE(log.size() == 2);
    CHECK(log.front().stream == engine::StdStream::Err);
    CHECK(log.front().bytes == "first\n");
  }
}

TEST_CASE("the log goes on across restarts") {
  NEED_CONTAINERS;
  Machine machine;
  const auto spec = machine.shell("echo again");
  machine.run(spec);
  machine.start(spec);
  machine.recorder.wait(spec.id);
  std::string all;
  CHECK(machine.processes->read_log(spec.id, [&](const engine::LogRecord& line) { return all += line.bytes, true; }).ok());
  CHECK(all == "again\nagain\n");
  CHECK(machine.processes->log_path(spec.id).find(spec.id.str()) != std::string::npos);
}

TEST_CASE("much output arrives whole, and is held back rather than lost") {
  NEED_CONTAINERS;
  Machine machine;
  const auto record = machine.run(machine.shell("yes abcdefghijklmno | head -c 4000000"));
  CHECK(record.out.size() == 4'000'000);
  CHECK(record.out.compare(0, 16, "abcdefghijklmno\n") == 0);
}

TEST_CASE("a container is process 1 of namespaces of its own") {
  NEED_CONTAINERS;
  Machine machine;
  const auto lines = split_lines(
      machine.output_of("echo $$; hostname; ls -d /proc/[0-9]*; for n in mnt pid uts ipc net; do readlink /proc/self/ns/$n; done; ifconfig lo | grep UP"));
  REQUIRE(lines.size() >= 9);
  CHECK(lines[0] == "1");
  CHECK(lines[1] == "box");
  CHECK(lines[2] == "/proc/1");
  std::string host;
  for (const auto* kind : {"mnt", "pid", "uts", "ipc", "net"}) {
    char target[64] = {};
    CHECK(::readlink((std::string("/proc/self/ns/") + kind).c_str(), target, sizeof target - 1) > 0);
    for (const auto& line : lines) CHECK(line != target);
  }
  CHECK(lines.back().find("UP LOOPBACK") != std::string::npos);
}

TEST_CASE("the host's network is shared when asked for") {
  NEED_CONTAINERS;
  Machine machine;
  auto spec = machine.shell("readlink /proc/self/ns/net");
  spec.network = engine::NetworkMode::Host;
  char target[64] = {};
  REQUIRE(::readlink("/proc/self/ns/net", target, sizeof target - 1) > 0);
  CHECK(machine.run(spec).out == std::string(target) + "\n");
}

TEST_CASE("environment, directory, user and HOME are what was asked for") {
  NEED_CONTAINERS;
  Machine machine;
  auto spec = machine.shell("echo $Q $HOME; pwd; id -u; id -g; id -G; touch /etc/x 2>/dev/null || echo refused; echo ok > /dev/stderr");
  spec.process.env.push_back("Q=answer");
  spec.process.cwd = "/tmp";
  spec.process.uid = 1000;
  spec.process.gid = 1001;
  spec.process.groups = {7, 8};
  const auto record = machine.run(spec);
  CHECK(record.out == "answer /home/user\n/tmp\n1000\n1001\n1001 7 8\nrefused\n");
  CHECK(record.err == "ok\n");
  auto known = machine.shell("echo $HOME");
  known.process.env.push_back("HOME=/given");
  CHECK(machine.run(known).out == "/given\n");
  auto private_directory = machine.shell("pwd");
  private_directory.process.cwd = "/private";
  private_directory.process.uid = private_directory.process.gid = 1000;
  private_directory.capabilities = {};
  CHECK(machine.run(private_directory).out == "/private\n");
}

TEST_CASE("nothing of the host is left open or visible") {
  NEED_CONTAINERS;
  Machine machine;
  const auto out = machine.output_of("ls /proc/1/fd; cat /proc/1/environ | tr '\\0' '\\n'; cat /proc/self/mountinfo");
  const std::string head = "0\n1\n2\nPATH=/bin\nHOME=/root\n";
  CHECK(out.substr(0, head.size()) == head);
  for (const auto& line : split_lines(std::string_view(out).substr(std::min(head.size(), out.size())))) {
    const std::string at = split(line, ' ').at(4);
    CHECK_MESSAGE((at == "/" || at.find("/proc") == 0 || at.find("/dev") == 0 || at.find("/sys") == 0), at);
  }
}

TEST_CASE("capabilities are the given ones and signals are at their defaults") {
  NEED_CONTAINERS;
  Machine machine;
  const auto status = machine.run(machine.spec({"/bin/cat", "/proc/self/status"})).out;
  const auto value = [&](std::string_view key) {
    for (const auto& line : split_lines(status))
      if (line.compare(0, key.size(), key) == 0) return std::string(trim(std::string_view(line).substr(key.size())));
    return std::string("absent");
  };
  CHECK(value("CapBnd:") == "00000000a80425fb");  // Docker's fourteen
  CHECK(value("CapEff:") == "00000000a80425fb");
  CHECK(value("CapPrm:") == "00000000a80425fb");
  CHECK(value("CapInh:") == "0000000000000000");
  CHECK(value("CapAmb:") == "0000000000000000");
  CHECK(value("SigIgn:") == "0000000000000000");
  CHECK(value("SigBlk:") == "0000000000000000");
  CHECK(value("NoNewPrivs:") == "0");
  auto user = machine.spec({"/bin/grep", "Cap", "/proc/self/status"});
  user.process.uid = 1000;
  const auto caps = machine.run(user).out;
  CHECK(caps.find("CapEff:\t0000000000000000") != std::string::npos);
  CHECK(caps.find("CapBnd:\t00000000a80425fb") != std::string::npos);
}

TEST_CASE("mounts and devices are Docker's; masked and read-only paths are so") {
  NEED_CONTAINERS;
  Machine machine;
  const auto out = machine.output_of(
      "echo x > /dev/null && echo null; head -c 4 /dev/zero | wc -c; ls -l /dev/ptmx /dev/fd /dev/core | wc -l;"
      "cat /proc/kcore | wc -c; (ls -A /proc/acpi; ls -A /sys/firmware) 2>&1 | wc -c; echo 1 > /proc/sys/kernel/domainname 2>/dev/null || echo ro-sys;"
      "touch /sys/x 2>/dev/null || echo ro-sysfs; touch /dev/shm/x && echo shm; ls -d /dev/mqueue; ls /dev/console 2>/dev/null || echo no-console;"
      "mknod /tmp/disk b 254 0; cat /tmp/disk 2>/dev/null | head -c 1 | wc -c; mount -t tmpfs x /tmp 2>/dev/null || echo no-mount");
  CHECK(out == "null\n4\n3\n0\n0\nro-sys\nro-sysfs\nshm\n/dev/mqueue\nno-console\n0\nno-mount\n");
  CHECK(machine.output_of("grep -c . /proc/mounts; grep ' /dev/shm ' /proc/mounts").find("shm /dev/shm tmpfs rw,nosuid,nodev,noexec") != std::string::npos);
}

TEST_CASE("provided files lie over the image's, through dangling links and where nothing was") {
  NEED_CONTAINERS;
  Machine machine;
  auto spec = machine.shell("cat /etc/hosts /etc/resolv.conf /opt/new/file; echo more >> /etc/hosts; cat /etc/hosts");
  spec.files = {{"/etc/hosts", "given\n"}, {"/etc/resolv.conf", "nameserver\n"}, {"/opt/new/file", "new\n"}};
  CHECK(machine.run(spec).out == "given\nnameserver\nnew\ngiven\nmore\n");
  CHECK(machine.output_of("cat /etc/hosts") == "image\n");
}

TEST_CASE("links in an image cannot lead a mount out of it") {
  NEED_CONTAINERS;
  Machine machine;
  ::unlink((machine.rootfs + "/etc/hosts").c_str());
  REQUIRE(::symlink("../../../../../../../../dev/shm/strates-escape", (machine.rootfs + "/etc/hosts").c_str()) == 0);
  auto spec = machine.shell("cat /etc/hosts");
  spec.files = {{"/etc/hosts", "given\n"}};
  CHECK(machine.run(spec).out == "given\n");
  CHECK(::access("/dev/shm/strates-escape", F_OK) != 0);
}

TEST_CASE("a read-only root refuses writes, its tmpfs do not") {
  NEED_CONTAINERS;
  Machine machine;
  auto spec = machine.shell("touch /x 2>/dev/null || echo refused; touch /dev/shm/x && echo fine");
  spec.readonly_root = true;
  CHECK(machine.run(spec).out == "refused\nfine\n");
}

TEST_CASE("the shared memory has the asked size") {
  NEED_CONTAINERS;
  Machine machine;
  auto spec = machine.shell("head -c 2000000 /dev/zero > /dev/shm/x 2>/dev/null || echo full");
  spec.shm_bytes = 1 << 20;
  CHECK(machine.run(spec).out == "full\n");
}

TEST_CASE("a start that cannot be leaves nothing and says exactly why") {
  NEED_CONTAINERS;
  Machine machine;
  const auto failure = [&](std::vector<std::string> args, const std::string& cwd = "/") {
    auto spec = machine.spec(std::move(args));
    spec.process.cwd = cwd;
    auto result = machine.processes->start(spec, nullptr);
    REQUIRE_FALSE(result.ok());
    CHECK(machine.recorder.record(spec.id).exits == 0);
    return result.error().code + " " + result.error().cause;
  };
  CHECK(failure({"nosuchcmd"}) == "process.not-found exec: \"nosuchcmd\": executable file not found in $PATH");
  CHECK(failure({"/nosuch"}) == "process.not-found exec: \"/nosuch\": stat /nosuch: no such file or directory");
  CHECK(failure({"/etc/passwd"}) == "process.permission exec: \"/etc/passwd\": permission denied");
  CHECK(failure({"/etc"}) == "process.permission exec: \"/etc\": permission denied");
  CHECK(failure({"bad-interpreter"}) == "process.not-found exec /bin/bad-interpreter: no such file or directory");
  CHECK(failure({"garbage"}) == "process.setup exec /bin/garbage: exec format error");
  CHECK(failure({"true"}, "/nosuch") == "process.cwd chdir to cwd (\"/nosuch\") set in config.json failed: no such file or directory");
  CHECK(failure({}).find("process.setup") == 0);
  auto nowhere = machine.spec({"true"});
  nowhere.root = machine.root + "/absent";
  auto result = machine.processes->start(nowhere, nullptr);
  CHECK(result.error().code == "process.setup");
  CHECK(result.error().object == nowhere.root);
  auto hostile = machine.spec({"true"});
  hostile.id = ContainerId("../x");
  CHECK(machine.processes->start(hostile, nullptr).error().code == "process.setup");
}

TEST_CASE("signals end it as a shell reports them") {
  NEED_CONTAINERS;
  Machine machine;
  auto spec = machine.shell("trap 'exit 143' TERM; echo ready; while true; do sleep 0.05; done");
  machine.start(spec);
  REQUIRE(machine.recorder.wait_output(spec.id, "ready"));
  CHECK(machine.processes->start(spec, nullptr).error().code == "process.running");
  CHECK(machine.processes->signal(spec.id, SIGTERM).ok());
  CHECK(machine.recorder.wait(spec.id).code == 143);
  auto killed = machine.spec({"/bin/sleep", "100"});
  machine.start(killed);
  CHECK(machine.processes->signal(killed.id, SIGTERM).ok());  // process 1 without a handler does not hear it
  CHECK(machine.processes->signal(killed.id, SIGKILL).ok());
  const auto status = machine.recorder.wait(killed.id);
  CHECK(status.code == 137);
  CHECK(status.signal == SIGKILL);
  CHECK_FALSE(status.oom_killed);
}

TEST_CASE("releasing a container that runs ends it") {
  NEED_CONTAINERS;
  Machine machine;
  auto spec = machine.spec({"/bin/sleep", "100"});
  machine.start(spec);
  machine.processes->release(spec.id);
  CHECK(machine.recorder.wait(spec.id).code == 137);
}

TEST_CASE("standard input arrives, much of it too, and ends when closed") {
  NEED_CONTAINERS;
  Machine machine;
  auto spec = machine.shell("sleep 0.1; wc -c");
  spec.process.open_stdin = true;
  machine.start(spec);
  const std::string chunk(100'000, 'x');
  for (int i = 0; i < 30; ++i) CHECK(machine.processes->write_stdin(spec.id, {}, chunk).ok());
  CHECK(machine.processes->close_stdin(spec.id, {}).ok());
  CHECK(machine.recorder.wait(spec.id).code == 0);
  CHECK(machine.recorder.record(spec.id).out == "3000000\n");
  CHECK(machine.run(machine.shell("wc -c")).out == "0\n");  // without it: /dev/null
}

TEST_CASE("a writer to standard input that nobody reads is let go when the process ends") {
  NEED_CONTAINERS;
  Machine machine;
  auto spec = machine.shell("sleep 1");
  spec.process.open_stdin = true;
  machine.start(spec);
  const auto began = std::chrono::steady_clock::now();
  const auto result = machine.processes->write_stdin(spec.id, {}, std::string(2'000'000, 'x'));
  const auto took = std::chrono::steady_clock::now() - began;
  // Neither before the end, for nobody read, nor long after it.
  CHECK(took > std::chrono::milliseconds(500));
  CHECK(took < std::chrono::seconds(20));
  // Between the end of its reader and the end of the process bytes go nowhere, as in any pipe.
  if (!result.ok()) CHECK(result.error().code == "process.gone");
  CHECK(machine.recorder.wait(spec.id).code == 0);
}

TEST_CASE("a terminal is one: size, echo, console, and it can be resized") {
  NEED_CONTAINERS;
  Machine machine;
  auto spec = machine.shell("tty; stty size; ls -l /dev/console | head -c 1; echo; read line; echo got $line; stty size; echo err >&2");
  spec.process.tty = spec.process.open_stdin = true;
  spec.process.rows = 30;
  spec.process.columns = 100;
  machine.start(spec);
  REQUIRE(machine.recorder.wait_output(spec.id, "c\r\n"));
  CHECK(machine.processes->resize(spec.id, {}, 40, 120).ok());
  CHECK(machine.processes->write_stdin(spec.id, {}, "hello\n").ok());
  CHECK(machine.recorder.wait(spec.id).code == 0);
  const auto record = machine.recorder.record(spec.id);
  CHECK(record.out == "/dev/pts/0\r\n30 100\r\nc\r\nhello\r\ngot hello\r\n40 120\r\nerr\r\n");
  CHECK(record.err.empty());
}

TEST_CASE("the last words on a terminal are not lost") {
  NEED_CONTAINERS;
  Machine machine;
  for (int i = 0; i < 10; ++i) {
    auto spec = machine.shell("head -c 3000 /dev/zero | tr '\\0' x; echo end");
    spec.process.tty = true;
    const auto out = machine.run(spec).out;
    CHECK(out.size() == 3005);
    CHECK(out.substr(3000) == "end\r\n");
  }
}

TEST_CASE("before exec the root is there and the program is not yet") {
  NEED_CONTAINERS;
  Machine machine;
  auto spec = machine.shell("cat /tmp/put");
  std::int64_t seen = 0;
  std::string name;
  spec.before_exec = [&](std::int64_t pid) {
    seen = pid;
    std::ifstream("/proc/" + std::to_string(pid) + "/comm") >> name;
    std::ofstream("/proc/" + std::to_string(pid) + "/root/tmp/put") << "by the daemon\n";
  };
  const auto running = machine.start(spec);
  CHECK(seen == running.host_pid);
  CHECK(running.container_pid == 1);
  CHECK(name == "strates-init");
  machine.recorder.wait(spec.id);
  CHECK(machine.recorder.record(spec.id).out == "by the daemon\n");
  bool called = false;
  auto bad = machine.spec({"nosuchcmd"});
  bad.before_exec = [&](std::int64_t) { called = true; };
  CHECK(machine.processes->start(bad, nullptr).error().code == "process.not-found");
  CHECK_FALSE(called);
}

TEST_CASE("the facts say what was done, in order") {
  NEED_CONTAINERS;
  Machine machine;
  const auto spec = machine.shell("true");
  const auto running = machine.start(spec);
  machine.recorder.wait(spec.id);
  std::string order;
  std::vector<std::string> masked;
  for (const auto& fact : machine.facts) {
    const auto& what = std::get<event::Container>(fact);
    if (std::holds_alternative<event::NamespaceEntered>(what)) order += "n";
    if (std::holds_alternative<event::RootPivoted>(what)) order += "p";
    if (std::holds_alternative<event::CapabilitiesDropped>(what)) order += "c";
    if (const auto* mount = std::get_if<event::MountMade>(&what); mount != nullptr && mount->source == "masked") masked.push_back(mount->target);
    if (const auto* executed = std::get_if<event::ProcessExecuted>(&what)) {
      order += "x";
      CHECK(executed->host_pid == running.host_pid);
      CHECK(executed->args == spec.process.args);
    }
  }
  CHECK(order == "npcx");
  REQUIRE_FALSE(masked.empty());
  for (const auto& path : masked) CHECK(path != "/proc/nosuchfile");  // it was not there, so nothing was done
}

TEST_CASE("what runs is listed with the host's numbers") {
  NEED_CONTAINERS;
  Machine machine;
  auto spec = machine.shell("sleep 100 & echo up; wait");
  const auto running = machine.start(spec);
  REQUIRE(machine.recorder.wait_output(spec.id, "up"));
  auto rows = machine.processes->list(spec.id).value();
  for (int i = 0; i < 100 && rows.back().command != "sleep 100"; ++i) {  // the shell's child has yet to execute it
    ::usleep(10'000);
    rows = machine.processes->list(spec.id).value();
  }
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].pid == running.host_pid);
  CHECK(rows[0].user == "root");
  CHECK(rows[0].command == "/bin/sh -c sleep 100 & echo up; wait");
  CHECK(rows[1].ppid == running.host_pid);
  CHECK(rows[1].command == "sleep 100");
}

TEST_CASE("a container cannot get at the program that started it") {
  NEED_CONTAINERS;
  Machine machine;
  // Until execve the child runs our own program: its /proc/PID/exe leads there, and must lie on a mount that nobody can write to. (An open
  // for writing would say "busy" here, because this test runs.)
  auto spec = machine.shell("true");
  struct statvfs about {};
  int failed = -1;
  spec.before_exec = [&](std::int64_t pid) { failed = ::statvfs(("/proc/" + std::to_string(pid) + "/exe").c_str(), &about); };
  machine.run(spec);
  REQUIRE(failed == 0);
  CHECK((about.f_flag & ST_RDONLY) != 0);
  // A program whose interpreter is whatever starts it gets that same read-only file, and nothing happens on the host.
  auto self = machine.spec({"self"});
  auto started = machine.processes->start(self, nullptr);
  if (started.ok()) machine.recorder.wait(self.id);
}
