// engine::Networks on a Linux kernel: a bridge for each network, a namespace and pairs of interfaces for each container, one table of packet rules, a
// relay for what rules do not carry, a resolver inside each container that has user-defined networks.
//
// Nothing is made before it is needed: a daemon whose containers have no network leaves the machine's network as it was. What a container uses outlives
// the daemon; the rest goes when it stops, or at the next start when it could not.
//
// Threads: any. One lock for the machine's side; each container is worked on by one thread at a time.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/network_port.hpp"
#include "linux/network/netlink.hpp"
#include "linux/network/packet_rules.hpp"
#include "linux/network/port_relay.hpp"
#include "linux/network/reactor.hpp"
#include "linux/network/resolver.hpp"

namespace strates::linux_world {

class LinuxNetworks : public engine::Networks {
 public:
  // `root`: of the store; its rules have a table of their own ("strates_" and a number made from it), so that several daemons can live side by side.
  static Result<std::unique_ptr<LinuxNetworks>> open(const std::string& root);
  static std::string table_of(const std::string& root);

  std::vector<IpPrefix> taken() override;
  Result<void> make(const engine::BridgeSpec& bridge, const Emit& emit) override;
  Result<void> remove(const engine::BridgeSpec& bridge, const Emit& emit) override;
  Result<void> hold(const ContainerId& container, const engine::Publication& port) override;
  void let_go(const ContainerId& container) override;
  Result<std::string> open(const engine::SandboxSpec& spec, const Emit& emit) override;
  void entered(const ContainerId& container, std::int64_t host_pid) override;
  Result<void> plug(const ContainerId& container, const engine::InterfaceSpec& interface, const Emit& emit) override;
  Result<void> unplug(const ContainerId& container, const engine::InterfaceSpec& interface, const Emit& emit) override;
  Result<void> update(const engine::SandboxSpec& spec, const Emit& emit) override;
  void close(const ContainerId& container, const Emit& emit) override;
  void set_names(std::vector<engine::NetworkNames> networks, std::vector<engine::ContainerNames> containers) override;
  Result<void> recover(const std::vector<engine::BridgeSpec>& networks, const std::vector<Alive>& alive) override;
  void leave(const std::vector<engine::BridgeSpec>& networks) override;

  // Empty: packet rules work. Otherwise why not: containers see each other and their ports are relayed, but nothing leaves by the machine's address.
  std::string without_rules();

 private:
  struct Sandbox {
    engine::SandboxSpec spec;
    UniqueFd space;            // until a process lives in it
    std::int64_t host_pid = 0;
  };

  LinuxNetworks(std::string table, std::unique_ptr<Reactor> reactor);
  // --- with the lock
  Result<Netlink*> machine();
  bool rules_work();  // makes the table when there is none
  void change_rules(const std::string& commands);
  // Through another Docker's rules (docker_rules.hpp), where there is one.
  void let_pass(const std::string& interface);
  void no_longer_pass(const std::string& interface);  // empty: none of ours
  Result<int> ensure_bridge(const engine::BridgeSpec& bridge, const Emit& emit);
  Result<std::string> join(const UniqueFd& space, const engine::InterfaceSpec& interface, int bridge);
  std::optional<engine::BridgeSpec> drop_bridge(const engine::BridgeSpec& bridge);
  Result<UniqueFd> space_of(const ContainerId& container);

  const std::string table_;
  std::mutex mutex_;
  std::optional<Netlink> netlink_;
  std::optional<PacketRules> rules_;
  bool table_made_ = false;
  std::string no_rules_;
  std::set<std::string> passing_;  // interfaces that have a rule among another Docker's
  std::map<std::string, std::string> bridges_;  // by network: the interface that was made for it
  std::map<ContainerId, Sandbox> sandboxes_;
  // Last: their destructors still call.
  std::unique_ptr<Reactor> reactor_;
  PortRelay relay_;
  Resolver resolver_;
};

}  // namespace strates::linux_world
