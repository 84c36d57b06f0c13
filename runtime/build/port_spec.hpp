// The ports of EXPOSE, as Docker 20.10 reads them (docker/go-connections 0.4, nat.ParsePortSpec).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace strates::build {

// [[ip:]host:]container[/protocol], each port a number or a range: "80", "8000-8002/udp", "127.0.0.1:8080:80". Gives the container's ports, one
// by one and at most 65,536: "8000/udp", "8001/udp", "8002/udp". The protocol is tcp unless said, in any case of letters; udp and sctp exist too.
// An image cannot say where a port is published: the address and the host's port are checked, then dropped, as in Docker.
//
// code port.spec, Invalid, wire as Docker's:
//   No port specified: <text><empty>            Invalid containerPort: <port>      Invalid hostPort: <port>
//   Invalid ranges specified for container and host Ports: <container> and <host>
//   Invalid proto: <protocol>                   Invalid ip address: <ip>           Invalid ip address <ip>: address <ip>:: <why>
Result<std::vector<std::string>> parse_port_spec(std::string_view text);

// The same with where each port is published, for `-p`. host_port is empty (any), a number, or a range of which any will do.
struct PortMapping {
  std::string port;  // "80/tcp"
  std::string host_ip, host_port;
};
Result<std::vector<PortMapping>> parse_port_mappings(std::string_view text);

}  // namespace strates::build
