// Who answers to which name, for each container: what both worlds' resolvers look up (libnetwork 20.10, sandbox.ResolveName).
//
// Not thread-safe. Names in any case, with or without a dot at the end.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/network_port.hpp"

namespace strates::engine {

class NameTable {
 public:
  void set(std::vector<NetworkNames> networks, std::vector<ContainerNames> containers);
  // Addresses of one version, each time beginning with the next (round robin). None: nobody is called so. Empty: somebody is, without such an address.
  std::optional<std::vector<IpAddress>> find(const ContainerId& asker, std::string_view name, bool v6);
  // "web.front" for an address in a network of the asker's.
  std::optional<std::string> name_of(const ContainerId& asker, const IpAddress& address) const;

 private:
  std::map<std::string, NetworkNames> networks_;      // by the network's id
  std::map<std::string, ContainerNames> containers_;  // by the container's id
  std::map<std::string, size_t> turns_;               // by network and name
};

}  // namespace strates::engine
