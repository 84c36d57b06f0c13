// A container in its networks: what it asks for when it is made, what it gets when it starts, what it gives back when it ends.
#include <algorithm>

#include "base/strings.hpp"
#include "engine/engine_impl.hpp"
#include "engine/name_files.hpp"

namespace strates::engine {

namespace {

Error conflicting(const std::string& what) { return docker_error(ErrorKind::Invalid, "network.conflict", "conflicting options: " + what); }

constexpr size_t kMostNetworks = 64;

}  // namespace

// The order of moby's runconfig/hostconfig_unix.go and config checks.
Result<void> EngineImpl::settle_networks(Container& container) const {
  HostConfig& host = container.host;
  std::string& mode = host.network_mode;
  if (is_container_mode(mode)) {
    const std::string name = mode.substr(mode.find(':') + 1);
    if (name.empty()) return docker_error(ErrorKind::Invalid, "network.mode", "invalid container format container:<name|id>");
    if (!container.config.hostname.empty()) return conflicting("hostname and the network mode");
    if (!host.links.empty()) return conflicting("container type network can't be used with links. This would result in undefined behavior");
    if (!host.dns.empty()) return conflicting("dns and the network mode");
    if (!host.extra_hosts.empty()) return conflicting("custom host-to-IP mapping and the network mode");
    if (!container.config.mac_address.empty()) return conflicting("mac-address and the network mode");
    if (!host.port_bindings.empty() || host.publish_all) return conflicting("port publishing and the container type network mode");
    // The name stays as it was given when there is none yet: the start says so.
    if (const auto other = find(name); other.ok()) {
      mode = "container:" + other.value()->data.id.str();
      container.config.hostname = other.value()->data.config.hostname;
    }
    container.networks.clear();
    return {};
  }
  if (mode == "host" && !host.links.empty()) return conflicting("host type networking can't be used with links. This would result in undefined behavior");
  if (container.networks.size() > 1) {
    std::vector<std::string> names;
    for (const auto& [name, endpoint] : container.networks) names.push_back(name);
    return docker_error(ErrorKind::Invalid, "network.several", "Container cannot be connected to network endpoints: " + join(names, ", "));
  }
  const std::string name = network_of_mode(mode);
  // Named by its id, a network is kept by its name.
  const auto by = [&](const std::string& text) {
    const auto found = find_network(network_of_mode(text));
    return found.ok() ? found.value()->name : network_of_mode(text);
  };
  std::map<std::string, Endpoint> asked;
  for (auto& [key, endpoint] : container.networks) asked[by(key)] = std::move(endpoint);
  asked.try_emplace(by(name));
  if (asked.size() > 1) return docker_error(ErrorKind::Invalid, "network.several", "Container cannot be connected to network endpoints: " + asked.begin()->first + ", " + asked.rbegin()->first);
  for (const auto& [key, endpoint] : asked)
    for (const auto& [text, v6] : {std::pair(&endpoint.ipv4, false), std::pair(&endpoint.ipv6, true)})
      if (const auto address = IpAddress::parse(*text); !text->empty() && (!address || address->v6 != v6))
        return docker_error(ErrorKind::Invalid, "network.address", "invalid IPv" + std::string(v6 ? "6" : "4") + " address: " + *text);
  container.networks = std::move(asked);
  for (const auto& [port, bindings] : host.port_bindings) {
    if (!parse_container_port(port)) return docker_error(ErrorKind::Invalid, "network.port", "invalid port specification: " + go_quote(port));
    for (const auto& binding : bindings) {
      if (!parse_host_ports(binding.host_port)) return docker_error(ErrorKind::Invalid, "network.port", "invalid port specification: " + go_quote(binding.host_port));
      if (!binding.host_ip.empty() && !IpAddress::parse(binding.host_ip)) return docker_error(ErrorKind::Invalid, "network.port", "invalid IP address: " + binding.host_ip);
    }
  }
  if (const std::string& mac = container.config.mac_address; !mac.empty() && !parse_mac(mac))
    return docker_error(ErrorKind::Invalid, "network.mac", "invalid MAC address: " + mac);
  TRY(links_of(container));
  return {};
}

Result<void> EngineImpl::occupy(const Container& container, const NetworkRecord& network, Endpoint& endpoint) {
  if (const auto known = containers_.find(container.id.str()); known != containers_.end()) networked_.insert(*known);
  endpoint.network_id = network.id;
  // As good as random, and the same in every run of a simulation.
  endpoint.endpoint_id = world_.hasher.sha256_hex("endpoint:" + container.id.str() + network.id + std::to_string(container.state.finished_at));
  if (network.predefined && !(endpoint.ipv4.empty() && endpoint.ipv6.empty()))
    return docker_error(ErrorKind::Invalid, "network.address", "user specified IP address is supported on user defined networks only");
  if (network.predefined && endpoint.aliases && !endpoint.aliases->empty())
    return docker_error(ErrorKind::Invalid, "network.alias", "network-scoped alias is supported only for containers in user defined networks");
  if (!network.is_bridge()) return {};
  std::set<IpAddress> used;
  for (const auto& [id, entry] : networked_)
    for (const auto& [name, other] : entry->data.networks)
      if (other.network_id == network.id && &other != &endpoint)
        for (const std::string* text : {&other.address, &other.address6})
          if (const auto address = IpAddress::parse(*text)) used.insert(*address);
  if ((!endpoint.ipv4.empty() && !network.asked_subnet) || (!endpoint.ipv6.empty() && !network.subnet6))
    return docker_error(ErrorKind::Invalid, "network.address", "user specified IP address is supported only when connecting to networks with user configured subnets");
  const IpAddress address = endpoint.ipv4.empty() ? TRY(next_address(network, false, used)) : TRY(asked_address(network, endpoint.ipv4, false, used));
  endpoint.address = address.text();
  endpoint.prefix = network.subnet->length;
  endpoint.gateway = network.gateway->text();
  endpoint.mac = mac_of(address);
  if (network.name == network_of_mode(container.host.network_mode) && !container.config.mac_address.empty())
    endpoint.mac = parse_mac(container.config.mac_address).value_or(endpoint.mac);
  if (network.enable_ipv6 && network.subnet6) {
    endpoint.address6 = (endpoint.ipv6.empty() ? TRY(next_address(network, true, used)) : TRY(asked_address(network, endpoint.ipv6, true, used))).text();
    endpoint.prefix6 = network.subnet6->length;
    if (network.gateway6) endpoint.gateway6 = network.gateway6->text();
  }
  if (!network.predefined) {
    if (!endpoint.aliases) endpoint.aliases.emplace();
    const std::string id = short_id(container.id.str());
    if (std::find(endpoint.aliases->begin(), endpoint.aliases->end(), id) == endpoint.aliases->end()) endpoint.aliases->push_back(id);
  }
  std::set<std::string> taken;
  for (const auto& [name, other] : container.networks) taken.insert(other.interface);
  for (int i = 0; endpoint.interface.empty(); ++i)
    if (const std::string name = "eth" + std::to_string(i); !taken.contains(name)) endpoint.interface = name;
  return {};
}

// libnetwork's order: a network that leads out before one that does not, then by name.
const NetworkRecord* EngineImpl::gateway_network(const Container& container) const {
  const NetworkRecord* best = nullptr;
  for (const auto& [name, endpoint] : container.networks) {
    const auto found = networks_.find(endpoint.network_id);
    if (found == networks_.end() || endpoint.address.empty()) continue;
    if (best == nullptr || (best->internal && !found->second.internal)) best = &found->second;
  }
  return best;
}

Result<SandboxSpec> EngineImpl::occupy_networks(const Entry& entry) {
  Container& container = entry->data;
  const auto run = [&]() -> Result<SandboxSpec> {
    if (container.networks.size() > kMostNetworks) return docker_error(ErrorKind::Invalid, "network.several", "too many networks");
    container.sandbox_id = world_.hasher.sha256_hex("sandbox:" + container.id.str() + std::to_string(container.state.finished_at));
    std::vector<std::string> order{network_of_mode(container.host.network_mode)};
    for (const auto& [name, endpoint] : container.networks)
      if (name != order.front()) order.push_back(name);
    for (const auto& name : order) {
      const auto found = container.networks.find(name);
      if (found == container.networks.end()) continue;
      found->second.clear();
      const NetworkRecord& network = *TRY(find_network(name));
      if (network.predefined && network.is_bridge() && network_users(network).empty()) {
        NetworkRecord moved = network;
        std::vector<IpPrefix> used;
        for (const auto& [id, known] : networks_)
          if (id != network.id && known.subnet) used.push_back(*known.subnet);
        if (TRY(move_away(moved, used, world_.networks.taken()))) {
          TRY(world_.networks.remove(bridge_of(network), tracer_.emitter(0)));
          TRY(world_.metadata.commit({{std::string(kNetworksBucket), moved.id, encode_network(moved)}}));
          networks_[moved.id] = std::move(moved);
        }
      }
      TRY(occupy(container, network, found->second));
    }
    TRY(check_links(container));
    TRY(hold_ports(entry));
    return sandbox_of(container);
  };
  auto made = run();
  if (!made.ok()) {
    vacate_networks(container);
    world_.networks.let_go(container.id);
  }
  return made;
}

SandboxSpec EngineImpl::sandbox_of(const Container& container) const {
  SandboxSpec spec;
  spec.container = container.id;
  for (const auto& [name, endpoint] : container.networks) {
    const auto found = networks_.find(endpoint.network_id);
    const auto address = IpAddress::parse(endpoint.address);
    if (found == networks_.end() || !address) continue;
    InterfaceSpec interface;
    interface.network = bridge_of(found->second);
    interface.name = endpoint.interface;
    interface.address = {*address, endpoint.prefix};
    if (const auto six = IpAddress::parse(endpoint.address6)) interface.address6 = IpPrefix{*six, endpoint.prefix6};
    interface.mac = endpoint.mac;
    spec.interfaces.push_back(std::move(interface));
    spec.resolver = spec.resolver || !found->second.predefined;
  }
  std::sort(spec.interfaces.begin(), spec.interfaces.end(), [](const InterfaceSpec& a, const InterfaceSpec& b) { return std::pair(a.name.size(), a.name) < std::pair(b.name.size(), b.name); });
  if (const NetworkRecord* way = gateway_network(container)) {
    spec.gateway = way->gateway;
    spec.gateway6 = way->gateway6;
  }
  spec.ports = publications_of(container);
  if (spec.resolver) spec.name_servers = name_servers(container.host, world_.machine.resolv_conf);
  return spec;
}

std::vector<event::NetworkLeft> EngineImpl::vacate_networks(Container& container) {
  std::vector<event::NetworkLeft> left;
  for (auto& [name, endpoint] : container.networks) {
    if (const auto found = networks_.find(endpoint.network_id); found != networks_.end() && !endpoint.endpoint_id.empty())
      left.push_back({container.id, name, found->second.id, found->second.driver});
    // Docker goes on showing which network it was, and which sandbox.
    const std::string network = endpoint.network_id;
    endpoint.clear();
    endpoint.network_id = network;
  }
  container.ports.clear();
  networked_.erase(container.id.str());
  return left;
}

void EngineImpl::tell_joined(const Container& container, OpId op) {
  for (const auto& [name, endpoint] : container.networks)
    if (const auto found = networks_.find(endpoint.network_id); found != networks_.end())
      tracer_.emit(op, event::Container(event::NetworkJoined{
                           container.id, name, endpoint.address.empty() ? "" : endpoint.address + "/" + std::to_string(endpoint.prefix) + " " + endpoint.mac, found->second.id, found->second.driver}));
}

std::vector<std::string> EngineImpl::address_lines(const Container& container) const {
  const SandboxSpec spec = sandbox_of(container);
  std::vector<std::string> out;
  for (const auto& interface : spec.interfaces) {
    out.push_back(interface.address.address.text());
    if (interface.address6) out.push_back(interface.address6->address.text());
  }
  return out;
}

std::vector<ProvidedFile> EngineImpl::name_files(const Container& container) const {
  const std::string& mode = container.host.network_mode;
  // Shared with the network: those of the container whose it is.
  if (is_container_mode(mode)) {
    const auto other = find(mode.substr(mode.find(':') + 1));
    if (other.ok() && other.value()->data.id != container.id) return name_files(other.value()->data);
  }
  const bool bridged = std::any_of(container.networks.begin(), container.networks.end(), [](const auto& entry) { return !entry.second.address.empty(); });
  const NetworkMode kind = mode == "host" ? NetworkMode::Host : bridged ? NetworkMode::Bridge : NetworkMode::None;
  HostsLines lines;
  lines.addresses = address_lines(container);
  if (const NetworkRecord* bridge = network_named("bridge"); bridge != nullptr && bridge->gateway) lines.gateway = bridge->gateway->text();
  if (const auto links = links_of(container); links.ok() && network_of_mode(mode) == "bridge")
    for (const auto& link : links.value())
      if (const auto other = containers_.find(link.container); other != containers_.end())
        if (const auto there = other->second->data.networks.find("bridge"); there != other->second->data.networks.end() && !there->second.address.empty())
          lines.links.push_back(there->second.address + "\t" + link.alias + " " + other->second->data.config.hostname + " " + other->second->data.name);
  const std::string& machine = world_.machine.resolv_conf;
  const bool resolver = sandbox_of(container).resolver;
  return {{"/etc/hosts", hosts_file(container, kind, world_.machine.hosts, lines)},
          {"/etc/hostname", container.config.hostname + "\n"},
          {"/etc/resolv.conf", resolver ? resolver_conf(container.host, machine) : bridged ? bridged_resolv_conf(container.host, machine) : resolv_conf(container.host, machine)}};
}

// Docker's names: the container's own, its aliases and its short id, and each with the network's name behind it; none on the default bridge.
void EngineImpl::publish_names() {
  std::map<std::string, NetworkNames> networks;
  std::vector<ContainerNames> containers;
  for (const auto& [id, entry] : networked_) {
    const Container& container = entry->data;
    ContainerNames own{container.id, {}, {}};
    for (const auto& [name, endpoint] : container.networks) {
      const auto found = networks_.find(endpoint.network_id);
      if (found == networks_.end() || found->second.predefined || endpoint.address.empty()) continue;
      NetworkNames& names = networks[endpoint.network_id];
      names.network = endpoint.network_id;
      names.network_name = name;
      own.networks.push_back(endpoint.network_id);
      std::vector<std::string> called{container.name};
      for (const auto& alias : endpoint.aliases.value_or(std::vector<std::string>{})) called.push_back(alias);
      for (const std::string* text : {&endpoint.address, &endpoint.address6}) {
        const auto address = IpAddress::parse(*text);
        if (!address) continue;
        for (size_t i = 0; i < called.size(); ++i) names.names.push_back({to_lower(called[i]), *address, i == 0});
      }
    }
    if (own.networks.empty()) continue;
    if (const auto links = links_of(container); links.ok())
      for (const auto& link : links.value())
        if (const auto other = containers_.find(link.container); other != containers_.end()) own.links.emplace_back(to_lower(link.alias), to_lower(other->second->data.name));
    containers.push_back(std::move(own));
  }
  std::vector<NetworkNames> list;
  for (auto& [id, names] : networks) list.push_back(std::move(names));
  world_.networks.set_names(std::move(list), std::move(containers));
}

}  // namespace strates::engine
