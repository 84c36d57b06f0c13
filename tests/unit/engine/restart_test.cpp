// Restart policies: when a container comes back, after how long, and what keeps it down.
#include <doctest/doctest.h>

#include "engine/restart.hpp"
#include "sim_bench.hpp"

using namespace strates;
using namespace strates::engine;
using namespace strates::engine::test;

namespace {

constexpr Nanos kMilli = kSecond / 1000;

CreateRequest with_policy(SimBench& bench, const std::string& name, const std::string& script, RestartWhen when, int most = 0) {
  CreateRequest request = bench.request(name, script);
  request.host.restart = {when, most};
  return request;
}

}  // namespace

TEST_CASE("the pause before a restart doubles from 100 ms to a minute, and starts over after a run of ten seconds") {
  RestartBackoff backoff;
  std::vector<Nanos> pauses;
  for (int i = 0; i < 12; ++i) pauses.push_back(backoff.next(0) / kMilli);
  CHECK(pauses == std::vector<Nanos>{100, 200, 400, 800, 1600, 3200, 6400, 12800, 25600, 51200, 60000, 60000});
  CHECK(backoff.next(10 * kSecond - 1) == 60 * kSecond);
  CHECK(backoff.next(10 * kSecond) == 100 * kMilli);
  CHECK(backoff.next(0) == 200 * kMilli);
}

TEST_CASE("each policy says which ends it answers") {
  const auto again = [](RestartWhen when, int code, int restarts = 0, bool by_hand = false, int most = 0) {
    return should_restart({when, most}, {.exit_code = code, .restarts = restarts, .stopped_by_hand = by_hand});
  };
  for (const int code : {0, 1, 137}) {
    CHECK_FALSE(again(RestartWhen::Unset, code));
    CHECK_FALSE(again(RestartWhen::No, code));
    CHECK(again(RestartWhen::Always, code));
    CHECK(again(RestartWhen::UnlessStopped, code));
  }
  CHECK(again(RestartWhen::Always, 0, 0, true));
  CHECK_FALSE(again(RestartWhen::UnlessStopped, 0, 0, true));
  CHECK_FALSE(again(RestartWhen::OnFailure, 0));
  CHECK(again(RestartWhen::OnFailure, 1, 1000));
  CHECK(again(RestartWhen::OnFailure, 1, 1, false, 2));
  CHECK_FALSE(again(RestartWhen::OnFailure, 1, 2, false, 2));
}

TEST_CASE("policies that cannot be are refused in Docker's words") {
  CHECK(sentence(validate_restart({RestartWhen::Always, 3}, false)) == "maximum retry count cannot be used with restart policy 'always'");
  CHECK(sentence(validate_restart({RestartWhen::No, 1}, false)) == "maximum retry count cannot be used with restart policy 'no'");
  CHECK(sentence(validate_restart({RestartWhen::OnFailure, -1}, false)) == "maximum retry count cannot be negative");
  CHECK(sentence(validate_restart({RestartWhen::Always, 0}, true)) == "can't create 'AutoRemove' container with restart policy");
  CHECK(validate_restart({RestartWhen::No, 0}, true).ok());
  CHECK(validate_restart({RestartWhen::OnFailure, 5}, false).ok());
  SimBench bench;
  CreateRequest both = with_policy(bench, "both", "true", RestartWhen::Always);
  both.host.auto_remove = true;
  CHECK(bench.engine->create(both).error().message() == "can't create 'AutoRemove' container with restart policy");
}

TEST_CASE("a container that fails comes back as often as its policy allows, each time after a longer pause") {
  SimBench bench;
  bench.create(with_policy(bench, "web", "echo run; exit 3", RestartWhen::OnFailure, 3));
  bench.start("web");
  bench.pass(50 * kMilli);
  CHECK(bench.state("web").status == Status::Restarting);
  CHECK(bench.state("web").running());
  CHECK(bench.state("web").exit_code == 3);
  CHECK(bench.get("web").restart_count == 1);
  bench.pass(10 * kSecond);
  CHECK(bench.state("web").status == Status::Exited);
  CHECK(bench.state("web").exit_code == 3);
  CHECK(bench.get("web").restart_count == 3);
  const auto started = bench.facts<event::ContainerStarted>();
  const auto ended = bench.facts<event::ContainerStopped>();
  const auto planned = bench.facts<event::RestartScheduled>();
  REQUIRE(started.size() == 4);
  REQUIRE(ended.size() == 4);
  REQUIRE(planned.size() == 3);
  for (size_t i = 0; i < 3; ++i) {
    const Nanos pause = (100 << i) * kMilli;
    CHECK(planned[i].second.attempt == static_cast<int>(i) + 1);
    CHECK(planned[i].second.delay == pause);
    CHECK(started[i + 1].first - ended[i].first >= pause);
    CHECK(started[i + 1].first - ended[i].first < pause + 20 * kMilli);
  }
}

TEST_CASE("the same container restarts at the same virtual times in every run") {
  const auto times = [] {
    SimBench bench;
    bench.create(with_policy(bench, "web", "sleep 0.05; exit 1", RestartWhen::Always));
    bench.create(with_policy(bench, "db", "sleep 0.03; exit 1", RestartWhen::Always));
    bench.start("web");
    bench.start("db");
    bench.pass(5 * kSecond);
    std::vector<std::pair<Nanos, std::string>> out;
    for (const auto& [at, fact] : bench.facts<event::ContainerStarted>()) out.emplace_back(at, fact.container.str());
    return out;
  };
  const auto first = times();
  CHECK(first.size() > 8);
  CHECK(first == times());
}

TEST_CASE("a success is no failure: on-failure leaves it, always does not") {
  SimBench bench;
  bench.create(with_policy(bench, "careful", "exit 0", RestartWhen::OnFailure));
  bench.create(with_policy(bench, "eager", "exit 0", RestartWhen::Always));
  bench.start("careful");
  bench.start("eager");
  bench.pass(kSecond);
  CHECK(bench.state("careful").status == Status::Exited);
  CHECK(bench.get("careful").restart_count == 0);
  CHECK(bench.state("eager").running());
  CHECK(bench.get("eager").restart_count >= 3);
}

TEST_CASE("stop during the pause keeps a container down, whatever its policy") {
  SimBench bench;
  bench.create(with_policy(bench, "web", "exit 1", RestartWhen::Always));
  bench.start("web");
  bench.pass(2 * kSecond);
  REQUIRE(bench.state("web").status == Status::Restarting);
  const int count = bench.get("web").restart_count;
  CHECK(bench.engine->stop("web", 0, "").ok());
  CHECK(bench.state("web").status == Status::Exited);
  bench.pass(300 * kSecond);
  CHECK(bench.state("web").status == Status::Exited);
  CHECK(bench.get("web").restart_count == count);
  // By hand it starts over: count and pause.
  bench.start("web");
  CHECK(bench.get("web").restart_count == 0);
  bench.pass(50 * kMilli);
  CHECK(bench.get("web").restart_count == 1);
  CHECK(bench.facts<event::RestartScheduled>().back().second.delay == 100 * kMilli);
}

TEST_CASE("stop and kill of a running container are not answered with a restart") {
  for (const bool kill : {false, true}) {
    SimBench bench;
    bench.create(with_policy(bench, "web", "sleep 1000", RestartWhen::Always));
    bench.start("web");
    CHECK((kill ? bench.engine->kill("web", "KILL") : bench.engine->stop("web", 1, "")).ok());
    bench.pass(100 * kSecond);
    CHECK(bench.state("web").status == Status::Exited);
    CHECK(bench.state("web").exit_code == 137);
    CHECK(bench.get("web").restart_count == 0);
  }
}

TEST_CASE("while it waits for its restart a container is running to its users, and says so when it cannot do something") {
  SimBench bench;
  bench.create(with_policy(bench, "web", "exit 1", RestartWhen::Always));
  bench.start("web");
  bench.pass(2 * kSecond);
  REQUIRE(bench.state("web").status == Status::Restarting);
  const std::string id = bench.get("web").id.str();
  CHECK(bench.engine->start("web").error().kind == ErrorKind::NotModified);
  CHECK(bench.engine->top("web", {}).error().message() == "Container " + id + " is restarting, wait until the container is running");
  ExecRequest exec;
  exec.command = {"true"};
  CHECK(bench.engine->exec_create("web", exec).error().message() == "Container " + id + " is restarting, wait until the container is running");
  CHECK(sentence(bench.engine->remove("web", Force::No)) ==
        "You cannot remove a restarting container " + id + ". Stop the container before attempting removal or force remove");
  ContainerFilter filter;
  filter.filters = {{"status", "restarting"}};
  CHECK(bench.engine->containers(filter).value().size() == 1);
  CHECK(bench.engine->remove("web", Force::Yes).ok());
  bench.pass(100 * kSecond);
  CHECK(bench.engine->container("web").error().kind == ErrorKind::NotFound);
}

TEST_CASE("update changes the policy of a container that runs, but not of one that is removed at its end") {
  SimBench bench;
  bench.create(bench.request("web", "sleep 5; exit 1"));
  bench.start("web");
  UpdateRequest request;
  request.restart = RestartPolicy{RestartWhen::OnFailure, 2};
  CHECK(bench.engine->update("web", request).ok());
  bench.pass(60 * kSecond);
  CHECK(bench.get("web").restart_count == 2);
  CreateRequest removed = bench.request("gone", "sleep 100");
  removed.host.auto_remove = true;
  bench.create(removed);
  const auto refused = bench.engine->update("gone", request);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().message() == "Cannot update container " + bench.get("gone").id.str() + ": Restart policy cannot be updated because AutoRemove is enabled for the container");
  request.restart = RestartPolicy{RestartWhen::Always, 3};
  CHECK(bench.engine->update("web", request).error().message() == "maximum retry count cannot be used with restart policy 'always'");
}

TEST_CASE("docker restart stops and starts once, and does not remove a container of --rm") {
  SimBench bench;
  CreateRequest request = bench.request("web", "sleep 1000");
  request.host.auto_remove = true;
  bench.create(request);
  bench.start("web");
  CHECK(bench.engine->restart("web", 0).ok());
  CHECK(bench.state("web").status == Status::Running);
  CHECK(bench.facts<event::ContainerStarted>().size() == 2);
  CHECK(bench.engine->kill("web", "").ok());
  CHECK(bench.engine->container("web").error().kind == ErrorKind::NotFound);
}

TEST_CASE("the next engine on a store starts again what its policy wants back") {
  SimBench bench;
  bench.create(with_policy(bench, "always", "sleep 1000", RestartWhen::Always));
  bench.create(with_policy(bench, "unless", "sleep 1000", RestartWhen::UnlessStopped));
  bench.create(with_policy(bench, "stopped", "sleep 1000", RestartWhen::UnlessStopped));
  bench.create(with_policy(bench, "stopped-always", "sleep 1000", RestartWhen::Always));
  bench.create(with_policy(bench, "never-started", "sleep 1000", RestartWhen::Always));
  bench.create(bench.request("plain", "sleep 1000"));
  for (const char* name : {"always", "unless", "stopped", "stopped-always", "plain"}) bench.start(name);
  CHECK(bench.engine->stop("stopped", 0, "").ok());
  CHECK(bench.engine->stop("stopped-always", 0, "").ok());
  // The simulator's processes end with their engine: a restart of the machine.
  bench.engine.reset();
  bench.engine = Engine::open(bench.world.world(), {.source_date_epoch = std::nullopt, .version = "test"}).value();
  CHECK(bench.state("always").status == Status::Running);
  CHECK(bench.state("unless").status == Status::Running);
  CHECK(bench.state("stopped").status == Status::Exited);
  CHECK(bench.state("stopped-always").status == Status::Running);
  CHECK(bench.state("never-started").status == Status::Created);
  CHECK(bench.state("plain").status == Status::Exited);
  CHECK(bench.state("plain").exit_code == 255);
}
