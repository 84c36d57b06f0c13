// Containers that talk to each other and to the machine, over the real daemon: its network is a namespace of its own, so the machine's is not touched.
#include <doctest/doctest.h>

#include <memory>

#include "tests/system/harness/daemon.hpp"

using namespace strates::system_test;

namespace {

// The daemon lives in this program's network namespace: when it has gone, no interface and no rule is left there.
struct Bench {
  Bench() : watch((leave_machine_network(), root)) {
    begin();
    daemon->prepare({"busybox"});
  }
  ~Bench() {
    daemon->docker("docker rm -f $(docker ps -aq)");
    CHECK(daemon->stop() == 0);
    const auto left = watch.left();
    CHECK_MESSAGE(left.empty(), "left behind:\n" << joined(left));
  }
  void begin() { daemon = std::make_unique<Daemon>(root, World::Linux, Network::Test); }
  std::string docker(const std::string& script) {
    const auto result = daemon->docker(script + " 2>&1");
    return result.out;
  }
  TemporaryRoot root;
  LeakWatch watch;
  std::unique_ptr<Daemon> daemon;
};

// The page of a server, asked for in a network. With nc: wget of a static busybox needs libraries that its image does not have.
std::string get(const std::string& network, const std::string& place) {
  return "docker run --rm --network " + network + " busybox sh -c \"printf 'GET /index.html HTTP/1.0\\r\\n\\r\\n' | nc " + place + " | tail -1\"";
}

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("containers find each other by name on their own network, and not on the default one") {
  if (skipped(why_not(World::Linux))) return;
  Bench bench;
  bench.docker("docker network create front; docker run -d --name web --network front --network-alias site busybox sleep 1000");
  for (const char* name : {"web", "site", "web.front"}) {
    const std::string out = bench.docker(std::string("docker run --rm --network front busybox ping -c 1 -W 2 ") + name);
    CHECK_MESSAGE(holds(out, "1 packets received"), out);
  }
  const std::string by_id = bench.docker("docker run --rm --network front busybox ping -c 1 -W 2 $(docker ps -q --filter name=web)");
  CHECK_MESSAGE(holds(by_id, "1 packets received"), by_id);
  const std::string reverse = bench.docker("docker run --rm --network front busybox nslookup $(docker inspect -f '{{.NetworkSettings.Networks.front.IPAddress}}' web)");
  CHECK_MESSAGE(holds(reverse, "web.front"), reverse);
  bench.docker("docker run -d --name lone busybox sleep 1000");
  const std::string lone = bench.docker("docker run --rm busybox ping -c 1 -W 2 lone");
  CHECK_MESSAGE(holds(lone, "bad address 'lone'"), lone);
  const std::string by_address = bench.docker("docker run --rm busybox ping -c 1 -W 2 $(docker inspect -f '{{.NetworkSettings.IPAddress}}' lone)");
  CHECK_MESSAGE(holds(by_address, "1 packets received"), by_address);
  bench.docker("docker rm -f web lone");
  CHECK(bench.docker("docker network rm front") == "front\n");
}

TEST_CASE("networks do not see each other, until a container is in both") {
  if (skipped(why_not(World::Linux))) return;
  Bench bench;
  bench.docker("docker network create one; docker network create two; docker run -d --name aa --network one busybox sleep 1000; docker run -d --name bb --network two busybox sleep 1000");
  const std::string reach = "docker exec aa ping -c 1 -W 1 $(docker inspect -f '{{.NetworkSettings.Networks.two.IPAddress}}' bb)";
  CHECK(holds(bench.docker(reach), "0 packets received"));
  CHECK(holds(bench.docker("docker exec aa ping -c 1 -W 1 bb"), "bad address 'bb'"));
  bench.docker("docker network connect two aa");
  CHECK(holds(bench.docker(reach), "1 packets received"));
  CHECK(holds(bench.docker("docker exec aa ping -c 1 -W 1 bb"), "1 packets received"));
  CHECK(holds(bench.docker("docker exec aa ip addr"), "eth1@"));
  bench.docker("docker network disconnect two aa");
  CHECK(holds(bench.docker("docker exec aa ping -c 1 -W 1 bb"), "bad address 'bb'"));
  bench.docker("docker rm -f aa bb; docker network rm one two");
}

TEST_CASE("a published port serves by both versions, has one holder, and goes with its container") {
  if (skipped(why_not(World::Linux))) return;
  Bench bench;
  // The machine, for this daemon, is this program's namespace: --network host is in it.
  const std::string fetch = get("host", "127.0.0.1 8091");
  bench.docker("docker run -d --name web -p 8091:80 busybox sh -c 'mkdir /www; echo served > /www/index.html; exec busybox httpd -f -h /www'");
  CHECK(bench.docker("docker port web") == "80/tcp -> 0.0.0.0:8091\n80/tcp -> :::8091\n");
  std::string got;
  CHECK_MESSAGE(eventually([&] { return (got = bench.docker(fetch)) == "served\n"; }, Milliseconds(5000)), got);
  const std::string six = bench.docker(get("host", "::1 8091"));
  CHECK_MESSAGE(six == "served\n", six);
  const std::string taken = bench.docker("docker run --rm --name late -p 8091:80 busybox true");
  CHECK_MESSAGE(holds(taken, "Bind for 0.0.0.0:8091 failed: port is already allocated"), taken);
  bench.docker("docker rm -f web");
  const std::string gone = bench.docker(fetch);
  CHECK_MESSAGE(holds(gone, "Connection refused"), gone);
}

TEST_CASE("addresses and ports go on when the daemon is killed, and the next one answers names again") {
  if (skipped(why_not(World::Linux))) return;
  Bench bench;
  bench.docker("docker network create front; docker run -d --name web --network front -p 8095:80 busybox sh -c 'mkdir /www; echo served > /www/index.html; exec busybox httpd -f -h /www'");
  bench.docker("docker run -d --name asks --network front busybox sleep 1000");
  const std::string address = bench.docker("docker inspect -f '{{.NetworkSettings.Networks.front.IPAddress}}' web");
  const auto fetch = [] { return run({"busybox", "wget", "-qO-", "http://127.0.0.1:8095/index.html"}).out; };
  CHECK(eventually([&] { return fetch() == "served\n"; }, Milliseconds(5000)));
  bench.daemon->kill9();
  CHECK(fetch() == "served\n");
  bench.begin();
  CHECK(fetch() == "served\n");
  CHECK(bench.docker("docker inspect -f '{{.NetworkSettings.Networks.front.IPAddress}}' web") == address);
  CHECK(bench.docker("docker port web 80/tcp") == "0.0.0.0:8095\n:::8095\n");
  CHECK(holds(bench.docker("docker exec asks ping -c 1 -W 2 web"), "1 packets received"));
  CHECK(holds(bench.docker("docker run --rm --network front busybox ping -c 1 -W 2 asks"), "1 packets received"));
  bench.docker("docker rm -f web asks; docker network rm front");
  CHECK(fetch().empty());
}

TEST_CASE("what a network cannot do is said in Docker's words") {
  if (skipped(why_not(World::Linux))) return;
  Bench bench;
  bench.docker("docker network create busy; docker run -d --name aa --network busy busybox sleep 1000");
  CHECK(holds(bench.docker("docker network rm busy"), "has active endpoints"));
  CHECK(holds(bench.docker("docker network create busy"), "network with name busy already exists"));
  CHECK(holds(bench.docker("docker network rm nope"), "Error: No such network: nope"));
  CHECK(holds(bench.docker("docker network create --subnet 172.17.0.0/24 over"), "Pool overlaps with other one on this address space"));
  bench.docker("docker rm -f aa");
  CHECK(bench.docker("docker network prune -f") == "Deleted Networks:\nbusy\n\n");
}

TEST_CASE("a container shares another's network") {
  if (skipped(why_not(World::Linux))) return;
  Bench bench;
  bench.docker("docker run -d --name owner busybox sh -c 'mkdir /www; echo shared > /www/index.html; exec busybox httpd -f -h /www'");
  std::string got;
  CHECK_MESSAGE(eventually([&] { return (got = bench.docker(get("container:owner", "127.0.0.1 80"))) == "shared\n"; }, Milliseconds(5000)), got);
  CHECK(bench.docker("docker run --rm --network container:owner busybox hostname") == bench.docker("docker exec owner hostname"));
  bench.docker("docker rm -f owner");
}

TEST_CASE("the default bridge moves away from a range that somebody else of the machine has taken meanwhile") {
  if (skipped(why_not(World::Linux)) || skipped(run({"ip", "-V"}).exit == 0 ? "" : "iproute2 is not installed")) return;
  Bench bench;
  const std::string subnet = bench.docker("docker network inspect -f '{{(index .IPAM.Config 0).Subnet}}' bridge");
  REQUIRE(subnet == "172.17.0.0/16\n");
  REQUIRE(run({"ip", "link", "add", "other0", "type", "bridge"}).exit == 0);
  REQUIRE(run({"ip", "address", "add", "172.17.0.1/16", "dev", "other0"}).exit == 0);
  REQUIRE(run({"ip", "link", "set", "other0", "up"}).exit == 0);
  bench.docker("docker run -d --name web -p 8080:80 busybox sh -c 'mkdir w; echo moved > w/index.html; httpd -f -h w'");
  CHECK(bench.docker("docker inspect -f '{{.NetworkSettings.IPAddress}} {{.NetworkSettings.Gateway}}' web") == "172.18.0.2 172.18.0.1\n");
  CHECK(bench.docker("docker network inspect -f '{{(index .IPAM.Config 0).Subnet}}' bridge") == "172.18.0.0/16\n");
  CHECK(eventually([&] { return bench.docker("printf 'GET /index.html HTTP/1.0\\r\\n\\r\\n' | busybox nc -w 2 127.0.0.1 8080 | tail -1") == "moved\n"; }, Milliseconds(5'000)));
  // What containers have addresses of stays where it is.
  CHECK(bench.docker("docker run --rm busybox ip -o -4 address show eth0").find("172.18.0.3/16") != std::string::npos);
  run({"ip", "link", "delete", "other0"});
}

TEST_CASE("packets are counted in the trace while somebody asks for them") {
  if (skipped(why_not(World::Linux))) return;
  Bench bench;
  bench.docker("docker network create front; docker run -d --name web --network front busybox sleep 1000");
  const auto count = [&](const std::string& options) {
    // The listener first, then what it is to see.
    return bench.daemon
        ->docker("\"$TEST_CLIENT\" --host $DOCKER_HOST trace --follow --json " + options + " > t.json & listener=$!; sleep 0.5; docker run --rm --network front busybox ping -c 3 -i 0.4 web > ping.txt; sleep 1; "
                 "kill $listener; wait $listener; grep -c PacketsPassed t.json; cat ping.txt; grep PacketsPassed t.json | head -1")
        .out;
  };
  const std::string silent = count("");
  CHECK_MESSAGE(silent.starts_with("0\n"), silent);
  const std::string counted = count("--packets");
  CHECK_MESSAGE(holds(counted, "3 packets received"), counted);
  CHECK_MESSAGE(holds(counted, "\"interface\":\"eth0\""), counted);
  CHECK(holds(bench.docker("\"$TEST_CLIENT\" --host $DOCKER_HOST trace --packets"), "--follow"));
}
