// Commands about the life of containers: what they ask, and what they print of the answers.
#include <unistd.h>

#include "cli/attach_session.hpp"
#include "support.hpp"

using namespace strates;
using namespace strates::cli;
using namespace strates::cli::test;

namespace {

// The body of the create request of `docker run` with these words.
Json created(const std::vector<std::string>& words) {
  Stage stage;
  std::vector<std::string> all = {"create"};
  all.insert(all.end(), words.begin(), words.end());
  all.emplace_back("busybox");
  stage.answers["POST /containers/create"] = {201, R"({"Id":"c0ffee","Warnings":null})"};
  const Ran ran = stage.docker(all);
  REQUIRE_MESSAGE(ran.code == 0, ran.err);
  return parse_json(ran.asked.at(0).body).value();
}

std::string refused(const std::vector<std::string>& words) {
  Stage stage;
  std::vector<std::string> all = {"run"};
  all.insert(all.end(), words.begin(), words.end());
  all.insert(all.end(), {"busybox", "true"});
  const Ran ran = stage.docker(all);
  CHECK(ran.code == 125);
  return ran.err;
}

constexpr const char* kEvents =
    R"({"status":"die","id":"020e","from":"busybox","Type":"container","Action":"die","Actor":{"ID":"020e","Attributes":{"exitCode":"0","image":"busybox","name":"evt"}},"scope":"local","time":1795453519,"timeNano":1795453519673401158})"
    "\n"
    R"({"Type":"network","Action":"disconnect","Actor":{"ID":"e8e8","Attributes":{"container":"020e","name":"bridge","type":"bridge"}},"scope":"local","time":1795453519,"timeNano":1795453519744554999})"
    "\n";

}  // namespace

TEST_CASE("policies, checks and names are sent as Docker's client sends them") {
  Json body = created({"--restart", "on-failure:3", "--health-cmd", "true", "--health-interval", "1m30s", "--health-retries", "2", "--domainname", "a.example", "--add-host",
                       "one:1.2.3.4", "--dns", "9.9.9.9", "--dns-search", "b.example", "--dns-option", "x", "--dns-opt", "y"});
  CHECK(dump_json(body["HostConfig"]["RestartPolicy"]) == R"({"Name":"on-failure","MaximumRetryCount":3})");
  CHECK(dump_json(body["Healthcheck"]) == R"({"Test":["CMD-SHELL","true"],"Interval":90000000000,"Retries":2})");
  CHECK(body["Domainname"] == "a.example");
  CHECK(dump_json(body["HostConfig"]["ExtraHosts"]) == R"(["one:1.2.3.4"])");
  CHECK(dump_json(body["HostConfig"]["Dns"]) == R"(["9.9.9.9"])");
  CHECK(dump_json(body["HostConfig"]["DnsSearch"]) == R"(["b.example"])");
  CHECK(dump_json(body["HostConfig"]["DnsOptions"]) == R"(["x","y"])");
  body = created({});
  CHECK(dump_json(body["HostConfig"]["RestartPolicy"]) == R"({"Name":"no","MaximumRetryCount":0})");
  CHECK_FALSE(body.contains("Healthcheck"));
  CHECK(body["HostConfig"]["ExtraHosts"].is_null());
  CHECK(dump_json(created({"--no-healthcheck"})["Healthcheck"]) == R"({"Test":["NONE"]})");
  CHECK(dump_json(created({"--health-interval", "5s"})["Healthcheck"]) == R"({"Interval":5000000000})");
}

TEST_CASE("contradictions and values that are none are refused before anything is asked, in Docker's words") {
  const std::string see = "See 'docker run --help'.\n";
  CHECK(refused({"--rm", "--restart", "always"}) == "docker: Conflicting options: --restart and --rm.\n" + see);
  CHECK(refused({"--restart", "a:b:c"}) == "docker: invalid restart policy format.\n" + see);
  CHECK(refused({"--restart", "on-failure:x"}) == "docker: maximum retry count must be an integer.\n" + see);
  CHECK(refused({"--no-healthcheck", "--health-cmd", "x"}) == "docker: --no-healthcheck conflicts with --health-* options.\n" + see);
  CHECK(refused({"--health-cmd", "x", "--health-timeout", "-1s"}) == "docker: --health-timeout cannot be negative.\n" + see);
  CHECK(refused({"--health-cmd", "x", "--health-retries", "-1"}) == "docker: --health-retries cannot be negative.\n" + see);
  CHECK(refused({"--health-interval", "x"}) == "invalid argument \"x\" for \"--health-interval\" flag: time: invalid duration \"x\"\n" + see);
  CHECK(refused({"--add-host", "bad"}) == "invalid argument \"bad\" for \"--add-host\" flag: bad format for add-host: \"bad\"\n" + see);
  CHECK(refused({"--add-host", "bad:xx"}) == "invalid argument \"bad:xx\" for \"--add-host\" flag: invalid IP address in add-host: \"xx\"\n" + see);
  CHECK(refused({"--dns", "bad"}) == "invalid argument \"bad\" for \"--dns\" flag: bad is not an ip address\n" + see);
  CHECK(refused({"--dns-search", "bad_x!"}) == "invalid argument \"bad_x!\" for \"--dns-search\" flag: bad_x! is not a valid domain\n" + see);
}

TEST_CASE("docker events prints a line an event, by template or as JSON") {
  Stage stage;
  stage.answers["GET /events"] = {200, kEvents};
  setenv("TZ", "UTC", 1);
  Ran ran = stage.docker({"events", "--since", "1795453000", "--until", "1795453600.5", "--filter", "type=container", "--filter", "event=die"});
  CHECK(ran.out ==
        "2026-11-23T17:05:19.673401158Z container die 020e (exitCode=0, image=busybox, name=evt)\n"
        "2026-11-23T17:05:19.744554999Z network disconnect e8e8 (container=020e, name=bridge, type=bridge)\n");
  CHECK(ran.lines() == std::vector<std::string>{"GET /events?filters=" + percent_encode(R"({"event":{"die":true},"type":{"container":true}})") + "&since=1795453000&until=1795453600.5"});
  CHECK(stage.docker({"events", "--format", "{{.Type}}/{{.Action}} {{.Actor.Attributes.name}} {{.From}}|{{.TimeNano}}"}).out ==
        "container/die evt busybox|1795453519673401158\nnetwork/disconnect bridge |1795453519744554999\n");
  CHECK(stage.docker({"events", "--format", "{{json .}}"}).out == kEvents);
  ran = stage.docker({"events", "--format", "{{.Nope}}"});
  CHECK(ran.code == 64);
  CHECK(ran.err == "Error parsing format: template: :1:2: executing \"\" at <.Nope>: can't evaluate field Nope in type *events.Message\n");
  CHECK(ran.asked.empty());
  ran = stage.docker({"events", "--since", "xx"});
  CHECK(ran.code == 1);
  CHECK(ran.err == "failed to parse value as time or duration: \"xx\"\n");
}

TEST_CASE("container prune asks first, and says what went") {
  Stage stage;
  stage.answers["POST /containers/prune"] = {200, R"({"ContainersDeleted":["c0ffee","beef"],"SpaceReclaimed":1234567})"};
  const std::string question = "WARNING! This will remove all stopped containers.\nAre you sure you want to continue? [y/N] ";
  stage.console.input = StringSource("n\n");
  Ran ran = stage.docker({"container", "prune"});
  CHECK(ran.out == question + "Total reclaimed space: 0B\n");
  CHECK(ran.asked.empty());
  stage.console.input = StringSource("Y\n");
  ran = stage.docker({"container", "prune", "--filter", "until=1h"});
  CHECK(ran.out == question + "Deleted Containers:\nc0ffee\nbeef\n\nTotal reclaimed space: 1.235MB\n");
  CHECK(ran.lines() == std::vector<std::string>{"POST /containers/prune?filters=" + percent_encode(R"({"until":{"1h":true}})")});
  CHECK(stage.docker({"container", "prune", "-f"}).out == "Deleted Containers:\nc0ffee\nbeef\n\nTotal reclaimed space: 1.235MB\n");
}

TEST_CASE("docker port shows what is published, and says what is not") {
  Stage stage;
  stage.answers["GET /containers/web/json"] = {200, R"({"NetworkSettings":{"Ports":{"80/tcp":[{"HostIp":"0.0.0.0","HostPort":"8080"}],"81/tcp":null}}})"};
  CHECK(stage.docker({"port", "web"}).out == "80/tcp -> 0.0.0.0:8080\n");
  CHECK(stage.docker({"port", "web", "80"}).out == "0.0.0.0:8080\n");
  const Ran none = stage.docker({"port", "web", "81"});
  CHECK(none.code == 1);
  CHECK(none.err == "Error: No public port '81/tcp' published for web\n");
  stage.answers["GET /containers/nobody/json"] = {404, R"({"message":"No such container: nobody"})"};
  CHECK(stage.docker({"port", "nobody"}).err == "Error: No such container: nobody\n");
}

TEST_CASE("docker update needs something to update") {
  Stage stage;
  stage.answers["POST /containers/web/update"] = {200, R"({"Warnings":null})"};
  CHECK(stage.docker({"update", "web"}).err == "you must provide one or more flags when using this command\n");
  const Ran ran = stage.docker({"update", "--restart", "on-failure:2", "web", "nobody"});
  CHECK(ran.out == "web\n");
  CHECK(ran.code == 1);
  // Limits that nobody named are sent at values that change nothing, as Docker's client does.
  const Json body = parse_json(ran.asked.at(0).body).value();
  CHECK(dump_json(body["RestartPolicy"]) == R"({"Name":"on-failure","MaximumRetryCount":2})");
  CHECK(body["Memory"] == 0);
  CHECK(body["PidsLimit"].is_null());
}

TEST_CASE("the detach keys are the flag's, else the configuration's, else Docker's") {
  char folder[] = "/tmp/strates-keys-XXXXXX";
  REQUIRE(mkdtemp(folder) != nullptr);
  setenv("DOCKER_CONFIG", folder, 1);
  const auto detaches = [](const std::string& flag, std::string_view typed) {
    auto keys = detach_keys(flag);
    REQUIRE(keys.ok());
    return keys.value().feed(typed).detached;
  };
  CHECK(detaches("", "\x10\x11"));
  std::ofstream(std::string(folder) + "/config.json") << R"({"detachKeys":"ctrl-e,x"})";
  CHECK(detaches("", "\x05x"));
  CHECK_FALSE(detaches("", "\x10\x11"));
  CHECK(detaches("ctrl-a", "\x01"));
  std::ofstream(std::string(folder) + "/config.json") << "not JSON";
  CHECK(detaches("", "\x10\x11"));
  unsetenv("DOCKER_CONFIG");
  remove((std::string(folder) + "/config.json").c_str());
  rmdir(folder);
}
