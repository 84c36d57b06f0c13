// What a network may be asked to be, and which subnet, address and port are next (Docker Engine 20.10 with libnetwork), with its sentences:
// no world, only rules.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "engine/container.hpp"
#include "engine/network.hpp"
#include "engine/network_port.hpp"

namespace strates::engine {

constexpr std::string_view kNetworksBucket = "networks";  // of the metadata

namespace bridge_option {
constexpr const char* kName = "com.docker.network.bridge.name";
constexpr const char* kDefault = "com.docker.network.bridge.default_bridge";
constexpr const char* kInterContainer = "com.docker.network.bridge.enable_icc";
constexpr const char* kMasquerade = "com.docker.network.bridge.enable_ip_masquerade";
constexpr const char* kHostBinding = "com.docker.network.bridge.host_binding_ipv4";
constexpr const char* kMtu = "com.docker.network.driver.mtu";
}  // namespace bridge_option

// Where a new network goes: those of Docker that touch neither a network nor what the machine routes.
// "could not find an available, non-overlapping IPv4 address pool among the defaults to assign to the network"
Result<IpPrefix> choose_subnet(const std::vector<IpPrefix>& used, const std::vector<IpPrefix>& routed);
// The default bridge's range was this engine's own choice: where somebody else of the machine has it by now (a Docker that started later), another is chosen.
// To be asked while no container has an address of it. False: it stays.
Result<bool> move_away(NetworkRecord& record, const std::vector<IpPrefix>& used, const std::vector<IpPrefix>& routed);

// Everything of a record that follows from the request alone: driver, options, pools as given. Refuses as Docker does.
Result<NetworkRecord> record_from(const NetworkRequest& request);
// The pools that were given, made sense of: subnet and gateway of each version. "Invalid subnet foo : invalid CIDR address: foo"
Result<void> settle_pools(NetworkRecord& record);

// The lowest that is free, in the range of `pool`. "no available IPv4 addresses on this network's address pools: x (id)"
Result<IpAddress> next_address(const NetworkRecord& record, bool v6, const std::set<IpAddress>& used);
// One that was asked for. "Invalid address 10.98.0.77: It does not belong to any of this network's subnets", "Address already in use"
Result<IpAddress> asked_address(const NetworkRecord& record, const std::string& text, bool v6, const std::set<IpAddress>& used);

BridgeSpec bridge_of(const NetworkRecord& record);

// "80/tcp"
struct ContainerPort {
  std::uint16_t number = 0;
  Protocol protocol = Protocol::Tcp;
};
std::optional<ContainerPort> parse_container_port(std::string_view text);
// Of PortBinding: "", "8080" or "8000-8010". "Invalid port specification: \"x\""
struct HostPorts {
  std::uint16_t first = 0, last = 0;  // 0: any
};
std::optional<HostPorts> parse_host_ports(std::string_view text);

// "--network" words that are no network's name.
bool is_container_mode(std::string_view mode);  // "container:x"
// The network of a mode: "default" is "bridge".
std::string network_of_mode(const std::string& mode);

std::string encode_network(const NetworkRecord& record);
Result<NetworkRecord> decode_network(std::string_view text);

// For the record of a container.
Json networks_to_json(const std::map<std::string, Endpoint>& networks);
std::map<std::string, Endpoint> networks_from_json(const Json& json);
Json ports_to_json(const PortMap& ports);
PortMap ports_from_json(const Json& json);

}  // namespace strates::engine
