// The network's flags of docker run and create as the API takes them: opts/network.go and cli/command/container/opts.go of docker/cli 20.10.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "cli/flags.hpp"

namespace strates::cli {

// {"mode", "endpoints" (EndpointsConfig), "port_bindings", "exposed_ports", "links", "mac_address"}.
// wires: "Invalid hostPort: foo", "zz is not a valid mac address", "links are only supported for user-defined networks"
Result<Json> container_network(const ParsedFlags& flags);
// "name:alias"; a name alone is its own alias. wire: "bad format for links: a:b:c"
Result<std::vector<std::string>> links_of(const std::vector<std::string>& values);
// "80" or "80-90", as nat.ParsePortRange of docker/go-connections 0.4 with its errors.
struct PortSpan {
  std::uint16_t first = 0, last = 0;
};
Result<PortSpan> parse_port_span(const std::string& text);
// pflag's check of --network
Result<void> check_network(const std::string& value);

}  // namespace strates::cli
