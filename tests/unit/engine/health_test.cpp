// Health checks on virtual time.
#include <doctest/doctest.h>

#include "sim_bench.hpp"

using namespace strates;
using namespace strates::engine;
using namespace strates::engine::test;

namespace {

CreateRequest checked(SimBench& bench, const std::string& name, const std::string& check, int retries = 0) {
  CreateRequest request = bench.request(name, "sleep 1000");
  request.config.healthcheck = image::Healthcheck{{"CMD-SHELL", check}, kSecond, kSecond, 0, retries};
  return request;
}

Health health(SimBench& bench, const std::string& name) {
  const auto state = bench.state(name);
  REQUIRE(state.health.has_value());
  return *state.health;
}

std::vector<std::string> statuses(SimBench& bench) {
  std::vector<std::string> out;
  for (const auto& [at, fact] : bench.facts<event::HealthChanged>()) out.push_back(fact.status);
  return out;
}

}  // namespace

TEST_CASE("a container is starting until its check succeeds, and healthy then") {
  SimBench bench;
  bench.create(checked(bench, "web", "echo fine"));
  bench.start("web");
  CHECK(health(bench, "web").status == HealthStatus::Starting);
  CHECK(health(bench, "web").log.empty());
  bench.pass(kSecond / 2);
  CHECK(health(bench, "web").log.empty());
  bench.pass(kSecond);
  const Health found = health(bench, "web");
  CHECK(found.status == HealthStatus::Healthy);
  CHECK(found.failing_streak == 0);
  REQUIRE(found.log.size() == 1);
  CHECK(found.log[0].exit_code == 0);
  CHECK(found.log[0].output == "fine\n");
  CHECK(found.log[0].end >= found.log[0].start);
  CHECK(statuses(bench) == std::vector<std::string>{"starting", "healthy"});
}

TEST_CASE("so many failures in a row make it unhealthy, one success healthy again, and five results are kept") {
  SimBench bench;
  bench.create(checked(bench, "web", "test -e /ok || { echo missing; exit 2; }", 2));
  bench.start("web");
  bench.pass(3 * kSecond / 2);
  CHECK(health(bench, "web").status == HealthStatus::Starting);
  CHECK(health(bench, "web").failing_streak == 1);
  bench.pass(kSecond);
  CHECK(health(bench, "web").status == HealthStatus::Unhealthy);
  bench.pass(10 * kSecond);
  Health found = health(bench, "web");
  CHECK(found.failing_streak > 8);
  REQUIRE(found.log.size() == 5);
  CHECK(found.log[0].exit_code == 2);
  CHECK(found.log[0].output == "missing\n");
  ExecRequest touch;
  touch.command = {"touch", "/ok"};
  const auto exec = bench.engine->exec_create("web", touch);
  REQUIRE(exec.ok());
  REQUIRE(bench.engine->exec_start(exec.value(), nullptr, 0, 0).ok());
  bench.pass(2 * kSecond);
  found = health(bench, "web");
  CHECK(found.status == HealthStatus::Healthy);
  CHECK(found.failing_streak == 0);
  CHECK(statuses(bench) == std::vector<std::string>{"starting", "unhealthy", "healthy"});
}

TEST_CASE("failures in the start period do not count") {
  SimBench bench;
  CreateRequest request = checked(bench, "web", "exit 1", 1);
  request.config.healthcheck->start_period = 5 * kSecond;
  bench.create(request);
  bench.start("web");
  bench.pass(4 * kSecond);
  CHECK(health(bench, "web").status == HealthStatus::Starting);
  CHECK(health(bench, "web").failing_streak == 0);
  CHECK(health(bench, "web").log.size() >= 3);
  bench.pass(3 * kSecond);
  CHECK(health(bench, "web").status == HealthStatus::Unhealthy);
}

TEST_CASE("a probe that hangs fails at its time limit, is ended, and the next one waits for its end") {
  SimBench bench;
  bench.create(checked(bench, "web", "sleep 500", 1));
  bench.start("web");
  bench.pass(5 * kSecond / 2);
  const Health found = health(bench, "web");
  CHECK(found.status == HealthStatus::Unhealthy);
  REQUIRE_FALSE(found.log.empty());
  CHECK(found.log[0].exit_code == -1);
  CHECK(found.log[0].output == "Health check exceeded timeout (1s)");
  bench.pass(20 * kSecond);
  // One container process, and at most one probe: none piled up.
  CHECK(bench.engine->top("web", {}).value().rows.size() <= 3);
  CHECK(health(bench, "web").log.size() == 5);
}

TEST_CASE("output of a probe is kept up to 4096 bytes") {
  SimBench bench;
  bench.create(checked(bench, "web", "i=0; while [ $i -lt 600 ]; do echo 0123456789; i=$((i+1)); done"));
  bench.start("web");
  bench.pass(3 * kSecond / 2);
  const Health found = health(bench, "web");
  REQUIRE(found.log.size() == 1);
  CHECK(found.log[0].output.size() == 4096 + 3);
  CHECK(found.log[0].output.ends_with("..."));
}

TEST_CASE("a check that cannot be run is a failure with its reason") {
  SimBench bench;
  CreateRequest request = bench.request("web", "sleep 1000");
  request.config.healthcheck = image::Healthcheck{{"CMD", "no-such-program"}, kSecond, kSecond, 0, 1};
  bench.create(request);
  bench.start("web");
  bench.pass(3 * kSecond / 2);
  const Health found = health(bench, "web");
  CHECK(found.status == HealthStatus::Unhealthy);
  REQUIRE(found.log.size() == 1);
  CHECK(found.log[0].exit_code == -1);
  CHECK(found.log[0].output.find("executable file not found in $PATH") != std::string::npos);
}

TEST_CASE("a paused container is not checked, and is checked again when it goes on") {
  SimBench bench;
  bench.create(checked(bench, "web", "true"));
  bench.start("web");
  bench.pass(3 * kSecond / 2);
  REQUIRE(bench.facts<event::HealthProbed>().size() == 1);
  REQUIRE(bench.engine->pause("web").ok());
  bench.pass(10 * kSecond);
  CHECK(bench.facts<event::HealthProbed>().size() == 1);
  CHECK(health(bench, "web").status == HealthStatus::Unhealthy);  // nobody looks
  REQUIRE(bench.engine->unpause("web").ok());
  bench.pass(5 * kSecond / 2);
  CHECK(bench.facts<event::HealthProbed>().size() == 3);
  CHECK(health(bench, "web").status == HealthStatus::Healthy);
}

TEST_CASE("checks stop with the container and begin again with it; what they found stays to be read") {
  SimBench bench;
  bench.create(checked(bench, "web", "true"));
  bench.start("web");
  bench.pass(3 * kSecond);
  const size_t probes = bench.facts<event::HealthProbed>().size();
  CHECK(bench.engine->stop("web", 0, "").ok());
  bench.pass(30 * kSecond);
  CHECK(bench.facts<event::HealthProbed>().size() == probes);
  CHECK(health(bench, "web").status == HealthStatus::Unhealthy);  // Docker's word for what nobody looks at
  CHECK_FALSE(health(bench, "web").log.empty());
  CHECK(bench.engine->containers({.all = true, .limit = 0, .filters = {{"health", "healthy"}}}).value().empty());
  bench.start("web");
  CHECK(health(bench, "web").status == HealthStatus::Starting);
  bench.pass(3 * kSecond / 2);
  CHECK(health(bench, "web").status == HealthStatus::Healthy);
  CHECK(bench.get("web").execs.empty());
}

TEST_CASE("NONE and no test at all mean no health check") {
  SimBench bench;
  for (const auto& test : {image::StringList{"NONE"}, image::StringList{}}) {
    CreateRequest request = bench.request(test.empty() ? "empty" : "none", "sleep 1000");
    request.config.healthcheck = image::Healthcheck{test, kSecond, 0, 0, 0};
    bench.create(request);
    bench.start(request.name);
    bench.pass(5 * kSecond);
    CHECK_FALSE(bench.state(request.name).health.has_value());
  }
  CHECK(bench.facts<event::HealthProbed>().empty());
}

TEST_CASE("values that cannot be are refused in Docker's words") {
  SimBench bench;
  CreateRequest request = checked(bench, "web", "true");
  request.config.healthcheck->interval = 1000;
  CHECK(bench.engine->create(request).error().message() == "Interval in Healthcheck cannot be less than 1ms");
  request = checked(bench, "web", "true", -1);
  CHECK(bench.engine->create(request).error().message() == "Retries in Healthcheck cannot be negative");
  request = checked(bench, "web", "true");
  request.config.stop_signal = "BOGUS";
  CHECK(bench.engine->create(request).error().message() == "Invalid signal: BOGUS");
}
