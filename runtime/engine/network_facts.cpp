#include "engine/network_facts.hpp"

namespace strates::engine {

namespace {

void say(const Emit& emit, event::Network fact) {
  if (emit) emit(Payload(std::move(fact)));
}

}  // namespace

std::string endpoint_text(const IpAddress& address, std::uint16_t port) {
  return (address.v6 ? "[" + address.text() + "]" : address.text()) + ":" + std::to_string(port);
}

void tell_bridge(const BridgeSpec& bridge, const Emit& emit) {
  say(emit, event::InterfaceMade{{}, bridge.id, bridge.interface, "", "bridge", ""});
  say(emit, event::AddressAssigned{{}, bridge.interface, IpPrefix{bridge.gateway, bridge.subnet.length}.text()});
  if (bridge.gateway6 && bridge.subnet6) say(emit, event::AddressAssigned{{}, bridge.interface, IpPrefix{*bridge.gateway6, bridge.subnet6->length}.text()});
  if (bridge.masquerade) say(emit, event::NatRuleAdded{bridge.id, "masquerade " + bridge.subnet.text()});
}

void tell_bridge_gone(const BridgeSpec& bridge, const Emit& emit) { say(emit, event::InterfaceRemoved{{}, bridge.id, bridge.interface}); }

void tell_interface(const ContainerId& container, const InterfaceSpec& interface, const std::string& peer, const Emit& emit) {
  say(emit, event::InterfaceMade{container, interface.network.id, interface.name, peer, "veth", interface.mac});
  say(emit, event::AddressAssigned{container, interface.name, interface.address.text()});
  if (interface.address6) say(emit, event::AddressAssigned{container, interface.name, interface.address6->text()});
}

void tell_interface_gone(const ContainerId& container, const InterfaceSpec& interface, const Emit& emit) {
  say(emit, event::InterfaceRemoved{container, interface.network.id, interface.name});
}

void tell_ways(const SandboxSpec& spec, const Emit& emit) {
  for (const auto& way : {spec.gateway, spec.gateway6}) {
    if (!way) continue;
    for (const auto& interface : spec.interfaces)
      if (interface.network.gateway == *way || interface.network.gateway6 == *way) say(emit, event::RouteAdded{spec.container, "default", way->text(), interface.name});
  }
}

void tell_ports(const SandboxSpec& spec, const Emit& emit) {
  for (const auto& port : spec.ports)
    say(emit, event::PortPublished{spec.container, std::string(to_string(port.protocol)), endpoint_text(port.host, port.host_port), endpoint_text(port.container, port.container_port)});
}

}  // namespace strates::engine
