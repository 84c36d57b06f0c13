// Networks on the wire: what clients send, what they get.
#include <doctest/doctest.h>

#include "base/json_full.hpp"
#include "tests/unit/api/fake_engine.hpp"

using namespace strates;
using namespace strates::api::test;

namespace {

engine::NetworkView front() {
  engine::NetworkView view;
  view.record.id = "51b71d6ed6c0";
  view.record.name = "front";
  view.record.created = 0;
  view.record.pools = {{"10.99.0.0/24", "10.99.0.128/25", "10.99.0.1", {{"a", "10.99.0.9"}}}};
  view.record.ipam_options.emplace();
  view.members = {{ContainerId("c0ffee"), "web", "e1", "02:42:0a:63:00:02", "10.99.0.2/24", ""}};
  return view;
}

}  // namespace

TEST_CASE("a network is asked for as docker network create asks") {
  FakeEngine engine;
  const Answer answer = ask(engine, "POST", "/networks/create",
                            R"({"CheckDuplicate":true,"Driver":"bridge","Scope":"","EnableIPv6":false,"IPAM":{"Driver":"default","Options":{},"Config":[{"Subnet":"10.99.0.0/24","IPRange":"10.99.0.128/25",)"
                            R"("Gateway":"10.99.0.1","AuxiliaryAddresses":{"a":"10.99.0.9"}}]},"Internal":true,"Attachable":true,"Options":{"o":"1"},"Labels":{"tier":"front"},"Name":"front"})");
  CHECK(answer.status == 201);
  CHECK(answer.body == "{\"Id\":\"n1\",\"Warning\":\"\"}\n");
  const auto& asked = engine.nets.created;
  CHECK(asked.name == "front");
  CHECK(asked.internal);
  CHECK(asked.attachable);
  CHECK(asked.pools == front().record.pools);
  CHECK(asked.options == engine::TextMap{{"o", "1"}});
  CHECK(asked.labels == engine::TextMap{{"tier", "front"}});
  for (const char* wrong : {"[]", R"({"Name":1})", R"({"IPAM":[]})", R"({"IPAM":{"Config":{}}})", R"({"IPAM":{"Config":[1]}})", R"({"Labels":{"a":1}})"})
    CHECK_MESSAGE(ask(engine, "POST", "/networks/create", wrong).status == 400, std::string(wrong));
}

TEST_CASE("the list says nothing of members, one network does") {
  FakeEngine engine;
  engine.nets.all = {front()};
  const std::string one = ask(engine, "GET", "/networks/front").body;
  CHECK(one.find(R"("Config":[{"Subnet":"10.99.0.0/24","IPRange":"10.99.0.128/25","Gateway":"10.99.0.1","AuxiliaryAddresses":{"a":"10.99.0.9"}}])") != std::string::npos);
  CHECK(one.find(R"("Containers":{"c0ffee":{"Name":"web","EndpointID":"e1","MacAddress":"02:42:0a:63:00:02","IPv4Address":"10.99.0.2/24","IPv6Address":""}})") != std::string::npos);
  CHECK(ask(engine, "GET", "/networks").body.find(R"("Containers":{})") != std::string::npos);
  CHECK(ask(engine, "GET", R"(/networks?filters=%7B%22foo%22%3A%7B%22a%22%3Atrue%7D%7D)").body == "{\"message\":\"Invalid filter 'foo'\"}\n");
}

TEST_CASE("connect and disconnect hand over what was asked") {
  FakeEngine engine;
  CHECK(ask(engine, "POST", "/networks/front/connect",
            R"({"Container":"web","EndpointConfig":{"IPAMConfig":{"IPv4Address":"10.99.0.50"},"Links":["db:d"],"Aliases":["w"],"DriverOpts":{}}})").status == 200);
  CHECK(engine.nets.connected.ipv4 == "10.99.0.50");
  CHECK(engine.nets.connected.has_ipam);
  CHECK(engine.nets.connected.aliases == std::vector<std::string>{"w"});
  CHECK(engine.nets.connected.links == std::vector<std::string>{"db:d"});
  CHECK(ask(engine, "POST", "/networks/front/disconnect", R"({"Container":"web","Force":true})").status == 200);
  CHECK(ask(engine, "DELETE", "/networks/front").status == 204);
  CHECK(engine.nets.calls == std::vector<std::string>{"connect front web", "disconnect front web forced", "remove front"});
}

TEST_CASE("prune takes what nobody uses and was not there from the start") {
  FakeEngine engine;
  auto used = front();
  auto unused = front();
  unused.record.name = unused.record.id = "back";
  unused.members.clear();
  auto bridge = unused;
  bridge.record.name = bridge.record.id = "bridge";
  bridge.record.predefined = true;
  engine.nets.all = {used, unused, bridge};
  CHECK(ask(engine, "POST", "/networks/prune").body == "{\"NetworksDeleted\":[\"back\"]}\n");
  CHECK(engine.nets.calls == std::vector<std::string>{"remove back"});
}

TEST_CASE("a container's ports and networks are read and shown") {
  FakeEngine engine;
  const Answer answer = ask(engine, "POST", "/containers/create",
                            R"({"Image":"busybox","ExposedPorts":{"80/tcp":{},"99/tcp":{}},"MacAddress":"02:42:de:ad:be:ef","HostConfig":{"NetworkMode":"front","PublishAllPorts":true,"Links":["db:d"],)"
                            R"("PortBindings":{"80/tcp":[{"HostIp":"127.0.0.1","HostPort":"8080"}],"81":[]}},"NetworkingConfig":{"EndpointsConfig":{"front":{"Aliases":["w"]}}}})");
  CHECK(answer.status == 201);
  const auto& made = engine.created;
  CHECK(made.config.mac_address == "02:42:de:ad:be:ef");
  CHECK(made.host.publish_all);
  CHECK(made.host.links == std::vector<std::string>{"db:d"});
  CHECK(made.host.port_bindings == engine::PortMap{{"80/tcp", {{"127.0.0.1", "8080"}}}, {"81/tcp", {{"", ""}}}});
  CHECK(made.networks.at("front").aliases == std::vector<std::string>{"w"});

  auto container = gold_container();
  container.ports = {{"80/tcp", {{"0.0.0.0", "8080"}, {"::", "8080"}}}, {"99/tcp", {}}};
  container.networks = {{"bridge", {}}};
  container.networks["bridge"].address = "172.17.0.2";
  container.networks["bridge"].prefix = 16;
  engine.all_containers = {container};
  const Json shown = parse_json(ask(engine, "GET", "/containers/gold/json").body).value()["NetworkSettings"];
  CHECK(dump_json(shown["Ports"]) == R"({"80/tcp":[{"HostIp":"0.0.0.0","HostPort":"8080"},{"HostIp":"::","HostPort":"8080"}],"99/tcp":null})");
  CHECK(shown["IPAddress"] == "172.17.0.2");
  CHECK(shown["Networks"]["bridge"]["IPPrefixLen"] == 16);
  const Json row = parse_json(ask(engine, "GET", "/containers/json").body).value()[0];
  CHECK(dump_json(row["Ports"]) == R"([{"IP":"0.0.0.0","PrivatePort":80,"PublicPort":8080,"Type":"tcp"},{"IP":"::","PrivatePort":80,"PublicPort":8080,"Type":"tcp"},{"PrivatePort":99,"Type":"tcp"}])");
}
