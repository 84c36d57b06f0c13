// Volumes: saved and restored by tar, and kill -9 of the daemon at any moment of their making, filling and removal.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>

#include "tests/system/harness/daemon.hpp"

using namespace strates::system_test;
namespace fs = std::filesystem;

namespace {

std::string ok(Daemon& daemon, const std::string& script) {
  const auto result = daemon.docker(script);
  REQUIRE_MESSAGE(result.exit == 0, script << "\n" << result.all() << daemon.log());
  return result.out;
}

void finish(Daemon& daemon, LeakWatch& watch) {
  daemon.docker("docker rm -f $(docker ps -aq) 2>/dev/null");
  CHECK(daemon.stop() == 0);
  const auto left = watch.left();
  CHECK_MESSAGE(left.empty(), "left behind:\n" << joined(left));
}

// The folders of volumes on the disk, whatever the engine says of them.
std::vector<std::string> folders(const TemporaryRoot& root) {
  auto out = paths_below(root.daemon_root() + "/volumes", 1);
  std::sort(out.begin(), out.end());
  return out;
}

std::vector<std::string> names(Daemon& daemon) {
  std::vector<std::string> out;
  std::string line;
  const std::string text = ok(daemon, "docker volume ls -q");
  for (const char c : text) {
    if (c != '\n') line += c;
    else out.push_back(std::exchange(line, {}));
  }
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace

TEST_CASE("a volume is saved into a tar by a container and restored into another, with owners, modes and links") {
  if (skipped(why_not(World::Linux))) return;
  const TemporaryRoot root;
  LeakWatch watch(root);
  Daemon daemon(root, World::Linux, Network::Test);
  daemon.prepare({"busybox"});
  ok(daemon, "docker run --rm -v data:/d busybox sh -c 'mkdir -p /d/sub; echo kept > /d/sub/file; chmod 640 /d/sub/file; chown 7:8 /d/sub/file; ln -s sub/file /d/link; ln /d/sub/file /d/hard'");
  ok(daemon, "docker run --rm -v data:/d:ro -v \"$PWD\":/b busybox tar cf /b/backup.tar -C /d . && docker volume rm data");
  ok(daemon, "docker run --rm -v other:/d -v \"$PWD\":/b:ro busybox tar xf /b/backup.tar -C /d");
  CHECK(ok(daemon, "docker run --rm -v other:/d busybox sh -c 'cat /d/link; stat -c \"%a %u:%g %h\" /d/hard; readlink /d/link'") == "kept\n640 7:8 2\nsub/file\n");
  ok(daemon, "docker volume rm other");
  finish(daemon, watch);
}

TEST_CASE("a volume's files leave and come back by docker cp, in both worlds") {
  for (const World world : {World::Sim, World::Linux}) {
    if (skipped(why_not(world))) continue;
    const TemporaryRoot root;
    LeakWatch watch(root);
    Daemon daemon(root, world, Network::Test);
    daemon.prepare({"busybox"});
    ok(daemon, "docker run --name from -v data:/d busybox sh -c 'mkdir /d/sub; echo kept > /d/sub/file; chmod 640 /d/sub/file'");
    ok(daemon, "docker cp from:/d/. - > backup.tar && docker rm from && docker volume rm data");
    ok(daemon, "docker create --name to -v other:/d busybox cat /d/sub/file && docker cp - to:/d < backup.tar");
    CHECK(ok(daemon, "docker start -a to") == "kept\n");
    CHECK(ok(daemon, "docker rm to && docker run --rm -v other:/d busybox stat -c %a /d/sub/file") == "to\n640\n");
    ok(daemon, "docker volume rm other");
    finish(daemon, watch);
  }
}

TEST_CASE("killed at any moment of a volume's making, filling and removal, the daemon loses nothing and leaves nothing") {
  if (skipped(why_not(World::Linux))) return;
  const TemporaryRoot root;
  LeakWatch watch(root);
  root.write("full/Dockerfile", "FROM busybox\nRUN mkdir /full && i=0; while [ $i -lt 400 ]; do echo $i > /full/$i; i=$((i+1)); done\nVOLUME /full\n");
  auto daemon = std::make_unique<Daemon>(root, World::Linux, Network::Test);
  daemon->prepare({"busybox"});
  ok(*daemon, "docker build -q -t full:1 full && docker run --rm -v kept:/k busybox sh -c 'echo safe > /k/file'");
  struct Stage {
    std::string what, before, script;
  };
  const Stage stages[] = {
      {"making", "true", "docker volume create fresh"},
      {"filling", "true", "docker create --name filler -v fresh:/full full:1 sh -c 'ls /full | wc -l'"},
      {"removal", "docker create --name filler -v fresh:/full full:1 true && docker rm filler", "docker volume rm fresh"},
  };
  for (const auto& stage : stages)
    for (const int wait : {0, 2, 5, 10, 20, 40, 80}) {
      CAPTURE(stage.what);
      CAPTURE(wait);
      ok(*daemon, stage.before);
      auto client = daemon->start_docker(stage.script);
      pause_for(Milliseconds(wait));
      daemon->kill9();
      client.wait(Milliseconds(10'000));
      daemon = std::make_unique<Daemon>(root, World::Linux, Network::Test);
      // What the engine knows is what lies on the disk, and what was there before is whole.
      CHECK(folders(root) == names(*daemon));
      CHECK(ok(*daemon, "docker run --rm -v kept:/k busybox cat /k/file") == "safe\n");
      // Whole or new: a volume that was being filled is filled by the next container that uses it.
      CHECK(ok(*daemon, "docker rm -f filler >/dev/null 2>&1; docker run --rm -v fresh:/full full:1 sh -c 'ls /full | wc -l'") == "400\n");
      ok(*daemon, "docker volume rm fresh");
      CHECK(folders(root) == std::vector<std::string>{"kept"});
    }
  ok(*daemon, "docker volume rm kept");
  finish(*daemon, watch);
}
