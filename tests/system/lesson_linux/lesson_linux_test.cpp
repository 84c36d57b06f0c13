// The course's lesson with real containers. It needs a Debian image, made from Debian's archive once and kept below the build folder.
#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <regex>

#include "tests/system/harness/daemon.hpp"
#include "tests/support/places.hpp"

using namespace strates::system_test;
namespace fs = std::filesystem;

namespace {

// False, with the reason printed, when the image cannot be made. Its archive is kept where the next run finds it.
bool prepare_debian(Daemon& daemon) {
  Options options;
  options.limit = Milliseconds(400'000);
  options.env = {{"XDG_CACHE_HOME", strates::testing::binary_dir() + "/cache"}};
  const auto result = daemon.strates({"images", "prepare", "debian"}, options);
  return result.exit == 0 || !skipped("no Debian image: " + result.all());
}

}  // namespace

TEST_CASE("the lesson on copy-on-write plays with real containers, all checks passed") {
  if (skipped(why_not(World::Linux)) || skipped(fs::exists(program("strates-learn")) ? "" : "strates-learn is not built")) return;
  const TemporaryRoot root;
  LeakWatch watch(root);
  Daemon daemon(root, World::Linux);
  if (prepare_debian(daemon)) {
    for (int round = 0; round < 2; ++round) {
      Options options;
      options.limit = Milliseconds(180'000);
      const auto result = daemon.strates({"learn", "--lessons", strates::testing::source_dir() + "/lessons/cours", "--host", daemon.host(), "--auto", "04-images/copie-sur-ecriture"}, options);
      CHECK_MESSAGE(result.exit == 0, "exit " << result.exit << ":\n" << result.all() << "\ndaemon:\n" << daemon.log());
      std::smatch found;
      REQUIRE_MESSAGE(std::regex_search(result.out, found, std::regex("Lesson finished: ([0-9]+) checks passed of ([0-9]+)")), result.all());
      CHECK(found[1] == found[2]);
      CHECK_MESSAGE(result.out.find("real containers") != std::string::npos, result.out.substr(0, 400));
    }
  }
  daemon.docker("docker rm -f $(docker ps -aq) 2>/dev/null");
  CHECK(daemon.stop() == 0);
  const auto left = watch.left();
  CHECK_MESSAGE(left.empty(), joined(left));
}
