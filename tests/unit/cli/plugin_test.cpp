// Strates as a plugin of Docker's client: what it answers, what it is called with, and the link that makes it one.
#include "cli/plugin_command.hpp"

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "cli/front.hpp"
#include "support.hpp"

using namespace strates;
using namespace strates::cli;
using namespace strates::cli::test;
namespace fs = std::filesystem;

namespace {

struct Scratch {
  Scratch() {
    std::string name = "/dev/shm/strates-plugin-XXXXXX";
    path = mkdtemp(name.data());
  }
  ~Scratch() { fs::remove_all(path); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  std::string plugin() const { return path + "/cli-plugins/docker-strates"; }
  std::string path;
};

using Words = std::vector<std::string>;

}  // namespace

TEST_CASE("a plugin says who it is in the form that Docker's client reads") {
  StringConsole console;
  CHECK(run_front("/home/x/.docker/cli-plugins/docker-strates", {"docker-cli-plugin-metadata"}, console) == 0);
  const Json told = parse_json(console.out_text).value();
  CHECK(told["SchemaVersion"] == "0.1.0");
  CHECK(told["Vendor"] == "Strates");
  CHECK_FALSE(told["Version"].get<std::string>().empty());
  CHECK_FALSE(told["ShortDescription"].get<std::string>().empty());
  // Under its own name the word is a command that does not exist.
  StringConsole plain;
  CHECK(run_front("strates", {"docker-cli-plugin-metadata"}, plain) == 2);
}

TEST_CASE("a plugin is called with all that was typed, and knows its own part") {
  const auto words = plugin_words({"--host", "unix:///x", "strates", "layers", "--json", "busybox"});
  REQUIRE(words.ok());
  CHECK(words.value().host == "unix:///x");
  CHECK(words.value().rest == Words{"layers", "--json", "busybox"});
  CHECK(plugin_words({"strates"}).value().rest.empty());
  CHECK(plugin_words({"help", "strates"}).value().rest == Words{"--help"});
  CHECK(plugin_words({"strates", "layers", "--help"}).value().rest == Words{"layers", "--help"});
  CHECK_FALSE(plugin_words({"--nope", "strates"}).ok());
  StringConsole console;
  CHECK(run_front("docker-strates", {"strates", "--help"}, console) == 0);
  CHECK(console.out_text.find("  layers ") != std::string::npos);
}

TEST_CASE("the link is made once, follows the program, and another file is never replaced") {
  const Scratch scratch;
  const std::string directory = scratch.path + "/cli-plugins";
  CHECK(install_plugin(directory, "/opt/one/strates").value());
  CHECK(fs::read_symlink(scratch.plugin()) == "/opt/one/strates");
  CHECK_FALSE(install_plugin(directory, "/opt/one/strates").value());
  CHECK(install_plugin(directory, "/opt/two/strates").value());
  CHECK(fs::read_symlink(scratch.plugin()) == "/opt/two/strates");
  CHECK(std::distance(fs::directory_iterator(directory), fs::directory_iterator()) == 1);
  CHECK(remove_plugin(directory).value());
  CHECK_FALSE(remove_plugin(directory).value());

  std::ofstream(scratch.plugin()) << "mine";
  for (const auto& refused : {install_plugin(directory, "/opt/one/strates"), remove_plugin(directory)}) {
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().code == "plugin.taken");
  }
  std::string kept;
  std::ifstream(scratch.plugin()) >> kept;
  CHECK(kept == "mine");
  fs::remove(scratch.plugin());
  fs::create_symlink("/opt/other/program", scratch.plugin());
  CHECK_FALSE(install_plugin(directory, "/opt/one/strates").ok());
  CHECK(fs::read_symlink(scratch.plugin()) == "/opt/other/program");
  CHECK(std::distance(fs::directory_iterator(directory), fs::directory_iterator()) == 1);
}
