// What a container finds in /etc/hosts and /etc/resolv.conf, as Docker writes them (libnetwork, etchosts and resolvconf).
#pragma once

#include <string>

#include "engine/container.hpp"
#include "engine/ports.hpp"

namespace strates::engine {

// Loopback lines, or the machine's own file on its network; then --add-host; then the container's name when it has a network of its own.
std::string hosts_file(const Container& container, NetworkMode network, const std::string& machine_hosts);
// The machine's file, unless --dns, --dns-search or --dns-option say otherwise: then what they leave out is taken from it.
std::string resolv_conf(const HostConfig& host, const std::string& machine_file);

// "name:address" and addresses, with Docker's sentences.
Result<void> validate_names(const HostConfig& host);

}  // namespace strates::engine
