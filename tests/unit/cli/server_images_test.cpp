// The servers that `images prepare` builds: what they are called, and where their recipes are.
#include <doctest/doctest.h>

#include <algorithm>

#include "base/strings.hpp"
#include "cli/file_source.hpp"
#include "cli/prepare/base_image.hpp"

using namespace strates;
using namespace strates::cli;

TEST_CASE("every server has its recipe, which stands on the base image that it names") {
  REQUIRE(!server_images().empty());
  for (const ServerImage& image : server_images()) {
    const auto folder = recipe_folder(image.name);
    REQUIRE_MESSAGE(folder.ok(), folder.error().message());
    const auto recipe = read_file(folder.value() + "/Dockerfile", 1 << 20);
    REQUIRE(recipe.ok());
    const std::vector<std::string> lines = split_lines(recipe.value());
    CHECK(std::find(lines.begin(), lines.end(), "FROM " + std::string(image.base)) != lines.end());
  }
  const auto absent = recipe_folder("no-such-server");
  REQUIRE(!absent.ok());
  CHECK(absent.error().code == "prepare.no-recipe");
}

TEST_CASE("a server is tagged with the versions that its Debian release has, and with none of a release that is not known") {
  CHECK(server_tags("nginx", "bookworm") == std::vector<std::string>{"1.22", "1", "bookworm"});
  CHECK(server_tags("postgres", "bookworm") == std::vector<std::string>{"15", "bookworm"});
  CHECK(server_tags("redis", "forky") == std::vector<std::string>{"forky"});
  CHECK(server_tags("redis", "").empty());
}

TEST_CASE("an archive that does not answer is told from a package that fails") {
  CHECK(says_unreachable("E: Failed to fetch http://archive/x.deb  Could not connect to archive:80"));
  CHECK(says_unreachable("W: Temporary failure resolving 'archive'"));
  CHECK_FALSE(says_unreachable("dpkg: error processing package nginx (--configure):"));
}
