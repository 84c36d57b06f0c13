// The port of networks in memory: which bridges there are, what each container has of them, who answers to which name, which ports are taken.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/name_table.hpp"
#include "engine/network_port.hpp"

namespace strates::sim {

class SimNetworks : public engine::Networks {
 public:
  std::vector<IpPrefix> taken() override { return {}; }
  Result<void> make(const engine::BridgeSpec& bridge, const Emit& emit) override;
  Result<void> remove(const engine::BridgeSpec& bridge, const Emit& emit) override;
  Result<void> hold(const ContainerId& container, const engine::Publication& port) override;
  void let_go(const ContainerId& container) override;
  Result<std::string> open(const engine::SandboxSpec& spec, const Emit& emit) override;
  void entered(const ContainerId& container, std::int64_t) override { sandboxes_[container].container = container; }
  Result<void> plug(const ContainerId& container, const engine::InterfaceSpec& interface, const Emit& emit) override;
  Result<void> unplug(const ContainerId& container, const engine::InterfaceSpec& interface, const Emit& emit) override;
  Result<void> update(const engine::SandboxSpec& spec, const Emit& emit) override;
  void close(const ContainerId& container, const Emit& emit) override;
  void set_names(std::vector<engine::NetworkNames> networks, std::vector<engine::ContainerNames> containers) override { names_.set(std::move(networks), std::move(containers)); }
  Result<void> recover(const std::vector<engine::BridgeSpec>&, const std::vector<Alive>&) override { return {}; }
  void leave(const std::vector<engine::BridgeSpec>&) override {}

  // --- for the programs. Null: it has none of its own.
  const engine::SandboxSpec* sandbox(const ContainerId& container) const;
  engine::NameTable& names() { return names_; }
  // Somebody has the address and a packet from `from` gets there and back: the same network, its gateway, or oneself.
  bool reaches(const ContainerId& from, const IpAddress& to) const;
  // Whether anything routes there at all; otherwise the kernel says "Network unreachable".
  bool routes(const ContainerId& from, const IpAddress& to) const;

 private:
  struct Held {
    ContainerId container;
    engine::Publication port;
  };
  std::map<std::string, engine::BridgeSpec> bridges_;  // by network
  std::map<ContainerId, engine::SandboxSpec> sandboxes_;
  std::vector<Held> held_;
  engine::NameTable names_;
};

}  // namespace strates::sim
