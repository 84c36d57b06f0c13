// What the engine does with networks as objects: the calls behind `docker network`. Errors carry Docker's sentence in `wire`.
//
// Threads: any, as all of Engine.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "engine/network.hpp"

namespace strates::engine {

struct NetworkReply {
  std::string id, warning;
};
enum class Disconnect { Gently, Forced };  // Forced: an endpoint without its container is fine

class Subscription;

class EngineNetworks {
 public:
  virtual ~EngineNetworks() = default;
  // wires: "network with name x already exists", "Pool overlaps with other one on this address space", "operation is not permitted on predefined bridge network"
  virtual Result<NetworkReply> create_network(const NetworkRequest& request) = 0;
  // By name, full id, or a prefix of an id. wires: "network x not found", "network x is ambiguous (2 matches found on ID prefix)"
  virtual Result<NetworkView> network(const std::string& name) = 0;
  // filters: "dangling", "driver", "id", "label", "name", "scope", "type"; by name
  virtual Result<std::vector<NetworkView>> networks(const std::vector<std::pair<std::string, std::string>>& filters) = 0;
  // wires: "bridge is a pre-defined network and cannot be removed", "error while removing network: network x id ... has active endpoints"
  virtual Result<void> remove_network(const std::string& name) = 0;
  // A running container gets an interface at once; another when it starts.
  virtual Result<void> connect(const std::string& network, const std::string& container, const Endpoint& asked) = 0;
  virtual Result<void> disconnect(const std::string& network, const std::string& container, Disconnect how) = 0;
  // While one of these lives the trace has event::PacketsPassed, twice a second for each interface of a container that something passed. What passes in
  // the last moment of a container is not told. A world whose containers have no counters (the simulator) tells nothing.
  virtual std::unique_ptr<Subscription> watch_packets() = 0;
};

}  // namespace strates::engine
