// Interfaces, addresses and routes of one network namespace, through rtnetlink(7) (libnl-route). One object, one socket, one namespace: that in which
// it was opened. Not thread-safe.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/ip.hpp"
#include "base/result.hpp"
#include "base/unique_fd.hpp"

struct nl_sock;

namespace strates::linux_world {

struct NamedInterface {
  std::string name, alias;
};

struct VethSpec {
  std::string name;  // this namespace's end
  int bridge = 0;    // index of the bridge that it joins
  std::string peer_name, peer_mac;
  int peer_namespace = -1;  // descriptor of a namespace
  int mtu = 1500;
};

class Netlink {
 public:
  // codes network.netlink (this and all below; EPERM: the namespace is not ours)
  static Result<Netlink> open();

  std::optional<int> index(const std::string& name);
  Result<void> make_bridge(const std::string& name, const std::string& mac, int mtu);
  Result<void> make_veth(const VethSpec& spec);
  Result<void> set_up(int index);
  Result<void> set_alias(int index, const std::string& alias);
  Result<std::string> alias(const std::string& name);  // empty: none
  Result<void> add_address(int index, const IpPrefix& address);
  // The route for what has no other.
  Result<void> add_default_route(int index, const IpAddress& gateway);
  Result<void> remove_default_routes(bool v6);
  Result<void> remove_link(int index);
  Result<std::vector<NamedInterface>> interfaces();
  // Networks that this namespace routes, without its default routes and those of the interfaces in `without`.
  Result<std::vector<IpPrefix>> routed(const std::vector<std::string>& without);

 private:
  explicit Netlink(nl_sock* socket);
  struct Closer {
    void operator()(nl_sock* socket) const;
  };
  std::unique_ptr<nl_sock, Closer> socket_;
};

}  // namespace strates::linux_world
