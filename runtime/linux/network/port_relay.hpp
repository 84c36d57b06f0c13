// Published ports as sockets of the machine: each is held by one, so that nobody else takes it, and what arrives there is carried into the container.
// Mostly nothing arrives: packets of version 4 are translated before (nft_plan.hpp), at the kernel's speed and also without a daemon. The relay carries
// what is not: version 6, and everything where the kernel has no packet rules.
//
// Threads: any; bytes are carried by the reactor's.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/names.hpp"
#include "engine/network_port.hpp"
#include "linux/network/reactor.hpp"

namespace strates::linux_world {

class PortRelay {
 public:
  explicit PortRelay(Reactor& reactor) : reactor_(reactor) {}
  ~PortRelay();

  // codes network.port-busy, network.port-address, network.no-v6 (this machine has no version 6); the cause is Go's sentence
  Result<void> hold(const ContainerId& container, const engine::Publication& port);
  // Where the ports that are held lead to now; those that are not in `ports` are let go.
  void update(const ContainerId& container, const std::vector<engine::Publication>& ports);
  void let_go(const ContainerId& container);

 private:
  struct Held;        // one port
  struct Connection;  // over TCP: two sockets
  struct Peer;        // over UDP: who sent something, and the socket that carries it on
  void accept(const std::shared_ptr<Held>& held);
  void begin(const std::shared_ptr<Held>& held, UniqueFd client);
  void carry(const std::shared_ptr<Connection>& connection);
  void end(const std::shared_ptr<Connection>& connection);
  void take_datagrams(const std::shared_ptr<Held>& held);
  void close(const std::shared_ptr<Held>& held);

  Reactor& reactor_;
  std::map<std::string, std::vector<std::shared_ptr<Held>>> held_;  // by container; the reactor's
};

}  // namespace strates::linux_world
