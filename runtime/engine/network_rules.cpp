#include "engine/network_rules.hpp"

#include <algorithm>
#include <charconv>

#include "base/strings.hpp"

namespace strates::engine {

namespace {

Error refuse(std::string sentence) { return docker_error(ErrorKind::Invalid, "network.invalid", std::move(sentence)); }
Error forbid(std::string sentence) { return docker_error(ErrorKind::Forbidden, "network.forbidden", std::move(sentence)); }

struct Boolean {
  const char* option;
  bool usual;
};
constexpr Boolean kBooleans[] = {{bridge_option::kInterContainer, true}, {bridge_option::kMasquerade, true}, {bridge_option::kDefault, false}};

// As Go's strconv.ParseBool.
std::optional<bool> parse_go_bool(std::string_view text) {
  for (const std::string_view yes : {"1", "t", "T", "TRUE", "true", "True"})
    if (text == yes) return true;
  for (const std::string_view no : {"0", "f", "F", "FALSE", "false", "False"})
    if (text == no) return false;
  return std::nullopt;
}

std::string option_of(const NetworkRecord& record, const char* name) {
  const auto found = record.options.find(name);
  return found == record.options.end() ? std::string() : found->second;
}

std::optional<std::uint16_t> port_number(std::string_view text) {
  std::uint16_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

Result<void> check_bridge_options(const NetworkRecord& record) {
  for (const auto& [option, usual] : kBooleans)
    if (const std::string value = option_of(record, option); !value.empty() && !parse_go_bool(value))
      return refuse("failed to parse " + std::string(option) + " value: " + value + " (strconv.ParseBool: parsing " + go_quote(value) + ": invalid syntax)");
  if (const std::string mtu = option_of(record, bridge_option::kMtu); !mtu.empty()) {
    int value = 0;
    const auto [end, error] = std::from_chars(mtu.data(), mtu.data() + mtu.size(), value);
    if (error != std::errc() || end != mtu.data() + mtu.size())
      return refuse("failed to parse " + std::string(bridge_option::kMtu) + " value: " + mtu + " (strconv.Atoi: parsing " + go_quote(mtu) + ": invalid syntax)");
    if (value < 68 || value > 65535) return refuse("invalid MTU number: " + mtu);
  }
  if (const std::string host = option_of(record, bridge_option::kHostBinding); !host.empty() && !IpAddress::parse(host))
    return refuse("failed to parse " + std::string(bridge_option::kHostBinding) + " value: " + host + " (nil ip)");
  const std::string name = option_of(record, bridge_option::kName);
  // The kernel's rule for an interface (IFNAMSIZ).
  if (name.size() > 15 || name == "." || name == ".." || name.find_first_of("/ \t\n:") != std::string::npos)
    return refuse("invalid interface name: " + go_quote(name));
  return {};
}

}  // namespace

std::string_view to_string(Protocol protocol) { return protocol == Protocol::Tcp ? "tcp" : protocol == Protocol::Udp ? "udp" : "sctp"; }

bool is_container_mode(std::string_view mode) { return mode.starts_with("container:"); }
std::string network_of_mode(const std::string& mode) { return mode == "default" || mode.empty() ? "bridge" : mode; }

Result<IpPrefix> choose_subnet(const std::vector<IpPrefix>& used, const std::vector<IpPrefix>& routed) {
  const auto free = [&](const IpPrefix& candidate) {
    const auto touches = [&](const IpPrefix& other) { return candidate.overlaps(other); };
    return std::none_of(used.begin(), used.end(), touches) && std::none_of(routed.begin(), routed.end(), touches);
  };
  // libnetwork, ipamutils: 172.17.0.0/16 to 172.31.0.0/16, then 192.168.0.0/20 and on.
  for (int i = 17; i <= 31; ++i)
    if (const auto candidate = *IpPrefix::parse("172." + std::to_string(i) + ".0.0/16"); free(candidate)) return candidate;
  for (int i = 0; i < 256; i += 16)
    if (const auto candidate = *IpPrefix::parse("192.168." + std::to_string(i) + ".0/20"); free(candidate)) return candidate;
  return docker_error(ErrorKind::Internal, "network.no-subnet", "could not find an available, non-overlapping IPv4 address pool among the defaults to assign to the network");
}

Result<bool> move_away(NetworkRecord& record, const std::vector<IpPrefix>& used, const std::vector<IpPrefix>& routed) {
  if (!record.predefined || !record.subnet) return false;
  if (std::none_of(routed.begin(), routed.end(), [&](const IpPrefix& other) { return other.overlaps(*record.subnet); })) return false;
  record.subnet = TRY(choose_subnet(used, routed));
  record.gateway = record.subnet->first().plus(1);
  record.pools = {{record.subnet->text(), "", record.gateway->text(), {}}};
  return true;
}

Result<NetworkRecord> record_from(const NetworkRequest& request) {
  NetworkRecord record;
  record.name = request.name;
  record.driver = request.driver.empty() || request.driver == "default" ? "bridge" : request.driver;
  // libnetwork, NewNetwork: the name is only checked for being there at all, and an empty one passes the daemon (20.10); it could never be named.
  if (trim(request.name).empty()) return refuse("network name cannot be empty");
  for (const std::string_view predefined : {"bridge", "host", "none", "default"})
    if (request.name == predefined) return forbid("operation is not permitted on predefined " + request.name + " network");
  if (is_container_mode(request.name)) return forbid("operation is not permitted on predefined " + request.name + " network");
  if (request.scope == "swarm") return docker_error(ErrorKind::Unavailable, "network.swarm", "cannot create a swarm scoped network when swarm is not active");
  if (!request.scope.empty() && request.scope != "local" && request.scope != "global") return refuse("invalid network scope: " + request.scope);
  if (request.ingress) return refuse("Ingress network can only be global in scope");
  if (request.config_only || !request.config_from.empty())
    return make_error(ErrorKind::NotImplemented, "network.config-only", "create network with", request.config_only ? "ConfigOnly" : "ConfigFrom", "networks that are configurations only belong to clusters",
                      "leave it out");
  if (!request.ipam_driver.empty() && request.ipam_driver != "default") return docker_error(ErrorKind::NotFound, "network.ipam", "plugin " + go_quote(request.ipam_driver) + " not found");
  if (record.driver == "host" || record.driver == "null") return forbid("only one instance of " + go_quote(record.driver) + " network is allowed");
  if (record.driver == "overlay") return docker_error(ErrorKind::Unavailable, "network.swarm", "This node is not a swarm manager. Use \"docker swarm init\" or \"docker swarm join\" to connect this node to swarm and try again.");
  if (record.driver == "macvlan" || record.driver == "ipvlan")
    return make_error(ErrorKind::NotImplemented, "network.driver", "create network with driver", record.driver, "this engine has the drivers bridge, host and null", "use the driver bridge");
  if (record.driver != "bridge") return docker_error(ErrorKind::NotFound, "network.driver", "plugin " + go_quote(record.driver) + " not found");
  record.internal = request.internal;
  record.attachable = request.attachable;
  record.enable_ipv6 = request.enable_ipv6;
  record.pools = request.pools;
  record.ipam_options = request.ipam_options ? *request.ipam_options : TextMap{};
  record.options = request.options;
  record.labels = request.labels;
  record.bridge = option_of(record, bridge_option::kName);
  TRY(check_bridge_options(record));
  TRY(settle_pools(record));
  if (record.enable_ipv6 && !record.subnet6)
    return docker_error(ErrorKind::Internal, "network.no-subnet", "could not find an available, non-overlapping IPv6 address pool among the defaults to assign to the network");
  return record;
}

Result<void> settle_pools(NetworkRecord& record) {
  constexpr size_t kMostPools = 16;
  if (record.pools.size() > kMostPools) return refuse("bridge driver doesn't support multiple subnets");
  for (auto& pool : record.pools) {
    if (pool.subnet.empty()) {
      if (!pool.gateway.empty() || !pool.ip_range.empty()) return refuse("user specified subnet is required with gateway or ip range");
      continue;
    }
    const auto subnet = IpPrefix::parse(pool.subnet);
    if (!subnet) return refuse("Invalid subnet " + pool.subnet + " : invalid CIDR address: " + pool.subnet);
    const bool v6 = subnet->address.v6;
    auto& place = v6 ? record.subnet6 : record.subnet;
    if (place) return docker_error(ErrorKind::Internal, "network.pools", std::string("bridge driver doesn't support multiple subnets"));
    if (subnet->length > subnet->address.bits() - 2) return refuse("invalid subnet " + pool.subnet + ": it has no room for a gateway and a container");
    place = subnet->network();
    if (!pool.ip_range.empty()) {
      const auto range = IpPrefix::parse(pool.ip_range);
      if (!range || !subnet->contains(range->first()) || range->length < subnet->length) return refuse("Invalid ip range " + pool.ip_range + " for subnet " + pool.subnet);
    }
    for (const auto& [name, address] : pool.auxiliary)
      if (const auto aux = IpAddress::parse(address); !aux || !subnet->contains(*aux)) return refuse("Invalid auxiliary address " + address + " for subnet " + pool.subnet);
    auto& gateway = v6 ? record.gateway6 : record.gateway;
    if (!pool.gateway.empty()) {
      gateway = IpAddress::parse(pool.gateway);
      if (!gateway || !subnet->contains(*gateway)) return refuse("Invalid gateway address " + pool.gateway + " for subnet " + pool.subnet);
    } else {
      // The first of the range that is not somebody else's.
      const IpPrefix from = pool.ip_range.empty() ? *place : IpPrefix::parse(pool.ip_range)->network();
      IpAddress candidate = from.first() == place->first() ? from.first().plus(1) : from.first();
      const auto reserved = [&](const IpAddress& address) {
        return std::any_of(pool.auxiliary.begin(), pool.auxiliary.end(), [&](const auto& entry) { return IpAddress::parse(entry.second) == address; });
      };
      while (reserved(candidate) && from.contains(candidate)) candidate = candidate.plus(1);
      gateway = candidate;
    }
    if (!v6) record.asked_subnet = true;
  }
  return {};
}

namespace {

const AddressPool* pool_of(const NetworkRecord& record, bool v6) {
  for (const auto& pool : record.pools)
    if (const auto subnet = IpPrefix::parse(pool.subnet); subnet && subnet->address.v6 == v6) return &pool;
  return nullptr;
}

bool reserved(const NetworkRecord& record, const IpAddress& address) {
  if (record.gateway == address || record.gateway6 == address) return true;
  const AddressPool* pool = pool_of(record, address.v6);
  return pool != nullptr && std::any_of(pool->auxiliary.begin(), pool->auxiliary.end(), [&](const auto& entry) { return IpAddress::parse(entry.second) == address; });
}

}  // namespace

Result<IpAddress> next_address(const NetworkRecord& record, bool v6, const std::set<IpAddress>& used) {
  const auto& subnet = v6 ? record.subnet6 : record.subnet;
  const AddressPool* pool = pool_of(record, v6);
  IpPrefix range = subnet.value_or(IpPrefix{});
  if (pool != nullptr && !pool->ip_range.empty())
    if (const auto asked = IpPrefix::parse(pool->ip_range)) range = asked->network();
  if (subnet)
    for (IpAddress address = range.first(); range.contains(address); address = address.plus(1)) {
      const bool edge = address == subnet->first() || (!v6 && address == subnet->last());
      if (!edge && !used.contains(address) && !reserved(record, address)) return address;
      if (address == range.last()) break;
    }
  return docker_error(ErrorKind::Internal, "network.full", "no available IPv" + std::string(v6 ? "6" : "4") + " addresses on this network's address pools: " + record.name + " (" + record.id + ")");
}

Result<IpAddress> asked_address(const NetworkRecord& record, const std::string& text, bool v6, const std::set<IpAddress>& used) {
  const auto address = IpAddress::parse(text);
  if (!address || address->v6 != v6) return refuse("invalid IPv" + std::string(v6 ? "6" : "4") + " address: " + text);
  const auto& subnet = v6 ? record.subnet6 : record.subnet;
  if (!subnet || !subnet->contains(*address)) return docker_error(ErrorKind::Forbidden, "network.address", "Invalid address " + text + ": It does not belong to any of this network's subnets");
  if (used.contains(*address) || reserved(record, *address)) return docker_error(ErrorKind::Forbidden, "network.address", "Address already in use");
  return *address;
}

BridgeSpec bridge_of(const NetworkRecord& record) {
  BridgeSpec out;
  out.id = record.id;
  out.name = record.name;
  out.interface = record.bridge;
  out.subnet = record.subnet.value_or(IpPrefix{});
  out.gateway = record.gateway.value_or(IpAddress{});
  out.subnet6 = record.subnet6;
  out.gateway6 = record.gateway6;
  out.internal = record.internal;
  const auto flag = [&](const char* name) { return parse_go_bool(option_of(record, name)).value_or(true); };
  out.masquerade = flag(bridge_option::kMasquerade) && !record.internal;
  out.inter_container = flag(bridge_option::kInterContainer);
  if (const std::string mtu = option_of(record, bridge_option::kMtu); !mtu.empty()) std::from_chars(mtu.data(), mtu.data() + mtu.size(), out.mtu);
  return out;
}

std::optional<ContainerPort> parse_container_port(std::string_view text) {
  const size_t slash = text.find('/');
  const auto number = port_number(text.substr(0, slash));
  const std::string protocol = slash == std::string_view::npos ? "tcp" : to_lower(text.substr(slash + 1));
  if (!number) return std::nullopt;
  for (const Protocol one : {Protocol::Tcp, Protocol::Udp, Protocol::Sctp})
    if (protocol == to_string(one)) return ContainerPort{*number, one};
  return std::nullopt;
}

std::optional<HostPorts> parse_host_ports(std::string_view text) {
  if (text.empty()) return HostPorts{};
  const size_t dash = text.find('-');
  const auto first = port_number(text.substr(0, dash));
  const auto last = dash == std::string_view::npos ? first : port_number(text.substr(dash + 1));
  if (!first || !last || *last < *first) return std::nullopt;
  return HostPorts{*first, *last};
}

}  // namespace strates::engine
