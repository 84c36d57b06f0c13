// A commit takes a running container as it is at one moment; what copies from it or into it is told.
#include "sim_bench.hpp"

using namespace strates;
using namespace strates::engine;
using namespace strates::engine::test;

namespace {

CommitRequest commit_of(const std::string& container, bool pause) {
  CommitRequest out;
  out.container = container;
  out.pause = pause;
  return out;
}

std::vector<std::string> actions(SimBench& bench) {
  std::vector<std::string> out;
  for (const auto& [at, fact] : bench.facts<event::ContainerAction>()) out.push_back(fact.action);
  return out;
}

}  // namespace

TEST_CASE("a running container stands still while it is committed, unless told otherwise") {
  SimBench bench;
  bench.create(bench.request("box", "sleep 1000"));
  bench.start("box");
  REQUIRE(bench.engine->commit(commit_of("box", true)).ok());
  CHECK(bench.facts<event::ContainerPaused>().size() == 1);
  CHECK(bench.facts<event::ContainerUnpaused>().size() == 1);
  CHECK(bench.state("box").running());
  CHECK_FALSE(bench.state("box").paused);
  REQUIRE(bench.engine->commit(commit_of("box", false)).ok());
  CHECK(bench.facts<event::ContainerPaused>().size() == 1);
  // Also when it fails.
  auto bad = commit_of("box", true);
  bad.changes = {"RUN x"};
  CHECK_FALSE(bench.engine->commit(bad).ok());
  CHECK(bench.facts<event::ContainerPaused>().size() == 2);
  CHECK_FALSE(bench.state("box").paused);
  // Who paused it goes on having it paused.
  REQUIRE(bench.engine->pause("box").ok());
  REQUIRE(bench.engine->commit(commit_of("box", true)).ok());
  CHECK(bench.state("box").paused);
}

TEST_CASE("a container that does not run is committed without a pause") {
  SimBench bench;
  bench.create(bench.request("box", "true"));
  REQUIRE(bench.engine->commit(commit_of("box", true)).ok());
  CHECK(bench.facts<event::ContainerPaused>().empty());
  CHECK(bench.engine->commit(commit_of("nobody", true)).error().message() == "No such container: nobody");
}

TEST_CASE("copies out of a container and into it are told, those that fail are not") {
  SimBench bench;
  bench.create(bench.request("box", "true"));
  CHECK_FALSE(bench.engine->read_path("box", "/nothing").ok());
  CHECK(actions(bench).empty());
  REQUIRE(bench.engine->read_path("box", "/etc/passwd").ok());
  CHECK(actions(bench) == std::vector<std::string>{"archive-path"});
  StringSource empty(std::string(1024, '\0'));
  REQUIRE(bench.engine->write_path("box", "/tmp", empty, {}).ok());
  CHECK(actions(bench) == std::vector<std::string>{"archive-path", "extract-to-dir"});
}

TEST_CASE("a working folder that is a file is told when the container starts") {
  SimBench bench;
  auto request = bench.request("/box", "true");
  request.config.working_dir = "/etc/passwd";
  bench.create(request);
  CHECK(bench.get("box").name == "box");  // the slash is Docker's way of writing it
  CHECK(sentence(bench.engine->start("box")) == "Cannot mkdir: /etc/passwd is not a directory");
}
