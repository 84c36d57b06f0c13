// What a world tells of the networks it makes, in the same words for every world.
#pragma once

#include <string>

#include "engine/network_port.hpp"

namespace strates::engine {

void tell_bridge(const BridgeSpec& bridge, const Emit& emit);
void tell_bridge_gone(const BridgeSpec& bridge, const Emit& emit);
// `peer`: the machine's end.
void tell_interface(const ContainerId& container, const InterfaceSpec& interface, const std::string& peer, const Emit& emit);
void tell_interface_gone(const ContainerId& container, const InterfaceSpec& interface, const Emit& emit);
void tell_ways(const SandboxSpec& spec, const Emit& emit);   // default routes
void tell_ports(const SandboxSpec& spec, const Emit& emit);  // published ones
// "0.0.0.0:80", "[::]:80"
std::string endpoint_text(const IpAddress& address, std::uint16_t port);

}  // namespace strates::engine
