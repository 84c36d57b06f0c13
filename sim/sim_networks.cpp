#include "sim/sim_networks.hpp"

#include <algorithm>

#include "engine/network_facts.hpp"

namespace strates::sim {

namespace {

// The machine's ends are numbered by their address: the same run gives the same names.
std::string peer_name(const engine::InterfaceSpec& interface) { return "veth" + interface.network.id.substr(0, 3) + std::to_string(interface.address.address.bytes[2] * 256 + interface.address.address.bytes[3]); }

}  // namespace

Result<void> SimNetworks::make(const engine::BridgeSpec& bridge, const Emit& emit) {
  if (bridges_.try_emplace(bridge.id, bridge).second) engine::tell_bridge(bridge, emit);
  return {};
}

Result<void> SimNetworks::remove(const engine::BridgeSpec& bridge, const Emit& emit) {
  if (bridges_.erase(bridge.id) > 0) engine::tell_bridge_gone(bridge, emit);
  return {};
}

Result<void> SimNetworks::hold(const ContainerId& container, const engine::Publication& port) {
  // This machine has the loopback and every address, no other.
  if (!port.host.loopback() && port.host != IpAddress{{}, port.host.v6}) {
    const std::string version = port.host.v6 ? "6" : "4";
    return make_error(ErrorKind::Internal, "network.port-address", "listen on", engine::endpoint_text(port.host, port.host_port),
                      "listen " + std::string(engine::to_string(port.protocol)) + version + " " + engine::endpoint_text(port.host, port.host_port) + ": bind: cannot assign requested address");
  }
  held_.push_back({container, port});
  return {};
}

void SimNetworks::let_go(const ContainerId& container) {
  std::erase_if(held_, [&](const Held& held) { return held.container == container; });
}

Result<std::string> SimNetworks::open(const engine::SandboxSpec& spec, const Emit& emit) {
  for (const auto& interface : spec.interfaces) {
    TRY(make(interface.network, emit));
    engine::tell_interface(spec.container, interface, peer_name(interface), emit);
  }
  engine::tell_ways(spec, emit);
  engine::tell_ports(spec, emit);
  sandboxes_[spec.container] = spec;
  return spec.container.str();
}

Result<void> SimNetworks::plug(const ContainerId& container, const engine::InterfaceSpec& interface, const Emit& emit) {
  TRY(make(interface.network, emit));
  engine::tell_interface(container, interface, peer_name(interface), emit);
  return {};
}

Result<void> SimNetworks::unplug(const ContainerId& container, const engine::InterfaceSpec& interface, const Emit& emit) {
  engine::tell_interface_gone(container, interface, emit);
  return {};
}

Result<void> SimNetworks::update(const engine::SandboxSpec& spec, const Emit& emit) {
  engine::tell_ways(spec, emit);
  if (sandboxes_[spec.container].ports != spec.ports) engine::tell_ports(spec, emit);
  sandboxes_[spec.container] = spec;
  return {};
}

void SimNetworks::close(const ContainerId& container, const Emit& emit) {
  if (const auto found = sandboxes_.find(container); found != sandboxes_.end()) {
    for (const auto& interface : found->second.interfaces) engine::tell_interface_gone(container, interface, emit);
    sandboxes_.erase(found);
  }
  let_go(container);
}

const engine::SandboxSpec* SimNetworks::sandbox(const ContainerId& container) const {
  const auto found = sandboxes_.find(container);
  return found == sandboxes_.end() ? nullptr : &found->second;
}

bool SimNetworks::routes(const ContainerId& from, const IpAddress& to) const {
  if (to.loopback()) return true;
  const auto* own = sandbox(from);
  if (own == nullptr) return false;
  if (!to.v6 && own->gateway) return true;
  return std::any_of(own->interfaces.begin(), own->interfaces.end(), [&](const auto& interface) {
    return interface.address.contains(to) || (interface.address6 && interface.address6->contains(to));
  });
}

bool SimNetworks::reaches(const ContainerId& from, const IpAddress& to) const {
  if (to.loopback()) return true;
  const auto* own = sandbox(from);
  if (own == nullptr) return false;
  for (const auto& mine : own->interfaces) {
    if (mine.address.address == to || mine.network.gateway == to || mine.network.gateway6 == to || (mine.address6 && mine.address6->address == to)) return true;
    for (const auto& [id, other] : sandboxes_)
      for (const auto& theirs : other.interfaces)
        if (theirs.network.id == mine.network.id && mine.network.inter_container && (theirs.address.address == to || (theirs.address6 && theirs.address6->address == to))) return true;
  }
  // The machine itself: by the gateway of any of its bridges.
  if (!own->gateway) return false;
  return std::any_of(bridges_.begin(), bridges_.end(), [&](const auto& bridge) { return bridge.second.gateway == to; });
}

}  // namespace strates::sim
