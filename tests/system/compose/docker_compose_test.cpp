// Debian's docker-compose 1.29 (python3-docker) drives our daemon as it is.
#include <doctest/doctest.h>

#include <unistd.h>

#include "tests/system/harness/daemon.hpp"

using namespace strates::system_test;

namespace {

constexpr const char* kFile = R"(version: "3.7"
services:
  web:
    build: .
    ports: ["8080:80"]
    volumes: ["data:/data"]
    depends_on: [db]
  db:
    image: busybox
    command: sh -c "echo ready; sleep 1000"
    stop_grace_period: 0s
volumes:
  data:
)";

void drive(World world) {
  if (skipped(why_not(world)) || skipped(access("/usr/bin/docker-compose", X_OK) == 0 ? "" : "docker-compose is not installed")) return;
  const TemporaryRoot root;
  LeakWatch watch(root);
  {
    Daemon daemon(root, world);
    daemon.prepare({"busybox"});
    root.write("shop/docker-compose.yml", kFile);
    root.write("shop/Dockerfile", "FROM busybox\nRUN echo built > /built\nCMD [\"sh\", \"-c\", \"cat /built; sleep 1000\"]\n");
    const auto compose = [&](const std::string& words) {
      return daemon.docker("cd shop && DOCKER_HOST=" + daemon.host() + " COMPOSE_HTTP_TIMEOUT=60 docker-compose --no-ansi " + words, Client::Ours, Milliseconds(120'000));
    };
    const auto up = compose("up -d");
    REQUIRE_MESSAGE(up.exit == 0, up.all() << daemon.log());
    CHECK(up.err.find("Creating network \"shop_default\" with the default driver") != std::string::npos);
    CHECK(up.err.find("Creating volume \"shop_data\" with default driver") != std::string::npos);
    const auto ps = compose("ps");
    CHECK_MESSAGE(ps.out.find("0.0.0.0:8080->80/tcp") != std::string::npos, ps.all());
    CHECK(eventually([&] { return compose("logs --no-color").out.find("built") != std::string::npos; }));
    const auto again = compose("up -d");
    CHECK_MESSAGE(again.err.find("shop_web_1 is up-to-date") != std::string::npos, again.all());
    const auto scaled = compose("up -d --scale db=3");
    CHECK_MESSAGE(scaled.exit == 0, scaled.all());
    CHECK(daemon.docker("docker ps -q | wc -l").out == "4\n");
    if (world == World::Linux) {
      const auto names = compose("exec -T web nslookup -type=a db");
      CHECK_MESSAGE(names.out.find("127.0.0.11") != std::string::npos, names.all());
      size_t addresses = 0;
      for (size_t at = names.out.find("Address: 172."); at != std::string::npos; at = names.out.find("Address: 172.", at + 1)) ++addresses;
      CHECK(addresses == 3);
    }
    CHECK(compose("restart -t 0 db").exit == 0);
    const auto down = compose("down -v -t 0");
    CHECK_MESSAGE(down.exit == 0, down.all());
    CHECK(daemon.docker("docker ps -aq; docker volume ls -q; docker network ls -q --filter name=shop_").out.empty());
    CHECK(daemon.stop() == 0);
  }
  const auto left = watch.left();
  CHECK_MESSAGE(left.empty(), joined(left));
}

}  // namespace

TEST_CASE("docker-compose 1.29 brings a project up, scales it and takes it down, on a kernel") { drive(World::Linux); }
TEST_CASE("docker-compose 1.29 brings a project up, scales it and takes it down, in the simulator") { drive(World::Sim); }
