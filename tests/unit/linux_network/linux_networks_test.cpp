// Networks on a real kernel, in a network namespace that this program makes for itself: the machine's interfaces and rules are not touched.
#include "linux/network/linux_networks.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <iostream>

#include "linux/network/docker_rules.hpp"
#include "linux/network/namespaces.hpp"

using namespace strates;
using namespace strates::linux_world;

namespace {

bool own_network() {
  static const bool made = [] {
    if (::geteuid() != 0) {
      std::cout << "skipped: network namespaces need root" << std::endl;
      return false;
    }
    return leave_machine_network().ok();
  }();
  return made;
}

engine::BridgeSpec bridge(const std::string& id, const std::string& subnet) {
  engine::BridgeSpec out;
  out.id = id;
  out.name = id;
  out.interface = "br-" + id;
  out.subnet = *IpPrefix::parse(subnet);
  out.gateway = out.subnet.first().plus(1);
  return out;
}

engine::SandboxSpec sandbox(const std::string& container, const engine::BridgeSpec& network, std::uint64_t host) {
  engine::SandboxSpec out;
  out.container = ContainerId(container);
  engine::InterfaceSpec interface;
  interface.network = network;
  interface.name = "eth0";
  interface.address = {network.subnet.first().plus(host), network.subnet.length};
  interface.mac = mac_of(interface.address.address);
  out.interfaces = {interface};
  out.gateway = network.gateway;
  return out;
}

// The namespace that `open` gave, held open.
UniqueFd space_at(const std::string& place) { return UniqueFd(::open(place.c_str(), 0)); }

sockaddr_in at(const IpAddress& address, std::uint16_t port) {
  sockaddr_in out{};
  out.sin_family = AF_INET;
  out.sin_port = htons(port);
  std::copy(address.bytes.begin(), address.bytes.begin() + 4, reinterpret_cast<std::uint8_t*>(&out.sin_addr));
  return out;
}

UniqueFd listening(const UniqueFd& space, std::uint16_t port) {
  UniqueFd out;
  CHECK(inside_namespace(space, [&]() -> Result<void> {
    out = UniqueFd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const sockaddr_in where = at({}, port);
    if (::bind(out.get(), reinterpret_cast<const sockaddr*>(&where), sizeof where) != 0 || ::listen(out.get(), 4) != 0) return system_error("listen", "", errno);
    return success();
  }).ok());
  return out;
}

// 0, or why a connection could not be made within a second.
int connects(const UniqueFd* space, const IpAddress& address, std::uint16_t port) {
  int result = 0;
  const auto work = [&]() -> Result<void> {
    const UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const timeval limit{1, 0};
    ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    const sockaddr_in where = at(address, port);
    result = ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&where), sizeof where) == 0 ? 0 : errno;
    return success();
  };
  if (space != nullptr) ignore(inside_namespace(*space, work));
  else ignore(work());
  return result;
}

// An interface that has just come up may lose the first question for an address, and the kernel asks again after a second: then the second attempt connects.
bool reached(const UniqueFd* space, const IpAddress& address, std::uint16_t port) {
  for (int attempt = 0; attempt < 3; ++attempt)
    if (connects(space, address, port) == 0) return true;
  return false;
}

std::string rules(const std::string& root) { return PacketRules::open().value().list("table ip " + LinuxNetworks::table_of(root)).value(); }

}  // namespace

TEST_CASE("two containers of one network reach each other, another network's do not") {
  if (!own_network()) return;
  const auto networks = LinuxNetworks::open("/a").value();
  const auto front = bridge("front", "10.81.0.0/24"), back = bridge("back", "10.82.0.0/24");
  const auto a = networks->open(sandbox("a", front, 2), {});
  REQUIRE_MESSAGE(a.ok(), (a.ok() ? "" : a.error().explanation()));
  const auto b = networks->open(sandbox("b", front, 3), {});
  const auto c = networks->open(sandbox("c", back, 2), {});
  REQUIRE(b.ok());
  REQUIRE(c.ok());
  const UniqueFd in_a = space_at(a.value()), in_b = space_at(b.value()), in_c = space_at(c.value());
  const UniqueFd server = listening(in_b, 8000);
  const IpAddress where = *IpAddress::parse("10.81.0.3");
  CHECK(reached(&in_a, where, 8000));
  CHECK(reached(nullptr, where, 8000));  // the machine itself
  if (networks->without_rules().empty()) CHECK(connects(&in_c, where, 8000) == EINPROGRESS);  // dropped: no answer
  for (const char* one : {"a", "b", "c"}) networks->close(ContainerId(one), {});
  networks->leave({front, back});
}

TEST_CASE("a published port is reached by loopback, by the bridge's address, and from another container") {
  if (!own_network()) return;
  const auto networks = LinuxNetworks::open("/b").value();
  if (!networks->without_rules().empty()) return;
  const auto front = bridge("front", "10.83.0.0/24");
  auto spec = sandbox("a", front, 2);
  spec.ports = {{engine::Protocol::Tcp, IpAddress{}, 18080, *IpAddress::parse("10.83.0.2"), 80}};
  REQUIRE(networks->hold(spec.container, spec.ports[0]).ok());
  const auto a = networks->open(spec, {});
  REQUIRE(a.ok());
  const auto b = networks->open(sandbox("b", front, 3), {});
  const UniqueFd in_a = space_at(a.value()), in_b = space_at(b.value());
  const UniqueFd server = listening(in_a, 80);
  CHECK(reached(nullptr, *IpAddress::parse("127.0.0.1"), 18080));
  CHECK(reached(nullptr, *IpAddress::parse("10.83.0.1"), 18080));
  CHECK(reached(&in_b, *IpAddress::parse("10.83.0.1"), 18080));
  CHECK(rules("/b").find("tcp . 18080 : 10.83.0.2 . 80") != std::string::npos);
  // Nobody else gets the port, and it comes free with its container.
  const auto again = networks->hold(ContainerId("b"), spec.ports[0]);
  REQUIRE(!again.ok());
  CHECK(again.error().code == "network.port-busy");
  CHECK(again.error().cause == "listen tcp4 0.0.0.0:18080: bind: address already in use");
  networks->close(spec.container, {});
  CHECK(rules("/b").find("18080") == std::string::npos);
  CHECK(connects(nullptr, *IpAddress::parse("127.0.0.1"), 18080) == ECONNREFUSED);
  networks->close(ContainerId("b"), {});
  networks->leave({front});
}

TEST_CASE("another Docker that drops what is forwarded lets our networks pass, until they go") {
  if (!own_network()) return;
  const auto networks = LinuxNetworks::open("/g").value();
  if (!networks->without_rules().empty()) return;
  auto theirs = PacketRules::open().value();
  // As dockerd makes them with iptables-nft.
  REQUIRE(theirs.apply("add table ip filter\nadd chain ip filter FORWARD { type filter hook forward priority 0; policy drop; }\nadd chain ip filter DOCKER-USER\n"
                       "add rule ip filter DOCKER-USER counter return\nadd rule ip filter FORWARD jump DOCKER-USER\n").ok());
  const auto their_rules = [&] { return theirs.list(std::string(kDockerChain), PacketRules::Handles::Yes).value(); };
  const auto front = bridge("front", "10.91.0.0/24"), back = bridge("back", "10.92.0.0/24");
  auto spec = sandbox("a", front, 2);
  spec.ports = {{engine::Protocol::Tcp, IpAddress{}, 18090, *IpAddress::parse("10.91.0.2"), 80}};
  const auto a = networks->open(spec, {}), b = networks->open(sandbox("b", back, 2), {});
  REQUIRE(a.ok());
  REQUIRE(b.ok());
  const UniqueFd in_a = space_at(a.value()), in_b = space_at(b.value());
  const UniqueFd server = listening(in_a, 80);
  // From one bridge to a port of the other's: forwarded.
  const IpAddress machine = *IpAddress::parse("10.92.0.1");
  CHECK(reached(&in_b, machine, 18090));
  // It was the rule that did it.
  REQUIRE(theirs.apply(plan_no_passage(LinuxNetworks::table_of("/g"), "", their_rules())).ok());
  CHECK(connects(&in_b, machine, 18090) == EINPROGRESS);
  for (const char* one : {"a", "b"}) networks->close(ContainerId(one), {});
  networks->leave({front, back});
  // A daemon that dies leaves its rules to the next one.
  {
    const auto died = LinuxNetworks::open("/g").value();
    REQUIRE(died->make(front, {}).ok());
  }
  CHECK(their_rules().find("strates_") != std::string::npos);
  const auto next = LinuxNetworks::open("/g").value();
  REQUIRE(next->recover({front}, {}).ok());
  CHECK(their_rules().find("strates_") == std::string::npos);
  REQUIRE(next->make(front, {}).ok());
  next->leave({front});
  CHECK(their_rules().find("strates_") == std::string::npos);
  CHECK(their_rules().find("return") != std::string::npos);
  CHECK(theirs.apply("delete table ip filter\n").ok());
}

TEST_CASE("the relay carries what rules do not: bytes both ways, and the end") {
  if (!own_network()) return;
  const auto reactor = Reactor::start().value();
  PortRelay relay(*reactor);
  UniqueFd server(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_in inside = at(*IpAddress::parse("127.0.0.1"), 18081);
  REQUIRE(::bind(server.get(), reinterpret_cast<const sockaddr*>(&inside), sizeof inside) == 0);
  REQUIRE(::listen(server.get(), 4) == 0);
  REQUIRE(relay.hold(ContainerId("a"), {engine::Protocol::Tcp, IpAddress{}, 18082, *IpAddress::parse("127.0.0.1"), 18081}).ok());
  UniqueFd client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_in outside = at(*IpAddress::parse("127.0.0.1"), 18082);
  REQUIRE(::connect(client.get(), reinterpret_cast<const sockaddr*>(&outside), sizeof outside) == 0);
  UniqueFd accepted(::accept(server.get(), nullptr, nullptr));
  char buffer[16] = {};
  REQUIRE(::send(client.get(), "ping", 4, 0) == 4);
  CHECK(::recv(accepted.get(), buffer, sizeof buffer, MSG_WAITALL * 0) == 4);
  REQUIRE(::send(accepted.get(), "pong!", 5, 0) == 5);
  CHECK(::recv(client.get(), buffer, sizeof buffer, 0) == 5);
  ::shutdown(client.get(), SHUT_WR);
  CHECK(::recv(accepted.get(), buffer, sizeof buffer, 0) == 0);
  accepted.reset();
  CHECK(::recv(client.get(), buffer, sizeof buffer, 0) == 0);
  relay.let_go(ContainerId("a"));
  UniqueFd late(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  CHECK(::connect(late.get(), reinterpret_cast<const sockaddr*>(&outside), sizeof outside) != 0);
}

TEST_CASE("what no container uses is gone after leave: interfaces, routes and rules") {
  if (!own_network()) return;
  auto netlink = Netlink::open().value();
  // Of version 4: the other's routes of the link follow interfaces of earlier tests that are still going.
  const auto routes = [&] {
    auto all = netlink.routed({}).value();
    std::erase_if(all, [](const IpPrefix& route) { return route.address.v6; });
    return all;
  };
  const auto before = routes();
  {
    const auto networks = LinuxNetworks::open("/c").value();
    const auto front = bridge("front", "10.84.0.0/24");
    REQUIRE(networks->make(front, {}).ok());
    CHECK(netlink.index("br-front").has_value());
    const auto a = networks->open(sandbox("a", front, 2), {});
    REQUIRE(a.ok());
    networks->leave({front});
    CHECK(netlink.index("br-front").has_value());  // somebody is in it
    networks->close(ContainerId("a"), {});
    // Also when the last network went before.
    REQUIRE(networks->remove(front, {}).ok());
    CHECK(!rules("/c").empty());
    networks->leave({});
    CHECK(rules("/c").empty());
    REQUIRE(networks->make(front, {}).ok());
    networks->leave({front});
  }
  CHECK(!netlink.index("br-front").has_value());
  CHECK(routes() == before);
  CHECK(rules("/c").empty());
}

TEST_CASE("a bridge of a daemon that died is taken up by the next, or goes") {
  if (!own_network()) return;
  auto netlink = Netlink::open().value();
  const auto front = bridge("front", "10.85.0.0/24"), back = bridge("back", "10.86.0.0/24");
  {
    const auto died = LinuxNetworks::open("/d").value();
    REQUIRE(died->make(front, {}).ok());
    REQUIRE(died->make(back, {}).ok());
  }
  CHECK(netlink.index("br-back").has_value());
  const auto next = LinuxNetworks::open("/d").value();
  engine::Networks::Alive alive{sandbox("a", front, 2), ::getpid()};
  alive.spec.resolver = false;
  REQUIRE(next->recover({front, back}, {alive}).ok());
  CHECK(netlink.index("br-front").has_value());
  CHECK(!netlink.index("br-back").has_value());
  next->close(ContainerId("a"), {});
  next->leave({front, back});
  CHECK(!netlink.index("br-front").has_value());
}

TEST_CASE("an interface that is not ours is not touched") {
  if (!own_network()) return;
  auto netlink = Netlink::open().value();
  REQUIRE(netlink.make_bridge("br-theirs", "02:42:00:00:00:01", 1500).ok());
  const auto networks = LinuxNetworks::open("/e").value();
  const auto theirs = bridge("theirs", "10.87.0.0/24");
  const auto made = networks->make(theirs, {});
  REQUIRE(!made.ok());
  CHECK(made.error().code == "network.interface");
  REQUIRE(networks->remove(theirs, {}).ok());
  CHECK(netlink.index("br-theirs").has_value());
  // The default bridge takes the next number instead.
  REQUIRE(netlink.make_bridge("strates0", "02:42:00:00:00:02", 1500).ok());
  auto usual = bridge("usual", "10.88.0.0/24");
  usual.interface = "strates0";
  REQUIRE(networks->make(usual, {}).ok());
  CHECK(netlink.index("strates1").has_value());
  networks->leave({usual, theirs});
  CHECK(!netlink.index("strates1").has_value());
  for (const char* name : {"br-theirs", "strates0"}) ignore(netlink.remove_link(netlink.index(name).value()));
}

TEST_CASE("the resolver answers inside the container, and says what it was asked") {
  if (!own_network()) return;
  const auto networks = LinuxNetworks::open("/f").value();
  const auto front = bridge("front", "10.89.0.0/24");
  auto spec = sandbox("a", front, 2);
  spec.resolver = true;
  std::mutex mutex;
  std::vector<Payload> told;
  const auto a = networks->open(spec, [&](Payload what) {
    const std::lock_guard lock(mutex);
    told.push_back(std::move(what));
  });
  REQUIRE(a.ok());
  networks->set_names({{"front", "front", {{"db", *IpAddress::parse("10.89.0.3"), true}}}}, {{ContainerId("a"), {"front"}, {}}});
  const UniqueFd in_a = space_at(a.value());
  const std::string query = std::string("\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\2db\0\0\1\0\1", 20);
  for (const int type : {SOCK_DGRAM, SOCK_STREAM}) {
    std::string answer(512, '\0');
    CHECK(inside_namespace(in_a, [&]() -> Result<void> {
      const UniqueFd socket(::socket(AF_INET, type | SOCK_CLOEXEC, 0));
      const sockaddr_in where = at(*IpAddress::parse("127.0.0.11"), 53);
      if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&where), sizeof where) != 0) return system_error("connect", "", errno);
      const std::string sent = (type == SOCK_STREAM ? std::string("\0\x14", 2) : std::string()) + query;
      ::send(socket.get(), sent.data(), sent.size(), 0);
      const ssize_t count = ::recv(socket.get(), answer.data(), answer.size(), 0);
      answer.resize(count < 0 ? 0 : static_cast<size_t>(count));
      return success();
    }).ok());
    CHECK(answer.ends_with(std::string("\x0a\x59\x00\x03", 4)));
  }
  networks->close(ContainerId("a"), {});
  networks->leave({front});
  const std::lock_guard lock(mutex);
  bool asked = false, answered = false;
  for (const auto& what : told)
    if (const auto* family = std::get_if<event::Network>(&what)) {
      if (const auto* fact = std::get_if<event::NameAsked>(family)) asked = asked || fact->name == "db";
      if (const auto* fact = std::get_if<event::NameAnswered>(family)) answered = answered || fact->answers == std::vector<std::string>{"10.89.0.3"};
    }
  CHECK(asked);
  CHECK(answered);
}
