// The rules of packets as text of nft(8): one table of ours, whose sets and maps say which bridges, subnets and ports there are. A network or a port is
// an element; the rules never change. Made without a system call, tested as text and applied by libnftables.
//
//   guard     nobody outside reaches the machine's loopback by way of a bridge (127.0.0.1 is routed there for published ports)
//   incoming, outgoing   a published port leads into its container; from the machine itself as well
//   leaving   what a container sends out has the machine's address
//   passing   networks do not see each other, and nothing reaches a port that is not published
#pragma once

#include <string>
#include <vector>

#include "engine/network_port.hpp"

namespace strates::linux_world {

// Everything from nothing: what was there of this table goes in the same step.
std::string plan_table(const std::string& table);
std::string plan_no_table(const std::string& table);  // absent is fine
std::string plan_network(const std::string& table, const engine::BridgeSpec& bridge);
std::string plan_no_network(const std::string& table, const engine::BridgeSpec& bridge);
// Those of version 4 whose transport can be translated; the rest is for the relay (port_relay.hpp).
std::string plan_ports(const std::string& table, const std::vector<engine::Publication>& ports);
std::string plan_no_ports(const std::string& table, const std::vector<engine::Publication>& ports);
bool translated(const engine::Publication& port);

}  // namespace strates::linux_world
