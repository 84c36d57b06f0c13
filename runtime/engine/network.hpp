// Networks and what containers have in them, as the engine keeps them (Docker Engine API, "Network", "EndpointSettings").
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/ip.hpp"
#include "base/names.hpp"

namespace strates::engine {

using TextMap = std::map<std::string, std::string>;

// One entry of IPAM.Config, in the words of whoever asked; what was chosen for them is filled in.
struct AddressPool {
  std::string subnet, ip_range, gateway;
  TextMap auxiliary;  // name to address: never given to a container
  bool operator==(const AddressPool&) const = default;
};

struct NetworkRequest {
  std::string name, driver;  // driver empty: "bridge"
  std::string scope, ipam_driver, config_from;
  bool internal = false, attachable = false, ingress = false, enable_ipv6 = false, config_only = false;
  std::vector<AddressPool> pools;
  TextMap options, labels;
  std::optional<TextMap> ipam_options;
};

struct NetworkRecord {
  std::string id, name, driver = "bridge";  // "bridge", "host", "null"
  Nanos created = 0;
  bool internal = false, attachable = false, enable_ipv6 = false;
  bool predefined = false;    // bridge, host, none: made at the first start, never removed
  bool asked_subnet = false;  // then --ip may be used
  std::vector<AddressPool> pools;        // as inspect shows them
  std::optional<TextMap> ipam_options;   // null for those predefined
  TextMap options, labels;
  std::string bridge;         // the interface's name; empty: the driver has none
  // As they are used; empty: none.
  std::optional<IpPrefix> subnet, subnet6;
  std::optional<IpAddress> gateway, gateway6;

  bool is_bridge() const { return driver == "bridge"; }
};

// One address on the machine for a port of a container, as it was asked or, with a number, as it is.
struct PortBinding {
  std::string host_ip, host_port;
  bool operator==(const PortBinding&) const = default;
};
using PortMap = std::map<std::string, std::vector<PortBinding>>;  // "80/tcp"

// A container in a network: what was asked, and what it has while it runs.
struct Endpoint {
  // --- asked
  bool has_ipam = false;  // the client sent an IPAMConfig
  std::string ipv4, ipv6;
  std::vector<std::string> link_local;
  std::optional<std::vector<std::string>> aliases, links;  // links: "container:alias"
  std::optional<TextMap> driver_opts;
  // --- as it is; all empty when the container does not run
  std::string network_id, endpoint_id, gateway, address, gateway6, address6, mac, interface;
  int prefix = 0, prefix6 = 0;

  // Out of use: what was asked stays.
  void clear() {
    network_id.clear(), endpoint_id.clear(), gateway.clear(), address.clear(), gateway6.clear(), address6.clear(), mac.clear(), interface.clear();
    prefix = prefix6 = 0;
  }
};

// A container as `docker network inspect` shows it.
struct NetworkMember {
  ContainerId container;
  std::string name, endpoint_id, mac, ipv4, ipv6;  // with the length: "172.17.0.2/16"
};

struct NetworkView {
  NetworkRecord record;
  std::vector<NetworkMember> members;  // by id
};

}  // namespace strates::engine
