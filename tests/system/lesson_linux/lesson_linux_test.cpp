// The course's lessons with real containers. It needs a Debian image, made from Debian's archive once and kept below the build folder.
#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <regex>

#include "base/json_full.hpp"
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

TEST_CASE("every lesson plays with real containers, in the terminal, all checks passed") {
  if (skipped(why_not(World::Linux)) || skipped(fs::exists(program("strates-learn")) ? "" : "strates-learn is not built")) return;
  const TemporaryRoot root;
  LeakWatch watch(root);
  Daemon daemon(root, World::Linux);
  const std::string folder = strates::testing::source_dir() + "/lessons/cours";
  if (prepare_debian(daemon)) {
    daemon.prepare({"busybox", "hello-world"});
    Options options;
    options.limit = Milliseconds(180'000);
    const auto listed = daemon.strates({"learn", "--lessons", folder, "--list", "--json"}, options);
    const auto lessons = strates::parse_json(listed.out);
    REQUIRE_MESSAGE(lessons.ok(), listed.all());
    for (const auto& lesson : lessons.value()) {
      const std::string id = strates::json_string(lesson, "id");
      CAPTURE(id);
      const auto result = daemon.strates({"learn", "--lessons", folder, "--host", daemon.host(), "--auto", id}, options);
      CHECK_MESSAGE(result.exit == 0, "exit " << result.exit << ":\n" << result.all() << "\ndaemon:\n" << daemon.log());
      std::smatch found;
      REQUIRE_MESSAGE(std::regex_search(result.out, found, std::regex("Lesson finished: ([0-9]+) checks passed of ([0-9]+)")), result.all());
      CHECK(found[1] == found[2]);
      CHECK_MESSAGE(result.out.find("real containers") != std::string::npos, result.out.substr(0, 400));
    }
    // In the window's terminal, too.
    if (fs::exists(program("strates-view"))) {
      const auto view = daemon.strates({"view", "--lessons", folder, "--host", daemon.host(), "--lesson", "copie-sur-ecriture", "--dump", "-"}, options);
      CHECK_MESSAGE(view.exit == 0, view.all());
      CHECK_MESSAGE(view.out.find("Lesson finished") != std::string::npos, view.out);
      CHECK_MESSAGE(view.out.find("mistake ") == std::string::npos, view.out);
    }
  }
  daemon.docker("docker rm -f $(docker ps -aq) 2>/dev/null");
  CHECK(daemon.stop() == 0);
  const auto left = watch.left();
  CHECK_MESSAGE(left.empty(), joined(left));
}
