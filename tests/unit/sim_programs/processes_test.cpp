// The port: starts and their errors, signals, sleeps, consoles, execs, logs.
#include <doctest/doctest.h>

#include <algorithm>

#include "base/strings.hpp"
#include "container_run.hpp"
#include "sim/programs/hello_text.hpp"
#include "sim/programs/program_table.hpp"

namespace strates::sim::testing {

namespace {

template <typename T>
size_t count(const std::vector<Payload>& facts) {
  size_t found = 0;
  for (const Payload& fact : facts)
    if (const auto* container = std::get_if<event::Container>(&fact))
      if (std::holds_alternative<T>(*container)) ++found;
  return found;
}

engine::ProcessSpec exec_spec(std::vector<std::string> args) {
  engine::ProcessSpec spec;
  spec.args = std::move(args);
  spec.env = {"PATH=/bin", "HOME=/root"};
  return spec;
}

constexpr std::string_view kBanner =
    "\r\n\r\nBusyBox v1.35.0 (Debian 1:1.35.0-4+deb12u1+b1) built-in shell (ash)\r\nEnter 'help' for a list of built-in commands.\r\n\r\n";

}  // namespace

TEST_CASE("a program that is not there, or may not run, fails the start with runc's words and leaves nothing") {
  TestContainer container("busybox");
  const auto refused = [&](std::vector<std::string> args, std::string_view code, std::string_view cause) {
    const auto result = container.start(std::move(args));
    REQUIRE_FALSE(result.ok());
    CHECK(result.error().code == code);
    CHECK(result.error().cause == cause);
    CHECK(container.world.processes().list(container.spec.id).ok() == false);
  };
  refused({"nosuch"}, "process.not-found", "exec: \"nosuch\": executable file not found in $PATH");
  refused({"/nosuch"}, "process.not-found", "exec: \"/nosuch\": stat /nosuch: no such file or directory");
  refused({"/etc/passwd"}, "process.permission", "exec: \"/etc/passwd\": permission denied");
  refused({"/etc"}, "process.permission", "exec: \"/etc\": permission denied");
  refused({"./etc/passwd/x"}, "process.not-found", "exec: \"./etc/passwd/x\": stat ./etc/passwd/x: not a directory");
  container.spec.process.cwd = "/nosuch";
  refused({"true"}, "process.cwd", "chdir to cwd (\"/nosuch\") set in config.json failed: no such file or directory");
  CHECK(container.facts.empty());
  CHECK_FALSE(container.world.processes().step());
}

TEST_CASE("what the kernel cannot execute is told by runc after the start, on standard error") {
  TestContainer container("busybox");
  container.write("/plain", "echo hello\n", 0755);
  container.write("/orphan", "#!/nosuch/shell\n", 0755);
  container.write("/elf", std::string("\x7f"
                                      "ELF\0\0 something", 16),
                  0755);
  CHECK(container.run({"/plain"}) == Output{"", "exec /plain: exec format error\n", 1});
  CHECK(container.run({"/orphan"}) == Output{"", "exec /orphan: no such file or directory\n", 1});
  CHECK(container.run({"/elf"}) == Output{"", "strates-sim: the simulator cannot run this program: /elf; use the Linux world\n", 126});
  CHECK(container.sh("/elf; echo $?").out == "126\n");
}

TEST_CASE("a real busybox binary and a script run as what they are") {
  TestContainer container("busybox");
  container.write("/real", std::string("\x7f"
                                       "ELF\0\0 ... BusyBox v1.36.1 (2023) multi-call binary", 52),
                  0755);
  container.write("/script", "#!/bin/sh -e\necho \"$0 $1\"\nfalse\necho no\n", 0755);
  CHECK(container.run({"/real", "echo", "a"}).code == 127);  // "real" is no applet
  CHECK(container.sh("ln -s /real /tmp/echo; /tmp/echo a b").out == "a b\n");
  CHECK(container.run({"/script", "arg"}) == Output{"/script arg\n", "", 1});
}

TEST_CASE("hello-world says what the asset says") {
  TestContainer container("hello-world");
  const Output output = container.run({"/hello"});
  CHECK(output.out == hello_text());
  CHECK(output.code == 0);
  CHECK(output.out.find("couche") != std::string::npos);
}

TEST_CASE("a start tells its steps, and exec waits for before_exec") {
  TestContainer container("busybox");
  std::int64_t seen_pid = 0;
  container.spec.before_exec = [&](std::int64_t pid) { seen_pid = pid; };
  container.spec.limits.memory = 1 << 20;
  const auto started = container.start({"true"});
  REQUIRE(started.ok());
  CHECK(seen_pid == started.value().host_pid);
  CHECK(started.value().container_pid == 1);
  CHECK(count<event::NamespaceEntered>(container.facts) == 1);
  CHECK(count<event::RootPivoted>(container.facts) == 1);
  CHECK(count<event::CgroupWritten>(container.facts) == 2);
  CHECK(count<event::ProcessExecuted>(container.facts) == 1);
  CHECK_FALSE(container.ended());  // nothing runs inside start
  container.finish();
  CHECK(container.output().code == 0);
}

TEST_CASE("sleep takes virtual time only, and outputs are dated by it") {
  TestContainer container("busybox");
  REQUIRE(container.start({"sh", "-c", "echo a; sleep 3600; echo b"}).ok());
  const Nanos before = container.world.clock().peek();
  container.settle();
  CHECK(container.output().out == "a\n");
  CHECK_FALSE(container.ended());
  const auto timer = container.world.processes().next_timer();
  REQUIRE(timer.has_value());
  CHECK(*timer - before >= 3600 * kSecond);
  CHECK(*timer - before < 3601 * kSecond);
  container.finish();
  CHECK(container.output() == Output{"a\nb\n", "", 0});
  REQUIRE(container.seen.by_exec[""].times.size() == 2);
  CHECK(container.seen.by_exec[""].times[1] - container.seen.by_exec[""].times[0] >= 3600 * kSecond);
}

TEST_CASE("a first process without a handler ignores SIGTERM, as a real pid 1; SIGKILL ends it from outside only") {
  TestContainer container("busybox");
  REQUIRE(container.start({"sleep", "1000"}).ok());
  container.settle();
  CHECK(container.world.processes().signal(container.spec.id, 15).ok());
  container.settle();
  CHECK_FALSE(container.ended());
  REQUIRE(container.world.processes().exec(container.spec.id, ExecId("e"), exec_spec({"sh", "-c", "kill -9 1; echo $?"}), nullptr).ok());
  container.settle();
  CHECK_FALSE(container.ended());
  CHECK(container.output("e").out == "0\n");
  CHECK(container.world.processes().signal(container.spec.id, 9).ok());
  CHECK_FALSE(container.ended());  // told at the next step
  container.settle();
  CHECK(container.output().code == 137);
  CHECK(container.seen.by_exec[""].exit->signal == 9);
  const auto after = container.world.processes().signal(container.spec.id, 15);
  REQUIRE_FALSE(after.ok());
  CHECK(after.error().code == "process.gone");
}

TEST_CASE("a trap of the first process answers docker stop, once the child in the foreground has ended or wait is interrupted") {
  TestContainer container("busybox");
  REQUIRE(container.start({"sh", "-c", "trap 'echo stopping; exit 7' TERM; sleep 1000 & wait"}).ok());
  container.settle();
  CHECK(container.world.processes().signal(container.spec.id, 15).ok());
  container.settle();
  CHECK(container.output() == Output{"stopping\n", "", 7});

  REQUIRE(container.start({"sh", "-c", "trap 'echo late; exit 8' TERM; sleep 10; echo no"}).ok());
  container.settle();
  CHECK(container.world.processes().signal(container.spec.id, 15).ok());
  container.settle();
  CHECK_FALSE(container.ended());
  container.finish();
  CHECK(container.output() == Output{"late\n", "", 8});
}

TEST_CASE("when the first process ends, all others are killed, execs included, and are told before it") {
  TestContainer container("busybox");
  REQUIRE(container.start({"sleep", "5"}).ok());
  REQUIRE(container.world.processes().exec(container.spec.id, ExecId("e"), exec_spec({"sleep", "1000"}), nullptr).ok());
  container.settle();
  CHECK(container.world.processes().list(container.spec.id).value().size() == 2);
  container.finish();
  CHECK(container.output().code == 0);
  CHECK(container.output("e").code == 137);
  CHECK_FALSE(container.world.processes().exec(container.spec.id, ExecId("f"), exec_spec({"true"}), nullptr).ok());
}

TEST_CASE("an exec shares the files and the process table, and has its own streams and its own errors") {
  TestContainer container("busybox");
  REQUIRE(container.start({"sleep", "1000"}).ok());
  REQUIRE(container.world.processes().exec(container.spec.id, ExecId("e"), exec_spec({"sh", "-c", "echo x > /tmp/f; ps; echo err >&2; exit 3"}), nullptr).ok());
  container.settle();
  CHECK(container.output("e").out == "PID   USER     COMMAND\n    1 root     sleep 1000\n    2 root     sh -c echo x > /tmp/f; ps; echo err >&2; exit 3\n    3 root     ps\n");
  CHECK(container.output("e").err == "err\n");
  CHECK(container.output("e").code == 3);
  CHECK(container.file("/tmp/f") == "x\n");
  const auto missing = container.world.processes().exec(container.spec.id, ExecId("g"), exec_spec({"nosuch"}), nullptr);
  REQUIRE_FALSE(missing.ok());
  CHECK(missing.error().code == "process.not-found");
  CHECK(container.world.processes().list(container.spec.id).value().size() == 1);
  std::string logged;
  CHECK(container.world.processes().read_log(container.spec.id, [&](const engine::LogRecord& record) { logged += record.bytes; return true; }).ok());
  CHECK(logged.empty());  // an exec's output is not in the log
}

TEST_CASE("standard input is given as it comes, to a filter and to a shell, and its end is seen") {
  TestContainer container("busybox");
  container.spec.process.open_stdin = true;
  REQUIRE(container.start({"cat"}).ok());
  auto& processes = container.world.processes();
  container.settle();
  REQUIRE(processes.write_stdin(container.spec.id, ExecId(), "one\n").ok());
  container.settle();
  CHECK(container.output().out == "one\n");
  CHECK_FALSE(container.ended());
  REQUIRE(processes.close_stdin(container.spec.id, ExecId()).ok());
  container.settle();
  CHECK(container.output().code == 0);

  // The shell reads a buffer of its script at once, as the real one: nothing is left for `read`.
  CHECK(container.run({"sh"}, "echo a\nread x\nhello\necho [$x]\nexit 4\n") == Output{"a\n[]\n", "sh: hello: not found\n", 4});
  REQUIRE(container.start({"sh"}).ok());
  for (const char* line : {"read x\n", "hello\n", "echo [$x]\n"}) {
    REQUIRE(processes.write_stdin(container.spec.id, ExecId(), line).ok());
    container.settle();
  }
  CHECK(container.output().out == "[hello]\n");
  REQUIRE(processes.close_stdin(container.spec.id, ExecId()).ok());
  container.settle();
  container.spec.process.open_stdin = false;
  REQUIRE(container.start({"cat"}).ok());
  const auto refused = processes.write_stdin(container.spec.id, ExecId(), "x");
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == "process.no-stdin");
  container.settle();
  CHECK(container.output().code == 0);
}

TEST_CASE("a terminal echoes, edits a line, ends on ^D, interrupts on ^C, and shows busybox's prompt") {
  TestContainer container("busybox");
  container.spec.process.open_stdin = container.spec.process.tty = true;
  auto& processes = container.world.processes();
  const auto type = [&](std::string_view keys) {
    REQUIRE(processes.write_stdin(container.spec.id, ExecId(), keys).ok());
    container.settle();
  };
  REQUIRE(container.start({"sh"}).ok());
  container.settle();
  // As recorded from the real one, byte for byte.
  CHECK(container.output().out == std::string(kBanner) + "/ # \033[6n");
  container.seen.by_exec[""].output.out.clear();
  type("\033[24;5R");  // the terminal's answer is no text
  type("echo hi\r");
  CHECK(container.output().out == "echo hi\r\nhi\r\n/ # \033[6n");
  container.seen.by_exec[""].output.out.clear();
  type("nosuch\n");
  CHECK(container.output().out == "nosuch\r\nsh: nosuch: not found\r\n/ # \033[6n");
  container.seen.by_exec[""].output.out.clear();
  type("cat\n");
  type("abc\n");
  type("\x04");
  CHECK(container.output().out == "cat\r\nabc\r\nabc\r\n/ # \033[6n");
  container.seen.by_exec[""].output.out.clear();
  type("sleep 10\n");
  type("\x03");
  CHECK(container.output().out == "sleep 10\r\n^C\r\n/ # \033[6n");
  container.seen.by_exec[""].output.out.clear();
  type("abc\x7f\x7f\n");
  CHECK(container.output().out == "abc\b\033[J\b\033[J\r\nsh: a: not found\r\n/ # \033[6n");
  container.seen.by_exec[""].output.out.clear();
  type("if true\n");
  type("then echo x\n");
  type("fi\n");
  CHECK(container.output().out == "if true\r\n> \033[6nthen echo x\r\n> \033[6nfi\r\nx\r\n/ # \033[6n");
  container.seen.by_exec[""].output.out.clear();
  type("ab\x03");
  CHECK(container.output().out == "ab^C\r\n/ # \033[6n");
  container.seen.by_exec[""].output.out.clear();
  type("cd /etc\n");
  CHECK(container.output().out == "cd /etc\r\n/etc # \033[6n");
  CHECK(processes.resize(container.spec.id, ExecId(), 50, 120).ok());
  REQUIRE(processes.signal(container.spec.id, 15).ok());  // an interactive shell ignores it
  container.settle();
  CHECK_FALSE(container.ended());
  type("\x04");
  CHECK(container.output().code == 0);
}

TEST_CASE("a program on a terminal without a shell: pid 1 does not die of ^C") {
  TestContainer container("busybox");
  container.spec.process.tty = container.spec.process.open_stdin = true;
  REQUIRE(container.start({"sleep", "10"}).ok());
  container.settle();
  REQUIRE(container.world.processes().write_stdin(container.spec.id, ExecId(), "\x03").ok());
  container.settle();
  CHECK(container.output().out == "^C");
  CHECK_FALSE(container.ended());
  container.finish();
  CHECK(container.output().code == 0);
}

TEST_CASE("the log keeps what the first process wrote across restarts, until it is forgotten") {
  TestContainer container("busybox");
  CHECK(container.sh("echo one; echo err >&2").code == 0);
  CHECK(container.sh("echo two").code == 0);
  std::vector<std::string> lines;
  const auto read = [&](size_t most) {
    lines.clear();
    CHECK(container.world.processes().read_log(container.spec.id, [&](const engine::LogRecord& record) {
      lines.push_back((record.stream == engine::StdStream::Err ? "2:" : "1:") + record.bytes);
      return lines.size() < most;
    }).ok());
  };
  read(10);
  CHECK(lines == std::vector<std::string>{"1:one\n", "2:err\n", "1:two\n"});
  read(1);
  CHECK(lines.size() == 1);
  container.world.processes().forget(container.spec.id);
  read(10);
  CHECK(lines.empty());
}

TEST_CASE("pipes have room for 64 KiB: a writer waits, and dies when nobody reads") {
  TestContainer container("busybox");
  CHECK(container.sh("yes | head -n 1").out == "y\n");
  CHECK(container.sh("seq 1 100000 | tail -n 1").out == "100000\n");
  CHECK(container.sh("(yes; echo $? >&2) | head -n 1").err == "141\n");
  CHECK(container.sh("yes > /dev/null & kill -9 $!; wait $!; echo $?").out == "137\n");
}

TEST_CASE("tail -f shows what is added, and a first process that follows /dev/null waits for ever without a timer") {
  TestContainer container("busybox");
  container.write("/tmp/log", "a\n");
  REQUIRE(container.start({"tail", "-f", "/tmp/log"}).ok());
  container.settle();
  CHECK(container.output().out == "a\n");
  REQUIRE(container.world.processes().exec(container.spec.id, ExecId("e"), exec_spec({"sh", "-c", "echo b >> /tmp/log"}), nullptr).ok());
  container.settle();
  CHECK(container.output().out == "a\nb\n");
  REQUIRE(container.world.processes().signal(container.spec.id, 9).ok());
  container.settle();
  REQUIRE(container.start({"tail", "-f", "/dev/null"}).ok());
  container.settle();
  CHECK_FALSE(container.ended());
  CHECK_FALSE(container.world.processes().next_timer().has_value());
}

TEST_CASE("a read-only root refuses changes, but not those of /dev/null and of provided files") {
  TestContainer container("busybox");
  container.spec.readonly_root = true;
  container.spec.files = {{"/etc/hosts", "127.0.0.1 localhost\n"}};
  const Output output = container.sh("echo x > /f; mkdir /d; rm /etc/passwd; touch /etc/group; echo ok > /dev/null; echo more >> /etc/hosts; cat /etc/hosts");
  CHECK(output.out == "127.0.0.1 localhost\nmore\n");
  CHECK(output.err ==
        "sh: can't create /f: Read-only file system\nmkdir: can't create directory '/d': Read-only file system\nrm: can't remove '/etc/passwd': Read-only file system\ntouch: /etc/group: Read-only file system\n");
}

TEST_CASE("an ordinary user is held back by permissions and is who it is") {
  TestContainer container("busybox");
  container.spec.process.uid = container.spec.process.gid = 1000;
  const Output output = container.sh("id; id -un; echo x > /etc/x; cat /etc/shadow; echo $?; touch /tmp/mine; stat -c '%u %g' /tmp/mine; kill -9 1; whoami");
  CHECK(output.out.find("uid=1000 gid=1000\n") == 0);
  CHECK(output.out.find("1000 1000\n") != std::string::npos);
  CHECK(output.err.find("can't create /etc/x: Permission denied") != std::string::npos);
  CHECK(output.err.find("whoami: unknown uid 1000\n") != std::string::npos);
}

TEST_CASE("a limit of processes is kept, and endless work is refused plainly") {
  TestContainer container("busybox");
  container.spec.limits.pids = 5;
  const Output output = container.sh("f() { f | f; }; f");
  CHECK(output.code != 0);
  CHECK(output.err.find("can't fork: Resource temporarily unavailable") != std::string::npos);
  container.spec.limits.pids = 0;
  const Output deep = container.sh("f() { f; }; f");
  CHECK(deep == Output{"", "strates-sim: sh: not supported: more than 200 nested functions\n", 2});
  std::string nested(500, '(');
  CHECK(container.sh(nested).err.find("strates-sim: sh: not supported: nesting deeper than") == 0);
  CHECK(container.sh("echo $((" + std::string(5000, '(') + "1" + std::string(5000, ')') + "))").code == 2);
}

TEST_CASE("what is not simulated is refused plainly, never guessed") {
  TestContainer container("busybox");
  for (const std::string script : {"awk 1", "mount x y", "md5sum /etc/passwd", "ls --nosuch", "ls -Z", "sed x", "alias a=b", "[[ a ]]", "echo <(ls)", "ulimit -n 5", "grep '\\(a\\)\\1' x", "find / -exec ls {} +", "date -s 1", "set -o nosuch", "echo <<<x"}) {
    INFO(script);
    const Output output = container.sh(script);
    CHECK(output.out.empty());
    CHECK(output.err.rfind("strates-sim: ", 0) == 0);
    CHECK(output.err.find("not supported") != std::string::npos);
    CHECK(output.code != 0);
  }
}

TEST_CASE("a loop that starts jobs for ever does not fill the process table with ended ones") {
  TestContainer container("busybox");
  container.spec.limits.pids = 20;
  const Output output = container.sh("i=0; while [ $i -lt 200 ]; do i=$((i+1)); true & sleep 1; done; ps | wc -l");
  CHECK(output.err.empty());
  CHECK(output.out == "4\n");  // the title, the shell, ps, wc
  CHECK(container.sh("(sleep 1 & exec sleep 3) & sleep 2; ps > /tmp/p; grep -c '[[]sleep[]]' /tmp/p; wait").out == "1\n");  // nobody waits for it: a zombie
  CHECK(container.sh("sh -c 'sleep 2 & exit'; sleep 1; ps -o pid,ppid,args | grep 'sleep 2'").out.find("    1 sleep 2") != std::string::npos);  // an orphan is pid 1's
}

TEST_CASE("the table of programs is sorted, and every applet it names runs") {
  const std::vector<std::string> applets = busybox_applets();
  CHECK(std::is_sorted(applets.begin(), applets.end()));
  CHECK(applets.size() > 55);
  TestContainer container("busybox");
  for (const std::string& applet : applets) {
    INFO(applet);
    CHECK(container.file("/bin/" + applet).rfind("#!strates-sim busybox", 0) == 0);
    if (applet == "yes" || applet == "sh" || applet == "ash") continue;
    CHECK(container.sh(applet + " < /dev/null > /dev/null 2>&1; [ $? -ne 126 ] && echo ran").out == "ran\n");
  }
}

TEST_CASE("the same container run twice does the same, to the byte and to the nanosecond") {
  const auto story = [] {
    TestContainer container("busybox");
    const Output output = container.sh("(sleep 2; echo b) & (sleep 1; echo a) & wait; echo $RANDOM $$; mktemp; yes | head -n 1000 | sha256sum; ps; date");
    std::string told = output.out + output.err;
    for (const Nanos at : container.seen.by_exec[""].times) told += std::to_string(at) + " ";
    return told;
  };
  const std::string told = story();
  CHECK(told == story());
  CHECK(told.rfind("a\nb\n", 0) == 0);
}

}  // namespace strates::sim::testing
