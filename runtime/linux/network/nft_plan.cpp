#include "linux/network/nft_plan.hpp"

namespace strates::linux_world {

namespace {

constexpr const char* kObjects[] = {
    "set {} bridges { type ifname; }",
    "set {} internals { type ifname; }",
    "set {} together { type ifname . ifname; }",
    "set {} masqueraded { type ipv4_addr; flags interval; }",
    "map {} anywhere { type inet_proto . inet_service : ipv4_addr . inet_service; }",
    "map {} somewhere { type ipv4_addr . inet_proto . inet_service : ipv4_addr . inet_service; }",
    "chain {} guard { type filter hook prerouting priority -300; policy accept; }",
    "rule {} guard iifname @bridges ip daddr 127.0.0.0/8 drop",
    "chain {} ports",
    "rule {} ports meta l4proto { tcp, udp } dnat ip to ip daddr . meta l4proto . th dport map @somewhere",
    "rule {} ports meta l4proto { tcp, udp } dnat ip to meta l4proto . th dport map @anywhere",
    "chain {} incoming { type nat hook prerouting priority -100; policy accept; }",
    "rule {} incoming fib daddr type local jump ports",
    "chain {} outgoing { type nat hook output priority -100; policy accept; }",
    "rule {} outgoing fib daddr type local jump ports",
    "chain {} leaving { type nat hook postrouting priority 100; policy accept; }",
    "rule {} leaving ip saddr 127.0.0.0/8 oifname @bridges masquerade",
    "rule {} leaving ct status dnat ip saddr @masqueraded oifname @bridges masquerade",
    "rule {} leaving ip saddr @masqueraded oifname != @bridges masquerade",
    "chain {} passing { type filter hook forward priority 0; policy accept; }",
    "rule {} passing ct state established,related accept",
    "rule {} passing iifname . oifname @together accept",
    "rule {} passing oifname @bridges ct status dnat accept",
    "rule {} passing oifname @bridges drop",
    "rule {} passing iifname @internals drop",
};

std::string element(const std::string& verb, const std::string& table, const std::string& set, const std::string& what) {
  return verb + " element ip " + table + " " + set + " { " + what + " }\n";
}

std::string network_elements(const std::string& verb, const std::string& table, const engine::BridgeSpec& bridge) {
  const std::string name = "\"" + bridge.interface + "\"";
  std::string out = element(verb, table, "bridges", name);
  if (bridge.inter_container) out += element(verb, table, "together", name + " . " + name);
  if (bridge.internal) out += element(verb, table, "internals", name);
  if (bridge.masquerade) out += element(verb, table, "masqueraded", bridge.subnet.text());
  return out;
}

std::string port_elements(const std::string& verb, const std::string& table, const std::vector<engine::Publication>& ports, bool values) {
  std::string out;
  for (const auto& port : ports) {
    if (!translated(port)) continue;
    const bool anywhere = port.host == IpAddress{};
    const std::string key = (anywhere ? "" : port.host.text() + " . ") + std::string(engine::to_string(port.protocol)) + " . " + std::to_string(port.host_port);
    const std::string value = " : " + port.container.text() + " . " + std::to_string(port.container_port);
    out += element(verb, table, anywhere ? "anywhere" : "somewhere", key + (values ? value : ""));
  }
  return out;
}

}  // namespace

bool translated(const engine::Publication& port) { return !port.host.v6 && port.protocol != engine::Protocol::Sctp; }

std::string plan_table(const std::string& table) {
  std::string out = plan_no_table(table) + "add table ip " + table + "\n";
  for (const char* object : kObjects) {
    const std::string line = object;
    const size_t at = line.find("{}");
    out += "add " + line.substr(0, at) + "ip " + table + line.substr(at + 2) + "\n";
  }
  return out;
}

// Adding one that is there changes nothing: so there is one to delete.
std::string plan_no_table(const std::string& table) { return "add table ip " + table + "\ndelete table ip " + table + "\n"; }

std::string plan_network(const std::string& table, const engine::BridgeSpec& bridge) { return network_elements("add", table, bridge); }
std::string plan_no_network(const std::string& table, const engine::BridgeSpec& bridge) { return network_elements("delete", table, bridge); }
std::string plan_ports(const std::string& table, const std::vector<engine::Publication>& ports) { return port_elements("add", table, ports, true); }
std::string plan_no_ports(const std::string& table, const std::vector<engine::Publication>& ports) { return port_elements("delete", table, ports, false); }

}  // namespace strates::linux_world
