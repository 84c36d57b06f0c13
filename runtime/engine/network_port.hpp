// The port of networks: bridges, the network namespaces of containers, published ports, and the names containers find each other by.
// Which network, which address, which port: the engine decides; a world makes them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/event.hpp"
#include "base/ip.hpp"
#include "base/names.hpp"
#include "base/result.hpp"

namespace strates::engine {

// A bridge network.
struct BridgeSpec {
  std::string id, name;
  std::string interface;  // of the bridge: "br-0123456789ab"
  IpPrefix subnet;
  IpAddress gateway;      // the bridge's own address
  std::optional<IpPrefix> subnet6;
  std::optional<IpAddress> gateway6;
  bool internal = false;     // nothing goes out
  bool masquerade = true;    // what goes out has the machine's address
  bool inter_container = true;
  int mtu = 1500;
};

// A container's end of a network.
struct InterfaceSpec {
  BridgeSpec network;
  std::string name;  // "eth0"
  IpPrefix address;  // with the network's length
  std::optional<IpPrefix> address6;
  std::string mac;
};

enum class Protocol : std::uint8_t { Tcp, Udp, Sctp };
std::string_view to_string(Protocol protocol);  // "tcp"

// A port of the machine that leads into a container.
struct Publication {
  Protocol protocol = Protocol::Tcp;
  IpAddress host;  // 0.0.0.0: every address
  std::uint16_t host_port = 0;
  IpAddress container;
  std::uint16_t container_port = 0;
  bool operator==(const Publication&) const = default;
};

// The whole network of one container.
struct SandboxSpec {
  ContainerId container;
  std::vector<InterfaceSpec> interfaces;
  std::optional<IpAddress> gateway, gateway6;  // where the default route leads
  std::vector<Publication> ports;
  bool resolver = false;                   // answers at 127.0.0.11, port 53
  std::vector<std::string> name_servers;   // asked for what it does not know; empty: the machine's
};

// Who answers to a name in a network. Names are in lower case.
struct NetworkName {
  std::string name;
  IpAddress address;
  bool primary = false;  // what a look-up by address gives
};
struct NetworkNames {
  std::string network, network_name;
  std::vector<NetworkName> names;
};
// What one container may look up: its networks in order, and names of its own for others (--link).
struct ContainerNames {
  ContainerId container;
  std::vector<std::string> networks;
  std::vector<std::pair<std::string, std::string>> links;  // alias to name
};

class Networks {
 public:
  virtual ~Networks() = default;
  // What the machine routes already: networks keep away from it.
  virtual std::vector<IpPrefix> taken() = 0;
  // Makes the bridge, its address, its rules; one that is there is left as it is. codes network.setup, network.interface
  virtual Result<void> make(const BridgeSpec& bridge, const Emit& emit) = 0;
  virtual Result<void> remove(const BridgeSpec& bridge, const Emit& emit) = 0;  // absent is fine

  // Holds a port of the machine for a container until `close`. code network.port-busy; cause as Go words it: "listen tcp4 0.0.0.0:80: bind: address already in use"
  virtual Result<void> hold(const ContainerId& container, const Publication& port) = 0;
  virtual void let_go(const ContainerId& container) = 0;  // of all ports that it holds
  // A network namespace with everything in it, before the container's first process. The text says to Processes where it is. On error nothing is left.
  virtual Result<std::string> open(const SandboxSpec& spec, const Emit& emit) = 0;
  // The container's process lives in it from now on: it goes with that process.
  virtual void entered(const ContainerId& container, std::int64_t host_pid) = 0;
  virtual Result<void> plug(const ContainerId& container, const InterfaceSpec& interface, const Emit& emit) = 0;
  virtual Result<void> unplug(const ContainerId& container, const InterfaceSpec& interface, const Emit& emit) = 0;
  // Default routes and published ports as they are to be after a plug or unplug.
  virtual Result<void> update(const SandboxSpec& spec, const Emit& emit) = 0;
  // After the last process; absent is fine.
  virtual void close(const ContainerId& container, const Emit& emit) = 0;

  // Replaces all that is known of names.
  virtual void set_names(std::vector<NetworkNames> networks, std::vector<ContainerNames> containers) = 0;

  // At start-up: containers that live get their rules, ports and resolver back; what nobody uses goes.
  struct Alive {
    SandboxSpec spec;
    std::int64_t host_pid = 0;
  };
  virtual Result<void> recover(const std::vector<BridgeSpec>& networks, const std::vector<Alive>& alive) = 0;
  // The daemon stops: bridges and rules without a container go.
  virtual void leave(const std::vector<BridgeSpec>& networks) = 0;
};

}  // namespace strates::engine
