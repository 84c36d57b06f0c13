// What Docker refuses or warns of in a HostConfig's limits and isolation (Docker Engine 20.10, daemon/daemon_unix.go,
// verifyPlatformContainerResources; oci/caps; runconfig), with its sentences.
#pragma once

#include <string>
#include <vector>

#include "engine/container.hpp"
#include "engine/ports.hpp"

namespace strates::engine {

// For `docker create`. Changes what Docker changes: swap from memory, limits that the machine cannot hold (a warning each).
Result<void> settle_host_config(HostConfig& host, const image::RunConfig& config, const MachineInfo& machine, std::vector<std::string>& warnings);
// For `docker update` as well.
enum class ForUpdate { No, Yes };
Result<void> settle_limits(Limits& limits, const MachineInfo& machine, ForUpdate update, std::vector<std::string>& warnings);

// Of `basics` with what was added and dropped; "ALL" in `within_bounds` when every capability was asked for.
struct CapabilityChoice {
  std::vector<std::string> names;
  bool all = false;  // what the machine does not have may be missing
};
CapabilityChoice choose_capabilities(const Isolation& isolation, bool privileged);
// "chown" is "CAP_CHOWN"; "all" is "ALL". Errors: unknown capability: "CAP_FOO"
Result<std::string> capability_name(const std::string& asked);

// By name to bits, capability 0 lowest; unknown names are nothing.
std::uint64_t capability_bits(const std::vector<std::string>& names);

// The options of --security-opt. Errors: invalid --security-opt 2: "foo=bar"
Result<Confinement> parse_security_options(const std::vector<std::string>& options);

// "host", "private", "container:NAME", ... as a namespace; the name is not looked up.
NamespaceChoice namespace_choice(const std::string& mode);

// Numbers of a list like "0-2,7". Errors: invalid format: a
Result<std::vector<int>> parse_number_list(const std::string& text);

}  // namespace strates::engine
