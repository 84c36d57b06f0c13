// The course's rows about registries (2.06, 3.06, 4.11, 4.14 to 4.21, 6.01 to 6.03) in a room without internet: the class's registry is all there is.
#include <doctest/doctest.h>

#include "tests/system/harness/daemon.hpp"
#include "tests/system/registry/registry_harness.hpp"

using namespace strates::system_test;

namespace {

bool holds(const Result& result, const std::string& text) { return (result.out + result.err).find(text) != std::string::npos; }

// A class's registry with busybox and an image that stands on it, put there by a teacher's engine.
void fill(Daemon& teacher, const TemporaryRoot& root, const RegistryServer& server) {
  teacher.prepare({"busybox"});
  root.write("clock/Dockerfile", "FROM busybox\nRUN echo tick > /clock\nCMD [\"cat\", \"/clock\"]\n");
  REQUIRE(teacher.docker("docker build -q --network none -t clock clock").exit == 0);
  for (const std::string& name : {std::string("library/busybox"), std::string("tropars/clock")}) {
    const auto pushed = teacher.docker("docker tag " + name.substr(name.find('/') + 1) + " " + server.host() + "/" + name + " && docker push -q " + server.host() + "/" + name);
    REQUIRE_MESSAGE(pushed.exit == 0, pushed.all());
  }
}

void without_internet(World world) {
  if (skipped(why_not(world))) return;
  leave_machine_network();
  TemporaryRoot teacher_root, student_root, registry_root;
  LeakWatch watch(student_root);
  {
    RegistryServer server(registry_root.path() + "/registry");
    Daemon teacher(teacher_root, world, Network::Test), student(student_root, world, Network::Test, {"--registry-mirror", "http://" + server.host()});
    fill(teacher, teacher_root, server);

    // 3.06, 4.14 to 4.16, 4.19, 4.20, 6.02: names without an address are Docker Hub's, and the mirror has them.
    const auto pulled = student.docker("docker pull busybox");
    CHECK_MESSAGE(pulled.exit == 0, pulled.all() << student.log());
    CHECK(pulled.out.starts_with("Using default tag: latest\nlatest: Pulling from library/busybox\n"));
    CHECK(holds(pulled, ": Pull complete\nDigest: sha256:"));
    CHECK(holds(pulled, "Status: Downloaded newer image for busybox:latest\ndocker.io/library/busybox:latest\n"));
    // 4.11: a layer that is here is not fetched again.
    const auto second = student.docker("docker pull tropars/clock");
    CHECK_MESSAGE(holds(second, ": Already exists\n"), second.all());
    CHECK(holds(second, ": Pull complete\n"));
    CHECK(student.docker("docker run --rm --network none tropars/clock").out == "tick\n");
    // 4.17
    CHECK(holds(student.docker("docker images"), "tropars/clock   latest"));
    // 4.19: run downloads what is absent.
    CHECK(student.docker("docker rmi -f tropars/clock").exit == 0);
    const auto ran = student.docker("docker run --rm --network none tropars/clock");
    CHECK(ran.out == "tick\n");
    CHECK(ran.err.starts_with("Unable to find image 'tropars/clock:latest' locally\nlatest: Pulling from tropars/clock\n"));
    // 4.18
    const auto searched = student.docker("docker search " + server.host() + "/clock");
    CHECK_MESSAGE(searched.out.starts_with("NAME"), searched.all());
    CHECK(holds(searched, "tropars/clock"));

    // 2.06, 4.21: `latest` moves, a version and a digest do not.
    const std::string app = server.host() + "/team/app";
    teacher_root.write("app/Dockerfile", "FROM busybox\nARG version\nRUN echo $version > /version\nCMD [\"cat\", \"/version\"]\n");
    for (const std::string& version : {std::string("1"), std::string("2")})
      REQUIRE(teacher.docker("docker build -q --network none --build-arg version=" + version + " -t " + app + ":" + version + " -t " + app + " app && docker push -q " + app + ":" + version + " && docker push -q " + app).exit == 0);
    CHECK(student.docker("docker run --rm --network none " + app + ":1").out == "1\n");
    CHECK(student.docker("docker run --rm --network none " + app).out == "2\n");
    std::string pinned = student.docker("docker image inspect -f '{{index .RepoDigests 0}}' " + app + ":1").out;
    pinned = pinned.substr(0, pinned.find('\n'));
    CHECK(student.docker("docker rmi -f $(docker images -q " + app + ")").exit == 0);
    CHECK(student.docker("docker run --rm --network none " + pinned).out == "1\n");
    // 6.01: a tag adds a name.
    CHECK(student.docker("docker tag busybox bb && docker tag busybox " + server.host() + "/me/bb && docker images -q --no-trunc | sort | uniq -c | sort -n | tail -1").out.find(" 3 ") != std::string::npos);
    CHECK(student.stop() == 0);
    CHECK(teacher.stop() == 0);
  }
  const auto left = watch.left();
  CHECK_MESSAGE(left.empty(), joined(left));
}

void with_a_login(World world) {
  if (skipped(why_not(world))) return;
  leave_machine_network();
  TemporaryRoot one_root, other_root, registry_root;
  const auto line = front({"registry", "password", "student"}, "s3cret\n");
  registry_root.write("htpasswd", line.out);
  RegistryServer server(registry_root.path() + "/registry", {"--htpasswd", registry_root.work() + "/htpasswd"});
  Daemon one(one_root, world, Network::Test), other(other_root, world, Network::Test);
  one.prepare({"busybox"});
  const std::string clock = server.host() + "/tropars/clock", config = "export DOCKER_CONFIG=" + one_root.work() + "/config; ";
  CHECK(one.docker("docker tag busybox " + clock).exit == 0);
  const auto refused = one.docker(config + "docker push " + clock);
  CHECK(refused.exit == 1);
  CHECK_MESSAGE(holds(refused, "no basic auth credentials"), refused.all());
  const auto wrong = one.docker(config + "echo wrong | docker login -u student --password-stdin " + server.host());
  CHECK(wrong.exit == 1);
  CHECK_MESSAGE(holds(wrong, "failed with status: 401 Unauthorized"), wrong.all());
  CHECK(holds(one.docker(config + "echo s3cret | docker login -u student --password-stdin " + server.host()), "Login Succeeded"));
  const auto pushed = one.docker(config + "docker push " + clock);
  CHECK_MESSAGE(pushed.exit == 0, pushed.all());
  CHECK(holds(pushed, ": Pushed\n"));
  CHECK(holds(one.docker(config + "docker push " + clock), ": Layer already exists\n"));
  // From elsewhere, into an empty store.
  CHECK(other.docker("docker images -q").out.empty());
  CHECK(holds(other.docker("docker pull " + clock), "no basic auth credentials"));
  const auto pulled = other.docker(config + "docker pull " + clock);
  CHECK_MESSAGE(holds(pulled, "Status: Downloaded newer image for " + clock + ":latest"), pulled.all());
  CHECK(other.docker("docker run --rm --network none " + clock + " echo here").out == "here\n");
  CHECK(one.stop() == 0);
  CHECK(other.stop() == 0);
}

}  // namespace

TEST_CASE("a class without internet pulls, runs, searches and pins from its own registry") { without_internet(World::Linux); }
TEST_CASE("a class without internet pulls, runs, searches and pins, in the simulator") { without_internet(World::Sim); }
TEST_CASE("pushing wants a login, and another store pulls what was pushed") { with_a_login(World::Linux); }
TEST_CASE("pushing wants a login, and another store pulls what was pushed, in the simulator") { with_a_login(World::Sim); }
