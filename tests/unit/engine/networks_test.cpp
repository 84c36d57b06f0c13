// Networks decided by the engine over the simulated world: records, addresses, ports, names, and Docker's refusals.
#include <algorithm>

#include "tests/unit/engine/sim_bench.hpp"

using namespace strates;
using namespace strates::engine;
using namespace strates::engine::test;

namespace {

NetworkRequest named(const std::string& name) {
  NetworkRequest out;
  out.name = name;
  return out;
}

NetworkRequest with_subnet(const std::string& name, const std::string& subnet) {
  NetworkRequest out = named(name);
  out.pools = {{subnet, "", "", {}}};
  return out;
}

template <typename T>
std::string refusal(const Result<T>& result) {
  return result.ok() ? "" : result.error().message();
}

struct NetBench : SimBench {
  EngineNetworks& nets() { return engine->networks(); }
  std::string make(const NetworkRequest& request) { return refusal(nets().create_network(request)); }
  CreateRequest on(const std::string& name, const std::string& network) {
    CreateRequest out = request(name, "sleep 1000");
    out.host.network_mode = network;
    return out;
  }
  // Made and started; the refusal, "" when it runs.
  std::string run(const CreateRequest& wanted) {
    const auto created = engine->create(wanted);
    return created.ok() ? sentence(engine->start(wanted.name)) : created.error().message();
  }
  Endpoint endpoint(const std::string& container, const std::string& network) { return get(container).networks.at(network); }
  std::vector<std::string> names(const std::vector<std::pair<std::string, std::string>>& filters = {}) {
    const auto found = nets().networks(filters);
    if (!found.ok()) return {found.error().message()};
    std::vector<std::string> out;
    for (const auto& view : found.value()) out.push_back(view.record.name);
    return out;
  }
};

}  // namespace

TEST_CASE("bridge, host and none are there from the start, and stay") {
  NetBench bench;
  CHECK(bench.names() == std::vector<std::string>{"bridge", "host", "none"});
  const NetworkRecord bridge = bench.nets().network("bridge").value().record;
  CHECK(bridge.subnet->text() == "172.17.0.0/16");
  CHECK(bridge.gateway->text() == "172.17.0.1");
  CHECK(refusal(bench.nets().remove_network("none")) == "none is a pre-defined network and cannot be removed");
  CHECK(bench.make(named("bridge")) == "operation is not permitted on predefined bridge network");
  NetworkRequest host = named("mine");
  host.driver = "host";
  CHECK(bench.make(host) == "only one instance of \"host\" network is allowed");
}

TEST_CASE("subnets are chosen one after the other, away from what is there, and come free again") {
  NetBench bench;
  REQUIRE(bench.make(named("a")).empty());
  REQUIRE(bench.make(with_subnet("b", "172.19.0.0/24")).empty());
  REQUIRE(bench.make(named("c")).empty());
  CHECK(bench.nets().network("a").value().record.subnet->text() == "172.18.0.0/16");
  CHECK(bench.nets().network("c").value().record.subnet->text() == "172.20.0.0/16");
  CHECK(bench.make(with_subnet("d", "172.18.5.0/24")) == "Pool overlaps with other one on this address space");
  CHECK(bench.make(named("a")) == "network with name a already exists");
  REQUIRE(bench.nets().remove_network("a").ok());
  CHECK(bench.make(with_subnet("d", "172.18.5.0/24")).empty());
}

TEST_CASE("what a network cannot be is refused with Docker's sentence") {
  NetBench bench;
  CHECK(bench.make(with_subnet("x", "foo")) == "Invalid subnet foo : invalid CIDR address: foo");
  CHECK(bench.make(with_subnet("x", "10.1.2.3/33")) == "Invalid subnet 10.1.2.3/33 : invalid CIDR address: 10.1.2.3/33");
  NetworkRequest driver = named("x");
  driver.driver = "nope";
  CHECK(bench.make(driver) == "plugin \"nope\" not found");
  NetworkRequest mtu = named("x");
  mtu.options = {{"com.docker.network.driver.mtu", "x"}};
  CHECK(bench.make(mtu) == "failed to parse com.docker.network.driver.mtu value: x (strconv.Atoi: parsing \"x\": invalid syntax)");
  NetworkRequest six = named("x");
  six.enable_ipv6 = true;
  CHECK(bench.make(six) == "could not find an available, non-overlapping IPv6 address pool among the defaults to assign to the network");
  NetworkRequest scope = named("x");
  scope.scope = "swarm";
  CHECK(bench.make(scope) == "cannot create a swarm scoped network when swarm is not active");
  CHECK(refusal(bench.nets().network("nope")) == "network nope not found");
  CHECK(bench.names({{"type", "foo"}}) == std::vector<std::string>{"invalid filter: 'type'='foo'"});
}

TEST_CASE("a container gets the lowest address, a MAC made from it, and gives it back when it ends") {
  NetBench bench;
  REQUIRE(bench.make(named("front")).empty());
  REQUIRE(bench.run(bench.on("ca", "front")).empty());
  REQUIRE(bench.run(bench.on("cb", "front")).empty());
  CHECK(bench.endpoint("ca", "front").address == "172.18.0.2");
  CHECK(bench.endpoint("cb", "front").address == "172.18.0.3");
  CHECK(bench.endpoint("cb", "front").mac == "02:42:ac:12:00:03");
  CHECK(bench.endpoint("ca", "front").gateway == "172.18.0.1");
  CHECK(bench.endpoint("ca", "front").aliases->back() == short_id(bench.get("ca").id.str()));
  CHECK(refusal(bench.nets().remove_network("front")).ends_with(" has active endpoints"));
  REQUIRE(bench.engine->kill("ca", "KILL").ok());
  bench.pass(kSecond);
  CHECK(bench.endpoint("ca", "front").address.empty());
  REQUIRE(bench.run(bench.on("cc", "front")).empty());
  CHECK(bench.endpoint("cc", "front").address == "172.18.0.2");
  CHECK(bench.nets().network("front").value().members.size() == 2);
}

TEST_CASE("an address is asked for where the subnet was") {
  NetBench bench;
  REQUIRE(bench.make(with_subnet("fixed", "10.99.0.0/24")).empty());
  REQUIRE(bench.make(named("free")).empty());
  const auto at = [&](const std::string& name, const std::string& network, const std::string& address) {
    CreateRequest out = bench.on(name, network);
    out.networks[network].ipv4 = address;
    return bench.run(out);
  };
  CHECK(at("ca", "fixed", "10.99.0.77").empty());
  CHECK(bench.endpoint("ca", "fixed").address == "10.99.0.77");
  CHECK(at("cb", "fixed", "10.99.0.77") == "Address already in use");
  CHECK(at("cc", "fixed", "10.98.0.77") == "Invalid address 10.98.0.77: It does not belong to any of this network's subnets");
  CHECK(at("cd", "free", "172.18.0.9") == "user specified IP address is supported only when connecting to networks with user configured subnets");
  CHECK(bench.state("cd").status == Status::Created);
  CHECK(bench.endpoint("cd", "free").address.empty());
  CHECK(at("ce", "bridge", "172.17.0.9") == "user specified IP address is supported on user defined networks only");
  CreateRequest six = bench.on("cf", "fixed");
  six.networks["fixed"].ipv6 = "fd00::5";
  CHECK(bench.run(six) == "user specified IP address is supported only when connecting to networks with user configured subnets");
  CreateRequest known = bench.on("cg", "bridge");
  known.networks["bridge"].aliases = std::vector<std::string>{"other"};
  CHECK(bench.run(known) == "network-scoped alias is supported only for containers in user defined networks");
}

TEST_CASE("a port has one holder, who is named") {
  NetBench bench;
  const auto publishing = [&](const std::string& name, const std::string& ip, const std::string& port) {
    CreateRequest out = bench.on(name, "default");
    out.host.port_bindings["80/tcp"] = {{ip, port}};
    return out;
  };
  REQUIRE(bench.run(publishing("web", "", "8091")).empty());
  CHECK(bench.get("web").ports == PortMap{{"80/tcp", {{"0.0.0.0", "8091"}, {"::", "8091"}}}});
  const auto created = bench.engine->create(publishing("late", "127.0.0.1", "8091"));
  REQUIRE(created.ok());
  const auto started = bench.engine->start("late");
  REQUIRE(!started.ok());
  CHECK(started.error().message().starts_with("driver failed programming external connectivity on endpoint late ("));
  CHECK(started.error().message().ends_with("): Bind for 127.0.0.1:8091 failed: port is already allocated"));
  CHECK(started.error().advice == "container web has it");
  // Any: the next that is free. A range: the first of it that is.
  REQUIRE(bench.run(publishing("any", "", "")).empty());
  CHECK(bench.get("any").ports.at("80/tcp").front().host_port == "32768");
  REQUIRE(bench.run(publishing("range", "", "8090-8093")).empty());
  CHECK(bench.get("range").ports.at("80/tcp").front().host_port == "8090");
  REQUIRE(bench.run(publishing("range2", "", "8090-8093")).empty());
  CHECK(bench.get("range2").ports.at("80/tcp").front().host_port == "8092");
  CHECK(bench.run(publishing("far", "9.9.9.9", "80")).ends_with("Error starting userland proxy: listen tcp4 9.9.9.9:80: bind: cannot assign requested address"));
}

TEST_CASE("a container cannot publish one port of the machine twice") {
  NetBench bench;
  CreateRequest twice = bench.on("web", "default");
  twice.host.port_bindings["80/tcp"] = {{"", "8080"}};
  twice.host.port_bindings["81/tcp"] = {{"", "8080"}};
  CHECK(bench.run(twice).ends_with("): Bind for 0.0.0.0:8080 failed: port is already allocated"));
  CHECK(bench.state("web").status == Status::Created);
  CHECK(bench.get("web").ports.empty());
}

TEST_CASE("published ports go with the last way out and come with the next") {
  NetBench bench;
  REQUIRE(bench.make(named("front")).empty());
  NetworkRequest inside = named("inside");
  inside.internal = true;
  REQUIRE(bench.make(inside).empty());
  const auto publishing = [&](const std::string& name, const std::string& network) {
    CreateRequest out = bench.on(name, network);
    out.host.port_bindings["80/tcp"] = {{"", "8080"}};
    return out;
  };
  const PortMap here{{"80/tcp", {{"0.0.0.0", "8080"}, {"::", "8080"}}}};
  REQUIRE(bench.run(publishing("web", "inside")).empty());
  CHECK(bench.get("web").ports.empty());
  REQUIRE(bench.nets().connect("front", "web", {}).ok());
  CHECK(bench.get("web").ports == here);
  REQUIRE(bench.nets().disconnect("front", "web", Disconnect::Gently).ok());
  CHECK(bench.get("web").ports.empty());
  // It is free for another now, and a connect that wants it back is refused and changes nothing.
  REQUIRE(bench.run(publishing("other", "front")).empty());
  CHECK(refusal(bench.nets().connect("front", "web", {})).ends_with("Bind for 0.0.0.0:8080 failed: port is already allocated"));
  CHECK(!bench.get("web").networks.contains("front"));
  CHECK(bench.get("web").ports.empty());
  REQUIRE(bench.engine->stop("other", 0, "").ok());
  REQUIRE(bench.nets().connect("front", "web", {}).ok());
  CHECK(bench.get("web").ports == here);
}

TEST_CASE("a running container is connected to a network and leaves it") {
  NetBench bench;
  REQUIRE(bench.make(named("front")).empty());
  REQUIRE(bench.run(bench.on("ca", "default")).empty());
  Endpoint asked;
  asked.aliases = std::vector<std::string>{"al"};
  REQUIRE(bench.nets().connect("front", "ca", asked).ok());
  CHECK(bench.endpoint("ca", "front").address == "172.18.0.2");
  CHECK(bench.endpoint("ca", "front").interface == "eth1");
  CHECK(bench.endpoint("ca", "front").aliases == std::vector<std::string>{"al", short_id(bench.get("ca").id.str())});
  CHECK(refusal(bench.nets().connect("front", "ca", asked)) == "endpoint with name ca already exists in network front");
  CHECK(refusal(bench.nets().connect("host", "ca", {})) == "container cannot be disconnected from host network or connected to host network");
  CHECK(refusal(bench.nets().connect("none", "ca", {})) == "container cannot be connected to multiple networks with one of the networks in private (none) mode");
  CHECK(refusal(bench.nets().connect("nope", "nobody", {})) == "No such container: nobody");
  REQUIRE(bench.nets().disconnect("front", "ca", Disconnect::Gently).ok());
  CHECK(!bench.get("ca").networks.contains("front"));
  CHECK(refusal(bench.nets().disconnect("front", "ca", Disconnect::Gently)) == "container " + bench.get("ca").id.str() + " is not connected to network front");
  CHECK(refusal(bench.nets().disconnect("front", "nobody", Disconnect::Forced)) == "endpoint nobody not found");
}

TEST_CASE("who is in a network is told rightly after a rename, a stop, a removal and a restart of the engine") {
  NetBench bench;
  const auto members = [&](const std::string& network) {
    std::vector<std::string> out;
    const auto seen = bench.nets().network(network).value();
    for (const auto& member : seen.members) out.push_back(member.name + " " + member.ipv4);
    std::sort(out.begin(), out.end());
    return out;
  };
  using Members = std::vector<std::string>;
  REQUIRE(bench.make(named("front")).empty());
  bench.create(bench.on("never", "front"));
  CreateRequest publishing = bench.on("pa", "front");
  publishing.host.port_bindings["80/tcp"] = {{"", "8091"}};
  REQUIRE(bench.run(publishing).empty());
  REQUIRE(bench.run(bench.on("pb", "front")).empty());
  REQUIRE(bench.engine->rename("pa", "pz").ok());
  CHECK(members("front") == Members{"pb 172.18.0.3/16", "pz 172.18.0.2/16"});
  publishing.name = "late";
  CHECK(bench.run(publishing).ends_with("failed: port is already allocated"));
  CHECK(members("front") == Members{"pb 172.18.0.3/16", "pz 172.18.0.2/16"});  // what did not start has nothing
  // A network whose members went is empty, by a stop as by a removal.
  REQUIRE(bench.engine->stop("pz", 0, "").ok());
  CHECK(members("front") == Members{"pb 172.18.0.3/16"});
  REQUIRE(bench.engine->start("late").ok());
  CHECK(members("front") == Members{"late 172.18.0.2/16", "pb 172.18.0.3/16"});
  CHECK(refusal(bench.engine->start("pz")).ends_with("failed: port is already allocated"));
  REQUIRE(bench.engine->remove("late", Force::Yes, WithVolumes::No).ok());
  CHECK(members("front") == Members{"pb 172.18.0.3/16"});
  REQUIRE(bench.engine->start("pz").ok());
  CHECK(refusal(bench.nets().remove_network("front")).ends_with("has active endpoints"));
  // The simulator's processes end with the engine: their addresses and ports are free for who comes first.
  bench.engine.reset();
  bench.engine = Engine::open(bench.world.world(), {.source_date_epoch = std::nullopt, .version = "test"}).value();
  CHECK(members("front").empty());
  REQUIRE(bench.run(bench.on("pc", "front")).empty());
  CHECK(members("front") == Members{"pc 172.18.0.2/16"});
  publishing.name = "last";
  REQUIRE(bench.run(publishing).empty());
  REQUIRE(bench.nets().disconnect("front", "pc", Disconnect::Gently).ok());
  REQUIRE(bench.nets().connect("front", "pc", {}).ok());
  CHECK(members("front") == Members{"last 172.18.0.3/16", "pc 172.18.0.2/16"});
}

TEST_CASE("modes that exclude each other are refused as Docker does") {
  NetBench bench;
  REQUIRE(bench.run(bench.on("ca", "default")).empty());
  CreateRequest ports = bench.on("cb", "container:ca");
  ports.host.port_bindings["80/tcp"] = {{"", "80"}};
  CHECK(bench.run(ports) == "conflicting options: port publishing and the container type network mode");
  CreateRequest hostname = bench.on("cb", "container:ca");
  hostname.config.hostname = "x";
  CHECK(bench.run(hostname) == "conflicting options: hostname and the network mode");
  CreateRequest two = bench.on("cb", "bridge");
  two.networks["bridge"], two.networks["host"];
  CHECK(bench.run(two) == "Container cannot be connected to network endpoints: bridge, host");
  REQUIRE(bench.run(bench.on("cb", "container:ca")).empty());
  CHECK(bench.get("cb").host.network_mode == "container:" + bench.get("ca").id.str());
  CHECK(bench.get("cb").networks.empty());
  CHECK(bench.run(bench.on("cc", "container:nope")) == "No such container: nope");
  CHECK(bench.run(bench.on("cd", "nosuch")) == "network nosuch not found");
}

TEST_CASE("networks are kept with the store") {
  NetBench bench;
  NetworkRequest request = with_subnet("kept", "10.99.0.0/24");
  request.labels = {{"a", "b"}};
  request.internal = true;
  REQUIRE(bench.make(request).empty());
  const std::string id = bench.nets().network("kept").value().record.id;
  bench.engine.reset();
  bench.engine = Engine::open(bench.world.world(), {.source_date_epoch = std::nullopt, .version = "test"}).value();
  const NetworkRecord record = bench.nets().network(id.substr(0, 12)).value().record;
  CHECK(record.name == "kept");
  CHECK(record.internal);
  CHECK(record.labels == TextMap{{"a", "b"}});
  CHECK(record.gateway->text() == "10.99.0.1");
  CHECK(bench.names({{"type", "custom"}}) == std::vector<std::string>{"kept"});
  CHECK(bench.names({{"label", "a=b"}}) == std::vector<std::string>{"kept"});
  CHECK(bench.names({{"dangling", "true"}}) == std::vector<std::string>{"kept"});
  CHECK(bench.names({{"driver", "host"}}) == std::vector<std::string>{"host"});
}

TEST_CASE("links of the default network are lines and variables, and need a container that runs there") {
  NetBench bench;
  CreateRequest db = bench.on("db", "default");
  db.config.exposed_ports = {"5432/tcp"};
  db.config.env = image::StringList{"KEY=1"};
  REQUIRE(bench.run(db).empty());
  CreateRequest web = bench.on("web", "default");
  web.host.links = {"db:store"};
  web.config.cmd = image::StringList{"sh", "-c", "env; cat /etc/hosts"};
  REQUIRE(bench.run(web).empty());
  bench.pass(kSecond);
  std::string log;
  REQUIRE(bench.world.processes().read_log(bench.get("web").id, [&](const LogRecord& record) {
    log += record.bytes;
    return true;
  }).ok());
  CHECK(log.find("STORE_PORT_5432_TCP=tcp://172.17.0.2:5432\n") != std::string::npos);
  CHECK(log.find("STORE_NAME=/web/store\n") != std::string::npos);
  CHECK(log.find("STORE_ENV_KEY=1\n") != std::string::npos);
  CHECK(log.find("172.17.0.2\tstore " + short_id(bench.get("db").id.str()) + " db\n") != std::string::npos);
  CreateRequest lost = bench.on("lost", "default");
  lost.host.links = {"nosuch:x"};
  CHECK(bench.run(lost) == "could not get container for nosuch: No such container: nosuch");
  lost.host.links = {"web:x"};
  CHECK(bench.run(lost) == "Cannot link to a non running container: /web AS /lost/x");
}

TEST_CASE("the simulator's programs see the network as busybox's do") {
  NetBench bench;
  REQUIRE(bench.make(named("front")).empty());
  REQUIRE(bench.run(bench.on("web", "front")).empty());
  const auto output = [&](const std::string& name, const std::string& network, const std::string& script) {
    CreateRequest wanted = bench.on(name, network);
    wanted.config.cmd = image::StringList{"sh", "-c", script};
    REQUIRE(bench.run(wanted).empty());
    bench.pass(60 * kSecond);
    std::string log;
    REQUIRE(bench.world.processes().read_log(bench.get(name).id, [&](const LogRecord& record) {
      log += record.bytes;
      return true;
    }).ok());
    return log;
  };
  CHECK(output("peer", "front", "ip route; hostname -i; ping -c 1 web; nslookup nosuch") ==
        "default via 172.18.0.1 dev eth0 \n172.18.0.0/16 dev eth0 scope link  src 172.18.0.3 \n172.18.0.3\n"
        "PING web (172.18.0.2): 56 data bytes\n64 bytes from 172.18.0.2: seq=0 ttl=64 time=0.100 ms\n\n--- web ping statistics ---\n1 packets transmitted, 1 packets received, 0% packet loss\n"
        "round-trip min/avg/max = 0.100/0.100/0.100 ms\n"
        "Server:\t\t127.0.0.11\nAddress:\t127.0.0.11:53\n\n** server can't find nosuch: NXDOMAIN\n\n** server can't find nosuch: NXDOMAIN\n\n");
  // The default bridge has no names, and another network's addresses do not answer.
  CHECK(output("lone", "default", "ping -c 1 web; ping -c 1 -W 1 172.18.0.2; echo $?") ==
        "ping: bad address 'web'\nPING 172.18.0.2 (172.18.0.2): 56 data bytes\n\n--- 172.18.0.2 ping statistics ---\n1 packets transmitted, 0 packets received, 100% packet loss\n1\n");
  CHECK(output("none", "none", "ping -c 1 172.18.0.2; ip route") == "PING 172.18.0.2 (172.18.0.2): 56 data bytes\nping: sendto: Network is unreachable\n");
}
