#include <doctest/doctest.h>

#include "api/route.hpp"
#include "base/json_full.hpp"
#include "base/strings.hpp"
#include "fake_engine.hpp"

using namespace strates;
using namespace strates::api;
using namespace strates::api::test;

namespace {

std::string message(const Answer& answer) {
  const auto json = parse_json(answer.body);
  return json.ok() ? json_string(json.value(), "message") : "not JSON: " + answer.body;
}

}  // namespace

TEST_CASE("a pattern takes any text between its ends, slashes and colons included") {
  CHECK(match_pattern("/images/*/json", "/images/quay.io/a/b:1/json") == "quay.io/a/b:1");
  CHECK(match_pattern("/images/*/json", "/images/json/json") == "json");
  CHECK(match_pattern("/images/*/json", "/images/json") == std::nullopt);
  CHECK(match_pattern("/images/*/json", "/images//json") == std::nullopt);
  CHECK(match_pattern("/containers/*", "/containers/") == std::nullopt);
  CHECK(match_pattern("/info", "/info") == "");
  CHECK(match_pattern("/info", "/info/") == std::nullopt);
}

TEST_CASE("every answer carries Docker's headers, ping a few more") {
  FakeEngine engine;
  const Answer ping = ask(engine, "GET", "/_ping");
  CHECK(ping.body == "OK");
  CHECK(ping.header("Api-Version") == "1.41");
  CHECK(ping.header("Builder-Version") == "1");
  CHECK(ping.header("Docker-Experimental") == "false");
  CHECK(ping.header("Ostype") == "linux");
  CHECK(ping.header("Server") == "Docker/20.10.24 (linux)");
  CHECK(ping.header("Cache-Control") == "no-cache, no-store, must-revalidate");
  CHECK(ping.header("Pragma") == "no-cache");
  CHECK(ping.header("Content-Type") == "text/plain; charset=utf-8");
  CHECK(ask(engine, "HEAD", "/_ping").body == "");
  CHECK(ask(engine, "HEAD", "/_ping").status == 200);
  CHECK(ask(engine, "GET", "/v1.41/_ping").body == "OK");
}

TEST_CASE("versions are accepted from 1.24 to 1.43, others refused in Docker's words") {
  FakeEngine engine;
  for (const char* version : {"1.24", "1.30", "1.41", "1.43"}) CHECK(ask(engine, "GET", "/v" + std::string(version) + "/info").status == 200);
  const Answer newer = ask(engine, "GET", "/v1.99/info");
  CHECK(newer.status == 400);
  CHECK(newer.body == "{\"message\":\"client version 1.99 is too new. Maximum supported API version is 1.41\"}\n");
  CHECK(newer.header("Docker-Experimental") == "");
  const Answer older = ask(engine, "GET", "/v1.1/info");
  CHECK(older.status == 400);
  CHECK(older.body == "client version 1.1 is too old. Minimum supported API version is 1.24, please upgrade your client to a newer version\n");
  CHECK(older.header("Content-Type") == "text/plain; charset=utf-8");
  CHECK(older.header("X-Content-Type-Options") == "nosniff");
}

TEST_CASE("an unknown page is Docker's 404, bare") {
  FakeEngine engine;
  for (const auto& [method, path] : {std::pair{"GET", "/nosuch"}, {"POST", "/_ping"}, {"GET", "/v1.41"}, {"GET", "/"}, {"GET", "/vx/info"}, {"POST", "/v1.24/build/prune"}}) {
    const Answer answer = ask(engine, method, path);
    CHECK(answer.status == 404);
    CHECK(answer.body == "{\"message\":\"page not found\"}\n");
    CHECK(answer.header("Api-Version") == "");
  }
}

TEST_CASE("what is not done is refused with its reason, not as an unknown page") {
  FakeEngine engine;
  for (const auto& [method, path] : {std::pair{"POST", "/session"}, {"GET", "/swarm"}}) {
    const Answer answer = ask(engine, method, path);
    CHECK_MESSAGE(answer.status == 501, std::string(path));
    CHECK(message(answer).find(path) != std::string::npos);
  }
  CHECK(engine.calls.empty());
}

TEST_CASE("errors keep the engine's kind and Docker's sentence") {
  FakeEngine engine;
  CHECK(message(ask(engine, "GET", "/containers/nosuch/json")) == "No such container: nosuch");
  CHECK(message(ask(engine, "GET", "/images/nosuch/json")) == "no such image: nosuch: No such image: nosuch:latest");
  engine.fails = docker_error(ErrorKind::Conflict, "x", "Conflict. The name \"/a\" is taken <&>");
  const Answer conflict = ask(engine, "POST", "/containers/a/start");
  CHECK(conflict.status == 409);
  CHECK(conflict.body == "{\"message\":\"Conflict. The name \\\"/a\\\" is taken <&>\"}\n");
  engine.fails = make_error(ErrorKind::Internal, "x", "mount overlay", "/m", "EPERM", "run `strates doctor`");
  const Answer internal = ask(engine, "POST", "/containers/a/start");
  CHECK(internal.status == 500);
  CHECK(message(internal) == "mount overlay /m: EPERM; run `strates doctor`");
  engine.fails = docker_error(ErrorKind::NotModified, "x", "already");
  const Answer unmodified = ask(engine, "POST", "/containers/a/start");
  CHECK(unmodified.status == 304);
  CHECK(unmodified.body == "");
}

TEST_CASE("the life of a container reaches the engine as it was asked") {
  FakeEngine engine;
  engine.all_containers = {gold_container()};
  CHECK(ask(engine, "POST", "/containers/a/start").status == 204);
  CHECK(ask(engine, "POST", "/containers/a/stop?t=3&signal=INT").status == 204);
  CHECK(ask(engine, "POST", "/containers/a/stop").status == 204);
  CHECK(ask(engine, "POST", "/containers/a/restart?t=1").status == 204);
  CHECK(ask(engine, "POST", "/containers/a/kill").status == 204);
  CHECK(ask(engine, "POST", "/containers/a/kill?signal=HUP").status == 204);
  CHECK(ask(engine, "POST", "/containers/a/rename?name=b").status == 204);
  CHECK(ask(engine, "POST", "/containers/a/resize?h=24&w=80").status == 200);
  CHECK(ask(engine, "DELETE", "/containers/a?force=1&v=1").status == 204);
  CHECK(ask(engine, "DELETE", "/containers/a?force=no").status == 204);
  CHECK(engine.calls == std::vector<std::string>{"start a", "stop a 3 INT", "stop a - ", "restart a 1", "kill a KILL", "kill a HUP", "rename a b", "resize a 24x80", "remove a force volumes", "remove a"});
  CHECK(message(ask(engine, "POST", "/containers/a/stop?t=soon")) == "strconv.Atoi: parsing \"soon\": invalid syntax");
  CHECK(ask(engine, "POST", "/containers/a/resize?h=70000&w=1").status == 400);
  CHECK(ask(engine, "POST", "/containers/a/start?checkpoint=x").status == 400);
  CHECK(ask(engine, "DELETE", "/containers/a?link=1").status == 204);
  CHECK(engine.calls.back() == "unlink a");  // the name goes, no container does
}

TEST_CASE("processes and changes are told") {
  FakeEngine engine;
  CHECK(ask(engine, "GET", "/containers/a/top").body == "{\"Processes\":[[\"root\",\"42\",\"sleep 300\"]],\"Titles\":[\"UID\",\"PID\",\"CMD\"]}\n");
  CHECK(ask(engine, "GET", "/containers/a/top?ps_args=-o%20pid").status == 200);
  CHECK(engine.calls.back() == "top a -o pid");
  CHECK(ask(engine, "GET", "/containers/a/changes").body == "null\n");
  engine.changes = {{engine::ChangeKind::Modified, "/etc"}, {engine::ChangeKind::Added, "/etc/new"}, {engine::ChangeKind::Deleted, "/old"}};
  CHECK(ask(engine, "GET", "/containers/a/changes").body == "[{\"Kind\":0,\"Path\":\"/etc\"},{\"Kind\":1,\"Path\":\"/etc/new\"},{\"Kind\":2,\"Path\":\"/old\"}]\n");
}

TEST_CASE("an export is a whole tar") {
  FakeEngine engine;
  const Answer answer = ask(engine, "GET", "/containers/a/export");
  CHECK(answer.status == 200);
  CHECK(answer.body.size() % 512 == 0);
  CHECK(answer.body.substr(0, 4) == "motd");
  CHECK(answer.body.substr(512, 5) == "hello");
}

TEST_CASE("what lies at a URL is imported: the download is told, then the image; without one the error has a status of its own") {
  struct Files final : engine::RemoteFiles {
    Result<engine::RemoteFile> get(const std::string& url, std::uint64_t, const std::function<bool()>&) override {
      if (url != "http://h/x.tar") return docker_error(ErrorKind::Internal, "remote.get", "Get \"" + url + "\": no route");
      return engine::RemoteFile{std::make_shared<StringSpool>("TAR"), "", "", std::nullopt};
    }
  } files;
  FakeEngine engine;
  CHECK(ask(engine, "POST", "/images/create?fromSrc=http://h/x.tar&repo=r", "").status == 501);  // the simulator
  engine.reach(files);
  const Answer imported = ask(engine, "POST", "/images/create?fromSrc=h/x.tar&repo=r&tag=t", "");
  CHECK(imported.status == 200);
  const auto lines = split_lines(imported.body);
  REQUIRE(lines.size() >= 3);
  CHECK(trim(lines.front()) == R"({"status":"Downloading from http://h/x.tar"})");
  CHECK(lines[1].starts_with(R"({"status":"Importing","progressDetail":{"current":3,"total":3},"progress":"[===)"));
  CHECK(lines[1].find("\"id\"") == std::string::npos);
  CHECK(trim(lines.back()) == R"({"status":"sha256:70fa9cfe2e04dccccfba9fea5539e8857fda9b195a4071feb28a9f693fb3de03"})");
  CHECK(engine.calls == std::vector<std::string>{"import TAR r t Imported from http://h/x.tar"});
  const Answer refused = ask(engine, "POST", "/images/create?fromSrc=http://gone/x", "");
  CHECK(refused.status == 500);
  CHECK(refused.body == "{\"message\":\"Get \\\"http://gone/x\\\": no route\"}\n");
}

TEST_CASE("images are tagged, removed, imported and committed as asked") {
  FakeEngine engine;
  CHECK(ask(engine, "POST", "/images/a/b:1/tag?repo=quay.io/c&tag=2").status == 201);
  CHECK(ask(engine, "DELETE", "/images/quay.io/c:2?force=1&noprune=1").body == "[{\"Untagged\":\"quay.io/c:2\"},{\"Deleted\":\"sha256:1\"}]\n");
  const Answer imported = ask(engine, "POST", "/images/create?fromSrc=-&repo=r&tag=t&changes=CMD+x&changes=ENV+a%3Db", "TAR");
  CHECK(imported.status == 200);
  CHECK(imported.body == "{\"status\":\"sha256:70fa9cfe2e04dccccfba9fea5539e8857fda9b195a4071feb28a9f693fb3de03\"}\r\n");
  CHECK(ask(engine, "POST", "/commit?container=c&repo=r&tag=t&comment=m&author=me&changes=CMD+%5B%22x%22%5D&changes=ENV+a%3Db&pause=0").body ==
        "{\"Id\":\"sha256:70fa9cfe2e04dccccfba9fea5539e8857fda9b195a4071feb28a9f693fb3de03\"}\n");
  CHECK(engine.calls == std::vector<std::string>{"tag a/b:1 quay.io/c 2", "remove_image quay.io/c:2 force noprune", "import TAR r t Imported from - [CMD x] [ENV a=b]", "commit"});
  CHECK(engine.committed.container == "c");
  CHECK(engine.committed.author == "me");
  CHECK(engine.committed.changes == std::vector<std::string>{"CMD [\"x\"]", "ENV a=b"});
  CHECK(ask(engine, "POST", "/images/create?fromSrc=http%3A%2F%2Fx%2Fy.tar").status == 501);
}

TEST_CASE("the engine tells about itself") {
  FakeEngine engine;
  engine.all_containers = {gold_container()};
  const Json version = parse_json(ask(engine, "GET", "/version").body).value();
  CHECK(version["Version"] == "20.10.24");
  CHECK(version["ApiVersion"] == "1.41");
  CHECK(version["MinAPIVersion"] == "1.24");
  CHECK(version["Arch"] == "amd64");
  CHECK(version["Components"][1]["Version"] == "9.9");
  engine.registries() = {.mirrors = {"http://10.0.0.1:5000"}, .insecure = {"class:5000", "10.0.0.0/8"}};
  const Json info = parse_json(ask(engine, "GET", "/info").body).value();
  CHECK(info["RegistryConfig"]["InsecureRegistryCIDRs"] == Json{"127.0.0.0/8", "10.0.0.0/8"});
  CHECK(info["RegistryConfig"]["IndexConfigs"]["class:5000"]["Secure"] == false);
  CHECK(info["RegistryConfig"]["IndexConfigs"]["docker.io"]["Mirrors"] == Json::array({"http://10.0.0.1:5000"}));
  CHECK(info["Containers"] == 1);
  CHECK(info["ContainersRunning"] == 1);
  CHECK(info["OSType"] == "linux");
  CHECK(info["Swarm"]["LocalNodeState"] == "inactive");
  CHECK(info["ID"].get<std::string>().size() == 59);
  CHECK(ask(engine, "GET", "/strates/v1/info").body == "{\"world\":\"sim\",\"root\":\"/sim\",\"version\":\"9.9\",\"seq\":0}\n");
  CHECK(parse_json(ask(engine, "GET", "/system/df").body).value()["Containers"].size() == 1);
}
