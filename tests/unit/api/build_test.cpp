#include <doctest/doctest.h>

#include "base/json_full.hpp"
#include "fake_engine.hpp"

using namespace strates;
using namespace strates::api::test;

namespace {

constexpr std::string_view kId = "sha256:c20e92126e874ae28b1a9c72d57e5074d662a2f214a2e856e029979c957f2b19";

}  // namespace

TEST_CASE("a build's words are lines of JSON as Docker writes them") {
  FakeEngine engine;
  engine.builds = [](const engine::BuildRequest&, engine::BuildOutput& output) -> Result<ImageId> {
    output.stream("Step 1/1 : FROM busybox");
    output.stream("\n");
    output.stream(" ---> adb614610c77\n");
    output.image(ImageId(std::string(kId)));
    output.stream("Successfully built c20e92126e87\n");
    return ImageId(std::string(kId));
  };
  const Answer answer = ask(engine, "POST", "/build?dockerfile=Dockerfile&t=a&t=b%3A1&version=1", "TAR");
  CHECK(answer.status == 200);
  CHECK(answer.header("Content-Type") == "application/json");
  CHECK(answer.body == "{\"stream\":\"Step 1/1 : FROM busybox\"}\r\n{\"stream\":\"\\n\"}\r\n{\"stream\":\" ---\\u003e adb614610c77\\n\"}\r\n{\"aux\":{\"ID\":\"" + std::string(kId) +
                           "\"}}\r\n{\"stream\":\"Successfully built c20e92126e87\\n\"}\r\n");
  CHECK(engine.built.tags == std::vector<std::string>{"a", "b:1"});
}

TEST_CASE("an error before any output is a status, after it a line with the command's code") {
  FakeEngine engine;
  engine.builds = [](const engine::BuildRequest&, engine::BuildOutput&) -> Result<ImageId> {
    return docker_error(ErrorKind::Invalid, "dockerfile.syntax", "dockerfile parse error line 2: unknown instruction: FROBNICATE");
  };
  const Answer early = ask(engine, "POST", "/build", "TAR");
  CHECK(early.status == 400);
  CHECK(early.header("Api-Version") == "1.41");
  CHECK(early.body == "{\"message\":\"dockerfile parse error line 2: unknown instruction: FROBNICATE\"}\n");
  engine.builds = [](const engine::BuildRequest&, engine::BuildOutput& output) -> Result<ImageId> {
    output.stream("x");
    return docker_error(ErrorKind::Invalid, "build.run", "The command '/bin/sh -c exit 3' returned a non-zero code: 3");
  };
  const Answer late = ask(engine, "POST", "/build", "TAR");
  CHECK(late.status == 200);
  CHECK(late.body ==
        "{\"stream\":\"x\"}\r\n{\"errorDetail\":{\"code\":3,\"message\":\"The command '/bin/sh -c exit 3' returned a non-zero code: 3\"},\"error\":\"The command '/bin/sh -c exit 3' returned a non-zero code: 3\"}\r\n");
  engine.builds = [](const engine::BuildRequest&, engine::BuildOutput& output) -> Result<ImageId> {
    output.stream("x");
    return docker_error(ErrorKind::NotFound, "build.copy", "COPY failed: a");
  };
  CHECK(ask(engine, "POST", "/build", "TAR").body == "{\"stream\":\"x\"}\r\n{\"errorDetail\":{\"message\":\"COPY failed: a\"},\"error\":\"COPY failed: a\"}\r\n");
}

TEST_CASE("a quiet build says its id only, or all of it when it fails") {
  FakeEngine engine;
  engine.builds = [](const engine::BuildRequest& request, engine::BuildOutput& output) -> Result<ImageId> {
    output.stream("x");
    if (request.target == "bad") return docker_error(ErrorKind::Invalid, "build.x", "no");
    output.image(ImageId(std::string(kId)));
    return ImageId(std::string(kId));
  };
  CHECK(ask(engine, "POST", "/build?q=1", "TAR").body == "{\"stream\":\"" + std::string(kId) + "\\n\"}\r\n");
  CHECK(ask(engine, "POST", "/build?q=1&target=bad", "TAR").body == "{\"stream\":\"x\"}\r\n{\"errorDetail\":{\"message\":\"no\"},\"error\":\"no\"}\r\n");
}

TEST_CASE("the parameters of a build are read, and those that are not done are refused by name") {
  FakeEngine engine;
  engine.builds = [](const engine::BuildRequest&, engine::BuildOutput&) -> Result<ImageId> { return ImageId(std::string(kId)); };
  CHECK(ask(engine, "POST",
            "/build?buildargs=" + percent_encode(R"({"A":"1","HTTP_PROXY":null})") + "&labels=" + percent_encode(R"({"k":"v"})") +
                "&cachefrom=" + percent_encode("[]") + "&cpuperiod=0&memory=0&ulimits=null&shmsize=0&forcerm=1&rm=0&nocache=1&networkmode=none&target=st&dockerfile=sub.df&platform=linux%2Famd64&remote=&pull=0",
            "TAR")
            .status == 200);
  const auto& built = engine.built;
  CHECK(built.build_args == std::vector<std::pair<std::string, std::optional<std::string>>>{{"A", "1"}, {"HTTP_PROXY", std::nullopt}});
  CHECK(built.labels == std::map<std::string, std::string>{{"k", "v"}});
  CHECK(built.force_remove);
  CHECK_FALSE(built.remove);
  CHECK(built.no_cache);
  CHECK(built.host.network_mode == "none");
  CHECK(built.target == "st");
  CHECK(built.dockerfile == "sub.df");
  for (const auto& [name, value] : {std::pair{"remote", "https://x/y.git"}, {"remote", "https://x/ungit#v1"}, {"outputs", "[{\"Type\":\"local\"}]"}}) {
    const Answer answer = ask(engine, "POST", "/build?" + std::string(name) + "=" + percent_encode(value), "TAR");
    CHECK_MESSAGE(answer.status == 501, std::string(name));
    CHECK_MESSAGE(answer.body.find(name) != std::string::npos, answer.body);
  }
  CHECK(ask(engine, "POST", "/build?memory=67108864&cpushares=512&shmsize=1048576&pull=1&remote=http%3A%2F%2Fx%2Fy.tar&cachefrom=" + percent_encode(R"(["c1","c2:3"])"), "")
            .status == 200);
  CHECK(engine.built.host.limits.memory == 67108864);
  CHECK(engine.built.host.limits.cpu_shares == 512);
  CHECK(engine.built.host.shm_size == 1048576);
  CHECK(engine.built.pull);
  CHECK(engine.built.remote == "http://x/y.tar");
  CHECK(engine.built.cache_from == std::vector<std::string>{"c1", "c2:3"});
  CHECK(ask(engine, "POST", "/build?cachefrom=" + percent_encode(R"({"a":1})"), "TAR").status == 400);
  CHECK(ask(engine, "POST", "/build?version=2", "TAR").body.find("BuildKit") != std::string::npos);
  CHECK(ask(engine, "POST", "/build?labels=1", "TAR").status == 400);
  CHECK(ask(engine, "POST", "/build?buildargs=" + percent_encode(R"({"A":1})"), "TAR").status == 400);
  CHECK(ask(engine, "POST", "/build/prune").body == "{\"CachesDeleted\":null,\"SpaceReclaimed\":0}\n");
}

TEST_CASE("the limits of a build are those of the containers of its RUN steps") {
  FakeEngine engine;
  engine.builds = [](const engine::BuildRequest&, engine::BuildOutput&) -> Result<ImageId> { return ImageId(std::string(kId)); };
  CHECK(ask(engine, "POST",
            "/build?memory=67108864&memswap=-1&cpushares=512&cpuperiod=50000&cpuquota=25000&cpusetcpus=0-1&cpusetmems=0&cgroupparent=%2Fcourse&extrahosts=a%3A1.1.1.1&extrahosts=b%3A1.1.1.2&ulimits=" +
                percent_encode(R"([{"Name":"nofile","Hard":200,"Soft":100}])"),
            "TAR")
            .status == 200);
  const engine::HostConfig& host = engine.built.host;
  engine::Limits limits;
  limits.memory = 67108864;
  limits.memory_swap = -1;
  limits.cpu_shares = 512;
  limits.cpu_period = 50000;
  limits.cpu_quota = 25000;
  limits.cpuset_cpus = "0-1";
  limits.cpuset_mems = "0";
  CHECK(host.limits == limits);
  CHECK(host.isolation.cgroup_parent == "/course");
  CHECK(host.extra_hosts == std::vector<std::string>{"a:1.1.1.1", "b:1.1.1.2"});
  CHECK(host.isolation.ulimits == std::vector<engine::Ulimit>{{"nofile", 100, 200}});
  CHECK(ask(engine, "POST", "/build?ulimits=x", "TAR").status == 400);
  CHECK(ask(engine, "POST", "/build?memory=much", "TAR").status == 200);  // as Docker: no number is none
  CHECK(engine.built.host.limits.memory == 0);
}

TEST_CASE("what the classic builder of Docker refuses is refused in its words") {
  FakeEngine engine;
  engine.builds = [](const engine::BuildRequest&, engine::BuildOutput&) -> Result<ImageId> { return ImageId(std::string(kId)); };
  const auto refused = [&](const std::string& query, const std::string& sentence) {
    const Answer answer = ask(engine, "POST", "/build?" + query, "TAR");
    CHECK_MESSAGE(answer.status == 400, query);
    CHECK(answer.body == dump_json(Json{{"message", sentence}}) + "\n");
  };
  refused("squash=1", "squash is only supported with experimental mode");
  refused("securityopt=seccomp%3Dunconfined", "The daemon on this platform does not support setting security options on build");
  refused("isolation=hyperv", "Unsupported isolation: \"hyperv\"");
  refused("platform=foo", "\"foo\": unknown operating system or architecture: invalid argument");
  refused("platform=a%2Fb%2Fc%2Fd", "\"a/b/c/d\": cannot parse platform specifier: invalid argument");
  refused("platform=linux%2F", "\"\" is an invalid component of \"linux/\": platform specifier component must match \"^[A-Za-z0-9_-]+$\": invalid argument");
  // An image that is here is taken whatever its platform.
  for (const char* platform : {"linux/arm64", "AMD64", "windows", "linux/arm64/v8"}) CHECK(ask(engine, "POST", "/build?platform=" + percent_encode(platform), "TAR").status == 200);
}
