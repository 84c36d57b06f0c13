// kill -9 of the daemon: what was committed stays, what was not is cleaned up by the next start, and a container that ran goes on.
#include <doctest/doctest.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>

#include "tests/system/harness/daemon.hpp"

using namespace strates::system_test;
namespace fs = std::filesystem;

namespace {

constexpr const char* kSurvivor =
    "docker run -d --name survivor busybox sh -c 'i=0; while [ $i -lt 3000 ]; do echo tick $i; i=$((i+1)); sleep 0.1; done'";

std::string trimmed(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  return text;
}

int pid_of(Daemon& daemon, const std::string& name) { return std::atoi(daemon.docker("docker inspect -f '{{.State.Pid}}' " + name).out.c_str()); }

size_t count_ticks(const std::string& log) {
  size_t count = 0;
  for (size_t at = 0; (at = log.find("tick ", at)) != std::string::npos; at += 5) ++count;
  return count;
}

// Its log has every line once, from 0 on.
void check_log(const std::string& log) {
  std::string expected;
  const size_t count = count_ticks(log);
  for (size_t i = 0; i < count; ++i) expected += "tick " + std::to_string(i) + "\n";
  CHECK(log == expected);
}

// A folder with many files, to copy in a build.
void write_many_files(const TemporaryRoot& root, const std::string& folder, int count) {
  for (int i = 0; i < count; ++i) root.write(folder + "/files/" + std::to_string(i % 20) + "/" + std::to_string(i), std::string(2000, static_cast<char>('a' + i % 26)));
}

std::string only_line(Daemon& daemon, const std::string& script) { return trimmed(daemon.docker(script).out); }

struct Facts {
  std::string images, containers;
  std::vector<std::string> files;
};

Facts facts_of(Daemon& daemon) {
  return {only_line(daemon, "docker images -a --no-trunc --format '{{.ID}} {{.Repository}}:{{.Tag}}' | sort"), only_line(daemon, "docker ps -a --no-trunc --format '{{.ID}} {{.Names}}' | sort"),
          stored(daemon.root())};
}

void check_same(const Facts& before, const Facts& after) {
  CHECK(before.images == after.images);
  CHECK(before.containers == after.containers);
  // The engine's own layer of mount points (init/) is made again when a container needs it.
  const auto without_init = [](std::vector<std::string> paths) {
    std::erase_if(paths, [](const std::string& path) { return path.starts_with("init/"); });
    return paths;
  };
  const std::string more = added(before.files, after.files), less = added(after.files, without_init(before.files));
  CHECK_MESSAGE(more.empty(), "left in the store:\n" << more);
  CHECK_MESSAGE(less.empty(), "lost from the store:\n" << less);
}

void stop_and_check(Daemon& daemon, LeakWatch& watch) {
  daemon.docker("docker rm -f $(docker ps -aq)");
  const int code = daemon.stop();
  CHECK_MESSAGE(code == 0, "the daemon ended with " << code << ":\n" << daemon.log());
  const auto left = watch.left();
  CHECK_MESSAGE(left.empty(), "left behind:\n" << joined(left));
}

}  // namespace

TEST_CASE("a container goes on when the daemon is killed during a build, and the next daemon has it with its log") {
  if (skipped(why_not(World::Linux))) return;
  const TemporaryRoot root;
  LeakWatch watch(root);
  root.write("kept/Dockerfile", "FROM busybox\nRUN echo kept > /kept\nCMD cat /kept\n");
  root.write("dies/Dockerfile", "FROM busybox\nRUN echo first > /first\nRUN echo begun; echo half > /half; sleep 300\n");
  auto daemon = std::make_unique<Daemon>(root, World::Linux, Network::Test);
  daemon->prepare({"busybox"});
  const auto built = daemon->docker("docker build -q -t kept:1 kept");
  REQUIRE_MESSAGE(built.exit == 0, built.all());
  const auto started = daemon->docker(kSurvivor);
  REQUIRE_MESSAGE(started.exit == 0, started.all());
  watch.add_container(trimmed(started.out));
  const auto ends = daemon->docker("docker run -d --name ends busybox sh -c 'echo working; sleep 2; echo done; exit 7'");
  REQUIRE_MESSAGE(ends.exit == 0, ends.all());
  watch.add_container(trimmed(ends.out));
  // The first step is committed before the crash and stays in the cache.
  auto first = daemon->docker("printf 'FROM busybox\\nRUN echo first > /first\\n' | docker build -q -");
  REQUIRE_MESSAGE(first.exit == 0, first.all());
  const auto before = facts_of(*daemon);

  auto build = daemon->start_docker("docker build -t dies:1 dies");
  REQUIRE_MESSAGE(build.wait_for_output("begun"), build.out() << build.err() << daemon->log());
  CHECK(build.out().find("Using cache") != std::string::npos);
  const int survivor = pid_of(*daemon, "survivor");
  REQUIRE(is_alive(survivor));
  const auto ids = daemon->docker("docker ps -q --no-trunc");
  auto waiting = daemon->start_docker("docker attach survivor");
  REQUIRE(waiting.wait_for_output("tick"));
  daemon->kill9();
  const auto client = build.wait(Milliseconds(10'000));
  CHECK_FALSE(client.timed_out);
  CHECK(client.exit != 0);
  // Who waits for a container's end hears what Docker's client would say.
  const auto waited = waiting.wait(Milliseconds(10'000));
  CHECK(waited.exit == 125);
  CHECK_MESSAGE(waited.err.find("level=error msg=\"error waiting for container: unexpected EOF\"") != std::string::npos, waited.err);
  // The other one ends while nobody is there.
  pause_for(Milliseconds(2500));
  CHECK(is_alive(survivor));

  daemon = std::make_unique<Daemon>(root, World::Linux, Network::Test);
  CHECK(is_alive(survivor));
  CHECK(pid_of(*daemon, "survivor") == survivor);
  const auto ps = daemon->docker("docker ps -a --format '{{.Names}} {{.State}}' | sort");
  CHECK(ps.out == "ends exited\nsurvivor running\n");
  CHECK(only_line(*daemon, "docker inspect -f '{{.State.ExitCode}}' ends") == "7");
  CHECK(daemon->docker("docker logs ends").out == "working\ndone\n");
  check_same(before, facts_of(*daemon));
  CHECK(daemon->docker("docker run --rm kept:1").out == "kept\n");

  // The survivor is a container like any other.
  const auto log = daemon->docker("docker logs survivor").out;
  check_log(log);
  CHECK(count_ticks(log) > 20);
  CHECK(eventually([&] { return count_ticks(daemon->docker("docker logs survivor").out) > count_ticks(log); }));
  auto follower = daemon->start_docker("docker logs -f --tail 0 survivor");
  CHECK(follower.wait_for_output("tick "));
  follower.signal(SIGTERM);
  follower.wait();
  const auto exec = daemon->docker("docker exec survivor sh -c 'echo inside; exit 3'");
  CHECK_MESSAGE((exec.exit == 3 && exec.out == "inside\n"), exec.all());
  const auto stop = daemon->docker("docker stop -t 0 survivor");
  CHECK_MESSAGE((stop.exit == 0 && stop.out == "survivor\n"), stop.all());
  CHECK_FALSE(is_alive(survivor));
  CHECK(only_line(*daemon, "docker inspect -f '{{.State.Status}} {{.State.ExitCode}}' survivor") == "exited 137");
  const auto again = daemon->docker("docker start survivor && docker rm -f survivor");
  CHECK_MESSAGE(again.exit == 0, again.all());
  // The build starts again from the step that was committed.
  root.write("dies/Dockerfile", "FROM busybox\nRUN echo first > /first\nRUN echo begun; echo half > /half\n");
  const auto rebuilt = daemon->docker("docker build -t dies:1 dies");
  CHECK_MESSAGE((rebuilt.exit == 0 && rebuilt.out.find("Using cache") != std::string::npos), rebuilt.all());
  stop_and_check(*daemon, watch);
}

TEST_CASE("killed at any moment of a build that copies many files, the daemon loses nothing and leaves nothing") {
  if (skipped(why_not(World::Linux))) return;
  const TemporaryRoot root;
  LeakWatch watch(root);
  write_many_files(root, "many", 3000);
  root.write("many/Dockerfile", "FROM busybox\nCOPY files /files\nRUN rm -r /files/3 && echo x > /files/4/new\nCOPY files/5 /again\n");
  auto daemon = std::make_unique<Daemon>(root, World::Linux, Network::Test);
  daemon->prepare({"busybox"});
  const auto kept = daemon->docker("docker run --name work busybox sh -c 'echo kept > /kept' && docker commit work kept:1 && docker rm work");
  REQUIRE_MESSAGE(kept.exit == 0, kept.all());
  // How long it takes when nobody dies; the moments are spread over it. Its images go again, so that every trial builds all of it.
  const auto clock = [] { return std::chrono::steady_clock::now(); };
  auto from = clock();
  const auto whole = daemon->docker("docker build -q -t many:1 many");
  const auto length = std::chrono::duration_cast<Milliseconds>(clock() - from);
  REQUIRE_MESSAGE(whole.exit == 0, whole.all());
  REQUIRE(daemon->docker("docker rmi -f many:1").exit == 0);
  const auto before = facts_of(*daemon);
  constexpr int kMoments = 8;
  for (int moment = 0; moment < kMoments; ++moment) {
    CAPTURE(moment);
    CAPTURE(length.count());
    auto build = daemon->start_docker("docker build -t many:1 many");
    pause_for(length * (2 * moment + 1) / (2 * kMoments));
    daemon->kill9();
    build.wait(Milliseconds(10'000));
    daemon = std::make_unique<Daemon>(root, World::Linux, Network::Test);
    // Steps that were committed are images now; without them all is as before.
    daemon->docker("docker rmi -f many:1; docker rmi $(docker images -aq --filter dangling=true)");
    check_same(before, facts_of(*daemon));
    CHECK(daemon->docker("docker run --rm kept:1 cat /kept").out == "kept\n");
  }
  const auto at_last = daemon->docker("docker build -q -t many:1 many && docker run --rm many:1 sh -c 'find /files -type f | wc -l; cat /files/4/new; ls /again | wc -l'");
  CHECK_MESSAGE((at_last.exit == 0 && at_last.out.find("2851\nx\n150\n") != std::string::npos), at_last.all());
  stop_and_check(*daemon, watch);
}

TEST_CASE("killed at any moment of a commit, the daemon has the whole image or none") {
  if (skipped(why_not(World::Linux))) return;
  const TemporaryRoot root;
  LeakWatch watch(root);
  auto daemon = std::make_unique<Daemon>(root, World::Linux, Network::Test);
  daemon->prepare({"busybox"});
  const auto made = daemon->docker("docker run --name big busybox sh -c 'i=0; while [ $i -lt 2000 ]; do echo content $i > /f$i; i=$((i+1)); done; dd if=/dev/urandom of=/blob bs=1M count=40 2>/dev/null'");
  REQUIRE_MESSAGE(made.exit == 0, made.all());
  const auto clock = [] { return std::chrono::steady_clock::now(); };
  const auto from = clock();
  REQUIRE(daemon->docker("docker commit big whole:1").exit == 0);
  const auto length = std::chrono::duration_cast<Milliseconds>(clock() - from);
  REQUIRE(daemon->docker("docker rmi whole:1").exit == 0);
  const auto before = facts_of(*daemon);
  constexpr int kMoments = 6;
  int whole = 0;
  for (int moment = 0; moment < kMoments; ++moment) {
    CAPTURE(moment);
    CAPTURE(length.count());
    auto commit = daemon->start_docker("docker commit big part:1");
    pause_for(length * (2 * moment + 1) / (2 * kMoments));
    daemon->kill9();
    const auto client = commit.wait(Milliseconds(10'000));
    daemon = std::make_unique<Daemon>(root, World::Linux, Network::Test);
    const bool there = !daemon->docker("docker images -q part:1").out.empty();
    // What the client was told is so.
    if (client.exit == 0) CHECK(there);
    if (there) {
      ++whole;
      CHECK(trimmed(daemon->docker("docker run --rm part:1 sh -c 'ls / | grep -c ^f; wc -c < /blob'").out) == "2000\n41943040");
      daemon->docker("docker rmi part:1");
    }
    daemon->docker("docker rmi $(docker images -aq --filter dangling=true)");
    check_same(before, facts_of(*daemon));
    CHECK(trimmed(daemon->docker("docker diff big | grep -c '^A /f'").out) == "2000");
  }
  MESSAGE("the commit was whole at " << whole << " of " << kMoments << " moments");
  stop_and_check(*daemon, watch);
}

TEST_CASE("a daemon that stops by itself leaves its containers, and they keep their output") {
  if (skipped(why_not(World::Linux))) return;
  const TemporaryRoot root;
  LeakWatch watch(root);
  auto daemon = std::make_unique<Daemon>(root, World::Linux, Network::Test);
  daemon->prepare({"busybox"});
  const auto started = daemon->docker(kSurvivor);
  REQUIRE_MESSAGE(started.exit == 0, started.all());
  watch.add_container(trimmed(started.out));
  const int pid = pid_of(*daemon, "survivor");
  CHECK(daemon->stop() == 0);
  CHECK(is_alive(pid));
  pause_for(Milliseconds(500));
  daemon = std::make_unique<Daemon>(root, World::Linux, Network::Test);
  CHECK(only_line(*daemon, "docker inspect -f '{{.State.Status}} {{.State.Pid}}' survivor") == "running " + std::to_string(pid));
  check_log(daemon->docker("docker logs survivor").out);
  CHECK(daemon->docker("docker kill survivor").exit == 0);
  CHECK(daemon->docker("docker wait survivor").out == "137\n");
  stop_and_check(*daemon, watch);
}

TEST_CASE("a daemon that dies while a container dies and its mount is gone starts again") {
  if (skipped(why_not(World::Linux))) return;
  const TemporaryRoot root;
  LeakWatch watch(root);
  auto daemon = std::make_unique<Daemon>(root, World::Linux, Network::Test);
  daemon->prepare({"busybox"});
  const auto started = daemon->docker(kSurvivor);
  REQUIRE_MESSAGE(started.exit == 0, started.all());
  watch.add_container(trimmed(started.out));
  const int pid = pid_of(*daemon, "survivor");
  daemon->kill9();
  // As at a power cut: everything of it dies at once, the monitor included.
  for (const int left : processes_of(root.daemon_root())) ::kill(left, SIGKILL);
  CHECK(eventually([&] { return !is_alive(pid) && processes_of(root.daemon_root()).empty(); }));
  daemon = std::make_unique<Daemon>(root, World::Linux, Network::Test);
  CHECK(only_line(*daemon, "docker inspect -f '{{.State.Running}}' survivor") == "false");
  CHECK(only_line(*daemon, "docker inspect -f '{{.State.ExitCode}}' survivor") != "0");
  check_log(daemon->docker("docker logs survivor").out);
  const auto again = daemon->docker("docker start survivor");
  CHECK_MESSAGE(again.exit == 0, again.all());
  stop_and_check(*daemon, watch);
}

TEST_CASE("restart policies and health checks go on over the death of the daemon") {
  if (skipped(why_not(World::Linux))) return;
  const TemporaryRoot root;
  LeakWatch watch(root);
  auto daemon = std::make_unique<Daemon>(root, World::Linux, Network::Test);
  daemon->prepare({"busybox"});
  const auto run = [&](const std::string& name, const std::string& options, const std::string& script) {
    const auto started = daemon->docker("docker run -d --network none --name " + name + " " + options + " busybox sh -c '" + script + "'");
    REQUIRE_MESSAGE(started.exit == 0, started.all());
    watch.add_container(trimmed(started.out));
  };
  run("survivor", "--restart always --health-cmd true --health-interval 200ms", "while :; do sleep 0.1; done");
  run("ends", "--restart always", "echo run; sleep 2; exit 3");
  run("stopped", "--restart unless-stopped", "sleep 1000");
  run("plain", "", "sleep 2; exit 4");
  REQUIRE(daemon->docker("docker stop -t 0 stopped").exit == 0);
  CHECK(eventually([&] { return only_line(*daemon, "docker inspect -f '{{.State.Health.Status}}' survivor") == "healthy"; }));
  const int pid = pid_of(*daemon, "survivor");
  daemon->kill9();
  pause_for(Milliseconds(2500));  // "ends" and "plain" end while nobody is there
  daemon = std::make_unique<Daemon>(root, World::Linux, Network::Test);
  CHECK(pid_of(*daemon, "survivor") == pid);
  CHECK(only_line(*daemon, "docker inspect -f '{{.State.Health.Status}}' survivor") == "healthy");
  // Its checks go on: there are results of this daemon.
  CHECK(eventually([&] { return only_line(*daemon, "docker inspect -f '{{len .State.Health.Log}}' survivor") == "5"; }));
  CHECK(eventually([&] { return daemon->docker("docker logs ends").out.find("run\nrun\n") == 0; }));
  CHECK(only_line(*daemon, "docker inspect -f '{{.State.Status}}' stopped") == "exited");
  CHECK(only_line(*daemon, "docker inspect -f '{{.State.Status}} {{.State.ExitCode}}' plain") == "exited 4");
  // And its policy: killed from outside, it comes back.
  ::kill(pid, SIGKILL);
  CHECK(eventually([&] {
    const int now = pid_of(*daemon, "survivor");
    return now != 0 && now != pid && is_alive(now);
  }));
  CHECK(only_line(*daemon, "docker inspect -f '{{.RestartCount}}' survivor") == "1");
  // A power cut: everything dies at once, and the next daemon starts what is to be started.
  daemon->kill9();
  for (const int left : processes_of(root.daemon_root())) ::kill(left, SIGKILL);
  CHECK(eventually([&] { return processes_of(root.daemon_root()).empty(); }));
  daemon = std::make_unique<Daemon>(root, World::Linux, Network::Test);
  CHECK(only_line(*daemon, "docker inspect -f '{{.State.Status}}' survivor") == "running");
  CHECK(only_line(*daemon, "docker inspect -f '{{.State.Status}}' stopped") == "exited");
  stop_and_check(*daemon, watch);
}
