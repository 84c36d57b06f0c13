// Programs that others wrote, unmodified, against our daemon: Debian's python3-docker.
#include <doctest/doctest.h>

#include "tests/support/places.hpp"
#include "tests/system/harness/daemon.hpp"

using namespace strates::system_test;

namespace {

void check_python(World world) {
  if (skipped(why_not(world))) return;
  const std::string python = "/usr/bin/python3";  // Debian's own: the package is for it
  if (skipped(run({python, "-c", "import docker"}).exit == 0 ? "" : "python3-docker is not installed")) return;
  const TemporaryRoot root;
  LeakWatch watch(root);
  {
    Daemon daemon(root, world);
    daemon.prepare({"busybox"});
    Options options;
    options.limit = Milliseconds(240'000);
    const auto result = run({python, strates::testing::source_dir() + "/tests/system/clients/docker_py.py", daemon.host()}, options);
    CHECK_MESSAGE(result.exit == 0, result.all() << "\ndaemon:\n" << daemon.log());
    CHECK_MESSAGE(result.out.find("\ndone ") != std::string::npos, result.out);
    daemon.docker("docker rm -f $(docker ps -aq) 2>/dev/null; docker volume prune -f");
    CHECK(daemon.stop() == 0);
  }
  const auto left = watch.left();
  CHECK_MESSAGE(left.empty(), joined(left));
}

}  // namespace

TEST_CASE("python3-docker does what programs do with it, with real containers") { check_python(World::Linux); }
TEST_CASE("python3-docker does what programs do with it, in the simulator") { check_python(World::Sim); }
