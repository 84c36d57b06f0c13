// Images between our daemon and Debian's docker-registry, by both clients: what is printed, what is there afterwards, and who saw the password.
#include <doctest/doctest.h>

#include <algorithm>

#include "tests/system/pull/peer_registry.hpp"

using namespace strates::system_test;

namespace {

constexpr const char* kApp = "FROM busybox\nRUN echo one > /one\nRUN echo two > /two\n";

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) text.replace(at, from.size(), to);
  return text;
}

// Lines of layers come in the order in which they are done: sorted, digests kept.
std::string steady(const std::string& text) {
  std::vector<std::string> lines;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    const std::string line = text.substr(at, end - at);
    at = end + 1;
    // When a layer waits, and whether its check takes long enough to be told, is chance.
    if (!line.ends_with(": Waiting") && !line.ends_with(": Verifying Checksum") && !line.ends_with(": Retrying in 1 second")) lines.push_back(line);
  }
  std::sort(lines.begin(), lines.end());
  std::string out;
  for (const auto& line : lines) out += line + "\n";
  return out;
}

void round_trip(World world, Client client) {
  if (skipped(why_not(world)) || skipped(why_not(client)) || skipped(PeerRegistry::why_not())) return;
  const TemporaryRoot root;
  LeakWatch watch(root);
  {
    const PeerRegistry peer(root, "peer");
    Daemon daemon(root, world, Network::Test);
    daemon.prepare({"busybox"});
    root.write("app/Dockerfile", kApp);
    const std::string app = peer.host() + "/team/app";
    REQUIRE(daemon.docker("docker build -q --network none -t " + app + ":1 app", client).exit == 0);
    const std::string id = daemon.docker("docker image inspect -f '{{.Id}}' " + app + ":1").out;

    const auto pushed = daemon.docker("docker push " + app + ":1", client);
    CHECK_MESSAGE(pushed.exit == 0, pushed.all() << daemon.log());
    CHECK(pushed.out.starts_with("The push refers to repository [" + app + "]\n"));
    CHECK(pushed.out.find(": Pushed\n") != std::string::npos);
    CHECK(pushed.out.find("\n1: digest: sha256:") != std::string::npos);
    const auto again = daemon.docker("docker push " + app + ":1", client);
    CHECK(again.out.find(": Pushed\n") == std::string::npos);
    CHECK(again.out.find(": Layer already exists\n") != std::string::npos);
    CHECK(daemon.docker("docker tag " + app + ":1 " + peer.host() + "/other:1; docker push " + peer.host() + "/other:1", client).out.find(": Mounted from team/app\n") != std::string::npos);
    CHECK(daemon.docker("docker images --digests --format '{{.Digest}}' " + app, client).out.starts_with("sha256:"));

    CHECK(daemon.docker("docker rmi -f " + app + ":1 " + peer.host() + "/other:1 busybox", client).exit == 0);
    const auto pulled = daemon.docker("docker pull " + app + ":1", client);
    CHECK_MESSAGE(pulled.exit == 0, pulled.all() << daemon.log());
    CHECK(pulled.out.starts_with("1: Pulling from team/app\n"));
    CHECK(pulled.out.find(": Pull complete\n") != std::string::npos);
    CHECK(pulled.out.find("\nStatus: Downloaded newer image for " + app + ":1\n" + app + ":1\n") != std::string::npos);
    CHECK(daemon.docker("docker image inspect -f '{{.Id}}' " + app + ":1").out == id);
    CHECK(daemon.docker("docker run --rm --network none " + app + ":1 cat /one /two", client).out == "one\ntwo\n");
    CHECK(daemon.docker("docker pull " + app + ":1", client).out.find("Status: Image is up to date for " + app + ":1\n") != std::string::npos);

    // What is not here comes by itself: for a container, for a build.
    CHECK(daemon.docker("docker rmi " + app + ":1", client).exit == 0);
    const auto ran = daemon.docker("docker run --rm --network none " + app + ":1 cat /two", client);
    CHECK(ran.out == "two\n");
    CHECK(ran.err.starts_with("Unable to find image '" + app + ":1' locally\n1: Pulling from team/app\n"));
    CHECK(daemon.docker("docker rmi " + app + ":1", client).exit == 0);
    root.write("from/Dockerfile", "FROM " + app + ":1\nENV a=b\n");
    const auto built = daemon.docker("docker build --network none -t made from", client);
    CHECK_MESSAGE(built.exit == 0, built.all());
    CHECK(built.out.find("1: Pulling from team/app\n") != std::string::npos);

    const auto absent = daemon.docker("docker pull " + app + ":nope", client);
    CHECK(absent.exit == 1);
    CHECK(absent.err == "Error response from daemon: manifest for " + app + ":nope not found: manifest unknown: manifest unknown\n");
    CHECK(daemon.docker("docker pull 127.0.0.1:1/x", client).err == "Error response from daemon: Get \"http://127.0.0.1:1/v2/\": dial tcp 127.0.0.1:1: connect: connection refused\n");
    CHECK(daemon.docker("docker push " + peer.host() + "/never", client).err == "An image does not exist locally with the tag: " + peer.host() + "/never\n");
    CHECK(daemon.stop() == 0);
  }
  const auto left = watch.left();
  CHECK_MESSAGE(left.empty(), joined(left));
}

void login(World world, Client client) {
  if (skipped(why_not(world)) || skipped(why_not(client)) || skipped(PeerRegistry::why_not())) return;
  const TemporaryRoot root;
  const PeerRegistry peer(root, "peer", Password::Wanted);
  Daemon daemon(root, world, Network::Test);
  daemon.prepare({"busybox"});
  const std::string app = peer.host() + "/app:1", config = "export DOCKER_CONFIG=" + root.work() + "/config; ";
  REQUIRE(daemon.docker("docker tag busybox " + app).exit == 0);
  const auto refused = daemon.docker(config + "docker push " + app, client);
  CHECK(refused.exit == 1);
  CHECK(refused.err == "no basic auth credentials\n");
  CHECK(daemon.docker(config + "docker pull " + app, client).err == "Error response from daemon: Head \"http://" + peer.host() + "/v2/app/manifests/1\": no basic auth credentials\n");
  const auto wrong = daemon.docker(config + "echo verysecretwrong | docker login -u ana --password-stdin " + peer.host(), client);
  CHECK(wrong.exit == 1);
  CHECK(wrong.err == "Error response from daemon: login attempt to http://" + peer.host() + "/v2/ failed with status: 401 Unauthorized\n");
  const auto right = daemon.docker(config + "echo secret | docker login -u ana --password-stdin " + peer.host(), client);
  CHECK(right.out == "Login Succeeded\n");
  CHECK(right.err == "WARNING! Your password will be stored unencrypted in " + root.work() +
                         "/config/config.json.\nConfigure a credential helper to remove this warning. See\nhttps://docs.docker.com/engine/reference/commandline/login/#credentials-store\n\n");
  CHECK(read_file(root.work() + "/config/config.json") == "{\n\t\"auths\": {\n\t\t\"" + peer.host() + "\": {\n\t\t\t\"auth\": \"YW5hOnNlY3JldA==\"\n\t\t}\n\t}\n}");
  const auto pushed = daemon.docker(config + "docker push " + app, client);
  CHECK_MESSAGE(pushed.exit == 0, pushed.all());
  CHECK(daemon.docker(config + "docker rmi " + app + "; docker pull -q " + app, client).out.ends_with(app + "\n"));
  CHECK(daemon.docker(config + "docker logout " + peer.host(), client).out == "Removing login credentials for " + peer.host() + "\n");
  CHECK(read_file(root.work() + "/config/config.json") == "{\n\t\"auths\": {}\n}");
  CHECK(daemon.docker(config + "docker push " + app, client).exit == 1);
  const std::string trace = daemon.strates({"trace", "--json"}).all();
  for (const std::string& secret : {std::string("verysecretwrong"), std::string("YW5hOnNlY3JldA==")}) {
    CHECK(trace.find(secret) == std::string::npos);
    CHECK(daemon.log().find(secret) == std::string::npos);
  }
  CHECK(daemon.stop() == 0);
}

}  // namespace

TEST_CASE("our client moves images between real containers and docker-registry") { round_trip(World::Linux, Client::Ours); }
TEST_CASE("Debian's client moves images between real containers and docker-registry") { round_trip(World::Linux, Client::Debian); }
TEST_CASE("our client moves images between the simulator and docker-registry") { round_trip(World::Sim, Client::Ours); }
TEST_CASE("a registry that wants a password gets it, from our client") { login(World::Linux, Client::Ours); }
TEST_CASE("a registry that wants a password gets it, from Debian's client") { login(World::Linux, Client::Debian); }
TEST_CASE("a registry that wants a password gets it, in the simulator") { login(World::Sim, Client::Ours); }

TEST_CASE("both clients print the same of a pull and a push") {
  if (skipped(why_not(World::Linux)) || skipped(why_not(Client::Debian)) || skipped(PeerRegistry::why_not())) return;
  const TemporaryRoot root;
  const PeerRegistry peer(root, "peer");
  Daemon daemon(root, World::Linux, Network::Test);
  daemon.prepare({"busybox"});
  root.write("app/Dockerfile", kApp);
  const std::string app = peer.host() + "/app";
  REQUIRE(daemon.docker("docker build -q --network none -t " + app + " app").exit == 0);
  for (const char* script : {"docker push APP", "docker push APP", "docker push -q APP", "docker push -a APP", "docker push APP:x", "docker rmi APP", "docker pull APP", "docker pull APP",
                             "docker pull -q APP", "docker pull -a APP", "docker pull -a APP:latest", "docker pull APP:x", "docker pull UP", "docker pull", "docker search APP", "docker login --password x --password-stdin h",
                             "docker login --password-stdin h", "docker login h", "docker logout h", "docker pull --help", "docker push --help", "docker login --help", "docker logout --help", "docker search --help"}) {
    const std::string line = replaced(script, "APP", app);
    INFO(line);
    const auto ours = daemon.docker("export DOCKER_CONFIG=" + root.work() + "/a; " + line, Client::Ours);
    // What a push or a pull changes is taken back, so that the second finds what the first found.
    if (line == "docker rmi " + app) {
      CHECK(ours.out.find("Untagged: " + app + "@sha256:") != std::string::npos);
      continue;
    }
    const auto theirs = daemon.docker("export DOCKER_CONFIG=" + root.work() + "/a; " + line, Client::Debian);
    CHECK(ours.exit == theirs.exit);
    const bool first = ours.out.find(": Pushed") != std::string::npos || ours.out.find("Downloaded newer") != std::string::npos;
    if (!first) CHECK(steady(ours.out) == steady(theirs.out));
    CHECK(ours.err == theirs.err);
  }
  CHECK(daemon.stop() == 0);
}
