#include "linux/network/nft_plan.hpp"

#include <doctest/doctest.h>

using namespace strates;
using namespace strates::linux_world;

namespace {

engine::BridgeSpec bridge() {
  engine::BridgeSpec out;
  out.id = "n1";
  out.interface = "br-1";
  out.subnet = *IpPrefix::parse("172.18.0.0/16");
  out.gateway = *IpAddress::parse("172.18.0.1");
  return out;
}

engine::Publication port(const char* host, std::uint16_t number, engine::Protocol protocol = engine::Protocol::Tcp) {
  return {protocol, *IpAddress::parse(host), number, *IpAddress::parse("172.18.0.2"), 80};
}

}  // namespace

TEST_CASE("a network is elements of the table's sets, added and taken away alike") {
  CHECK(plan_network("t", bridge()) ==
        "add element ip t bridges { \"br-1\" }\nadd element ip t together { \"br-1\" . \"br-1\" }\nadd element ip t masqueraded { 172.18.0.0/16 }\n");
  CHECK(plan_no_network("t", bridge()) ==
        "delete element ip t bridges { \"br-1\" }\ndelete element ip t together { \"br-1\" . \"br-1\" }\ndelete element ip t masqueraded { 172.18.0.0/16 }\n");
  auto closed = bridge();
  closed.internal = true;
  closed.masquerade = closed.inter_container = false;
  CHECK(plan_network("t", closed) == "add element ip t bridges { \"br-1\" }\nadd element ip t internals { \"br-1\" }\n");
}

TEST_CASE("a port is an element, by its address or for every address; version 6 is the relay's") {
  CHECK(plan_ports("t", {port("0.0.0.0", 8080), port("127.0.0.1", 53, engine::Protocol::Udp), port("::", 8080)}) ==
        "add element ip t anywhere { tcp . 8080 : 172.18.0.2 . 80 }\nadd element ip t somewhere { 127.0.0.1 . udp . 53 : 172.18.0.2 . 80 }\n");
  CHECK(plan_no_ports("t", {port("0.0.0.0", 8080)}) == "delete element ip t anywhere { tcp . 8080 }\n");
}

TEST_CASE("the whole table replaces what was there in one step") {
  const std::string text = plan_table("t");
  CHECK(text.starts_with("add table ip t\ndelete table ip t\nadd table ip t\nadd set ip t bridges"));
  CHECK(text.find("{}") == std::string::npos);
}
