// What a container finds in /etc/hosts and /etc/resolv.conf, as Docker writes them (libnetwork, etchosts and resolvconf).
#pragma once

#include <string>

#include "engine/container.hpp"
#include "engine/ports.hpp"

namespace strates::engine {

// Loopback lines, or the machine's own file on its network; then --add-host ("host-gateway" is `gateway`); then links, whole lines; then the container's
// own names, one line for each of its addresses.
struct HostsLines {
  std::vector<std::string> links, addresses;
  std::string gateway;
};
std::string hosts_file(const Container& container, NetworkMode network, const std::string& machine_hosts, const HostsLines& lines = {});
// The machine's file, unless --dns, --dns-search or --dns-option say otherwise: then what they leave out is taken from it.
std::string resolv_conf(const HostConfig& host, const std::string& machine_file);
// The same for a container with a network of its own: the machine's loopback does not reach there, so servers on it are left out, and Docker's two
// public ones are taken when none is left (libnetwork, resolvconf.FilterResolvDNS).
std::string bridged_resolv_conf(const HostConfig& host, const std::string& machine_file);
// With the engine's resolver: "nameserver 127.0.0.11", the search domains, the options and ndots:0.
std::string resolver_conf(const HostConfig& host, const std::string& machine_file);
// Whom the resolver asks: --dns, or the machine's.
std::vector<std::string> name_servers(const HostConfig& host, const std::string& machine_file);

// "name:address" and addresses, with Docker's sentences.
Result<void> validate_names(const HostConfig& host);

}  // namespace strates::engine
