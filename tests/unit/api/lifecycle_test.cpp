// The life of a container over the API: restart policies, health, update, prune, and Docker's events of it.
#include <doctest/doctest.h>

#include "api/host_config_json.hpp"
#include "api/human_time.hpp"
#include "base/json_full.hpp"
#include "base/strings.hpp"
#include "fake_engine.hpp"

using namespace strates;
using namespace strates::api;
using namespace strates::api::test;

namespace {

Answer create(FakeEngine& engine, const std::string& host, const std::string& more = "") {
  return ask(engine, "POST", "/containers/create?name=x", R"({"Image":"busybox","HostConfig":)" + host + more + "}");
}
std::string message(const Answer& answer) { return json_string(parse_json(answer.body).value(), "message"); }

// The events of Docker that these facts make, "type action key=value ...".
std::vector<std::string> docker_events(FakeEngine& engine, const std::string& filters = "{}") {
  const Nanos now = engine.world().clock.now();
  const std::string period = "since=1&until=" + std::to_string(now / kSecond) + "." + std::to_string(kSecond + now % kSecond).substr(1);
  std::vector<std::string> out;
  for (const auto& line : split_lines(ask(engine, "GET", "/events?" + period + "&filters=" + percent_encode(filters)).body)) {
    const Json event = parse_json(line).value();
    std::string text = json_string(event, "Type") + " " + json_string(event, "Action");
    for (const auto& [key, value] : event["Actor"]["Attributes"].items()) text += " " + key + "=" + value.get<std::string>();
    out.push_back(text);
  }
  return out;
}

}  // namespace

TEST_CASE("restart policies, names and health checks reach the engine") {
  FakeEngine engine;
  const Answer made = create(engine,
                             R"({"RestartPolicy":{"Name":"on-failure","MaximumRetryCount":3},"ExtraHosts":["one:1.2.3.4"],"Dns":["9.9.9.9"],"DnsSearch":["a.example"],"DnsOptions":["ndots:2"]})",
                             R"(,"Healthcheck":{"Test":["CMD-SHELL","true"],"Interval":1000000000,"Retries":2})");
  REQUIRE_MESSAGE(made.status == 201, made.body);
  const auto& host = engine.created.host;
  CHECK(host.restart == engine::RestartPolicy{engine::RestartWhen::OnFailure, 3});
  CHECK(host.extra_hosts == std::vector<std::string>{"one:1.2.3.4"});
  CHECK(host.dns == std::vector<std::string>{"9.9.9.9"});
  CHECK(host.dns_search == std::vector<std::string>{"a.example"});
  CHECK(host.dns_options == std::vector<std::string>{"ndots:2"});
  REQUIRE(engine.created.config.healthcheck.has_value());
  CHECK(engine.created.config.healthcheck->interval == kSecond);
  CHECK(engine.created.config.healthcheck->retries == 2);
  // And are shown as they were given.
  const Json shown = host_config_to_json(host, engine.world().machine);
  CHECK(dump_json(shown["RestartPolicy"]) == R"({"Name":"on-failure","MaximumRetryCount":3})");
  CHECK(dump_json(shown["ExtraHosts"]) == R"(["one:1.2.3.4"])");
  CHECK(dump_json(shown["Dns"]) == R"(["9.9.9.9"])");
}

TEST_CASE("policies of the wrong shape are 400") {
  FakeEngine engine;
  CHECK(message(create(engine, R"({"RestartPolicy":{"Name":"bogus"}})")) == "invalid restart policy 'bogus'");
  for (const char* host : {R"({"RestartPolicy":"always"})", R"({"RestartPolicy":{"Name":3}})", R"({"RestartPolicy":{"Name":"on-failure","MaximumRetryCount":"3"}})",
                           R"({"RestartPolicy":{"Name":"on-failure","MaximumRetryCount":99999999999}})", R"({"Dns":"9.9.9.9"})", R"({"ExtraHosts":[1]})"})
    CHECK_MESSAGE(create(engine, host).status == 400, std::string(host));
  CHECK(engine.calls.empty());
}

TEST_CASE("update takes a policy, and refuses by name what it cannot change") {
  FakeEngine engine;
  const auto update = [&](const std::string& body) { return ask(engine, "POST", "/containers/web/update", body); };
  CHECK(update(R"({"Memory":0,"CpuShares":0,"RestartPolicy":{"Name":"always","MaximumRetryCount":0}})").body == "{\"Warnings\":null}\n");
  REQUIRE(engine.updated.restart.has_value());
  CHECK(engine.updated.restart->when == engine::RestartWhen::Always);
  update(R"({"RestartPolicy":{"Name":"","MaximumRetryCount":0}})");
  CHECK_FALSE(engine.updated.restart.has_value());
  CHECK(update(R"({"Devices":[{"PathOnHost":"/dev/a"}]})").status == 501);
  CHECK(update("[]").status == 400);
}

TEST_CASE("prune passes its filters on") {
  FakeEngine engine;
  CHECK(ask(engine, "POST", "/containers/prune?filters=" + percent_encode(R"({"label":{"a":true},"label!":{"b=c":true},"until":{"1h":true}})")).body ==
        "{\"ContainersDeleted\":[\"c0ffee\"],\"SpaceReclaimed\":12}\n");
  CHECK(engine.pruned.labels == std::vector<std::string>{"a"});
  CHECK(engine.pruned.labels_not == std::vector<std::string>{"b=c"});
  REQUIRE(engine.pruned.until.has_value());
  CHECK(engine.world().clock.now() - *engine.pruned.until >= 3600 * kSecond);
  CHECK(engine.world().clock.now() - *engine.pruned.until < 3601 * kSecond);
  ask(engine, "POST", "/containers/prune?filters=" + percent_encode(R"({"until":{"1795451654":true}})"));
  CHECK(engine.pruned.until == 1'795'451'654 * kSecond);
  CHECK(message(ask(engine, "POST", "/containers/prune?filters=" + percent_encode(R"({"until":{"x":true}})"))) == "failed to parse value as time or duration: \"x\"");
  CHECK(message(ask(engine, "POST", "/containers/prune?filters=" + percent_encode(R"({"name":{"x":true}})"))) == "Invalid filter 'name'");
}

TEST_CASE("the state of a container says what waits and how well it is") {
  FakeEngine engine;
  engine::Container container = gold_container();
  container.state.status = engine::Status::Restarting;
  container.state.pid = 0;
  container.state.exit_code = 1;
  container.state.finished_at = container.state.started_at + kSecond;
  container.restart_count = 4;
  engine.all_containers = {container};
  Json shown = parse_json(ask(engine, "GET", "/containers/gold/json").body).value();
  CHECK(shown["State"]["Status"] == "restarting");
  CHECK(shown["State"]["Running"] == true);
  CHECK(shown["State"]["Restarting"] == true);
  CHECK(shown["RestartCount"] == 4);
  CHECK(status_text(container.state, container.state.finished_at + 2 * kSecond) == "Restarting (1) 2 seconds ago");

  container.state.status = engine::Status::Running;
  container.state.health = engine::Health{engine::HealthStatus::Unhealthy, 2, {{container.state.started_at, container.state.started_at + 5, 1, "no\n"}}};
  CHECK(status_text(container.state, container.state.started_at + 3 * kSecond) == "Up 3 seconds (unhealthy)");
  engine.all_containers = {container};
  shown = parse_json(ask(engine, "GET", "/containers/gold/json").body).value();
  CHECK(dump_json(shown["State"]["Health"]) ==
        R"({"Status":"unhealthy","FailingStreak":2,"Log":[{"Start":"2026-11-23T16:34:14.364839188Z","End":"2026-11-23T16:34:14.364839193Z","ExitCode":1,"Output":"no\n"}]})");
  container.state.health->status = engine::HealthStatus::Starting;
  CHECK(status_text(container.state, container.state.started_at + 3 * kSecond) == "Up 3 seconds (health: starting)");
  container.state.health->status = engine::HealthStatus::Healthy;
  CHECK(status_text(container.state, container.state.started_at + 3 * kSecond) == "Up 3 seconds (healthy)");
  // Being paused says more than health.
  container.state.paused = true;
  CHECK(status_text(container.state, container.state.started_at + 3 * kSecond) == "Up 3 seconds (Paused)");
  engine.all_containers = {container};
  shown = parse_json(ask(engine, "GET", "/containers/gold/json").body).value();
  CHECK(shown["State"]["Status"] == "paused");
  CHECK(shown["State"]["Running"] == true);
  CHECK(shown["State"]["Paused"] == true);
  CHECK(shown["State"]["Health"]["Status"] == "healthy");
}

TEST_CASE("Docker's events of a life, in Docker's order and with its attributes") {
  FakeEngine engine;
  using namespace event;
  const ContainerId c("c0ffee");
  engine.snapshot.images = {{ImageId("sha256:11"), {"docker.io/library/busybox:latest"}, {}}};
  const auto emit = [&](Container fact) { engine.tracer().emit(0, std::move(fact)); };
  emit(ContainerCreated{c, "e2", ImageId("sha256:11"), {}, {{"tier", "front"}}});
  emit(ContainerAction{c, "attach", {}});
  emit(NetworkJoined{c, "none", "", "n0", "null"});
  emit(ContainerStarted{c});
  emit(HealthChanged{c, "starting"});
  emit(ContainerAction{c, "exec_create: false ", {{"execID", "e1"}}});
  emit(ContainerAction{c, "exec_start: false ", {{"execID", "e1"}}});
  emit(ProcessExited{c, "e1", 1, 0});
  emit(HealthChanged{c, "healthy"});
  emit(ContainerRenamed{c, "e2", "e3"});
  emit(SignalSent{c, 15});
  emit(ContainerStopped{c, 143, false});
  emit(NetworkLeft{c, "none", "n0", "null"});
  emit(ContainerAction{c, "stop", {}});
  for (const char* what : {"container", "image", "volume", "network"}) engine.tracer().emit(0, event::Operation(Pruned{what, 7}));
  const auto told = docker_events(engine);
  CHECK(told == std::vector<std::string>{
                    "container create image=busybox name=e2 tier=front",
                    "container attach image=busybox name=e2 tier=front",
                    "network connect container=c0ffee name=none type=null",
                    "container start image=busybox name=e2 tier=front",
                    "container exec_create: false  execID=e1 image=busybox name=e2 tier=front",
                    "container exec_start: false  execID=e1 image=busybox name=e2 tier=front",
                    "container exec_die execID=e1 exitCode=1 image=busybox name=e2 tier=front",
                    "container health_status: healthy image=busybox name=e2 tier=front",
                    "container rename image=busybox name=e3 oldName=/e2 tier=front",
                    "container kill image=busybox name=e3 signal=15 tier=front",
                    "container die exitCode=143 image=busybox name=e3 tier=front",
                    "network disconnect container=c0ffee name=none type=null",
                    "container stop image=busybox name=e3 tier=front",
                    "container prune reclaimed=7",
                    "image prune reclaimed=7",
                    "volume prune reclaimed=7",
                    "network prune reclaimed=7",
                });
  CHECK(docker_events(engine, R"({"event":["health_status"]})").size() == 1);
  CHECK(docker_events(engine, R"({"event":["health_status: healthy"]})").size() == 1);
  CHECK(docker_events(engine, R"({"event":["exec_create"]})").size() == 1);
  CHECK(docker_events(engine, R"({"type":["network"]})").size() == 3);
  CHECK(docker_events(engine, R"({"label":["tier=front"],"event":["die"]})").size() == 1);
  CHECK(docker_events(engine, R"({"label":["tier=back"]})").empty());
  CHECK(docker_events(engine, R"({"container":["c0f"],"event":["die","start"]})").size() == 2);
  CHECK(docker_events(engine, R"({"image":["busybox:latest"],"event":["die"]})").empty());  // as Docker: the name as it was given, or without its tag
  CHECK(docker_events(engine, R"({"image":["busybox"],"event":["die"]})").size() == 1);
  CHECK(docker_events(engine, R"({"nope":["x"],"event":["die"]})").size() == 1);  // a name that nobody knows is passed over
}

TEST_CASE("Docker's events of images carry their labels, until they are gone") {
  FakeEngine engine;
  using namespace event;
  const ImageId old("sha256:11"), made("sha256:22");
  const ContainerId c("c0ffee");
  engine.snapshot.images = {{old, {"docker.io/library/busybox:latest"}, {}, {{"base", "yes"}}}};
  const auto emit = [&](Image fact) { engine.tracer().emit(0, std::move(fact)); };
  emit(ImageCreated{made, old, {}, "LABEL a=b", {{"a", "b"}}});
  emit(ImageTagged{made, "docker.io/library/mine:1"});
  emit(ImageUntagged{old, "docker.io/library/mine:2", true});  // the name went to another image: Docker tells of that one alone
  emit(ImageAction{made, "save"});
  emit(ImageUntagged{made, "docker.io/library/mine:1"});
  emit(ImageDeleted{made});
  emit(ImageCreated{made, old, {}, "LABEL a=b", {{"a", "b"}}});
  emit(ImageTagged{made, "docker.io/library/mine:1", true});
  emit(ImageAction{made, "load"});
  emit(ImageTagged{old, "docker.io/library/import:1"});
  emit(ImageAction{old, "import"});
  engine.tracer().emit(0, Container(ContainerCreated{c, "e", made, {}, {{"a", "b"}}, "mine"}));
  // COPY has a writable layer in Docker, and no container.
  engine.tracer().emit(0, Container(ContainerCreated{ContainerId("f11e5"), "x", made, {}, {}, "mine", true}));
  engine.tracer().emit(0, Container(ContainerRemoved{ContainerId("f11e5"), "x"}));
  CHECK(docker_events(engine) == std::vector<std::string>{
                                     "image tag a=b name=mine:1",
                                     "image save a=b name=sha256:22",
                                     "image untag a=b name=sha256:22",
                                     "image delete name=sha256:22",
                                     "image load a=b name=sha256:22",
                                     "image tag base=yes name=import:1",
                                     "image import base=yes name=sha256:11",
                                     "container create a=b image=mine name=e",
                                 });
}
