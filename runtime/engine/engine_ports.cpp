// Published ports: which port of the machine leads to which of a container, and who has it.
#include <algorithm>

#include "engine/engine_impl.hpp"

namespace strates::engine {

namespace {

// The ports that Linux gives to whoever asks for any (ip_local_port_range), as Docker takes them: one after the other.
constexpr std::uint16_t kFirstRandom = 32768, kLastRandom = 60999;

bool wildcard(const IpAddress& address) { return address == IpAddress{{}, address.v6}; }

Error programming(const Container& container, const std::string& endpoint, const std::string& why) {
  return docker_error(ErrorKind::Internal, "network.port", "driver failed programming external connectivity on endpoint " + container.name + " (" + endpoint + "): " + why);
}

}  // namespace

std::vector<Publication> EngineImpl::publications_of(const Container& container) const {
  std::vector<Publication> out;
  const NetworkRecord* way = gateway_network(container);
  if (way == nullptr) return out;
  const auto inside = IpAddress::parse(container.networks.at(way->name).address);
  for (const auto& [text, bindings] : container.ports)
    for (const auto& binding : bindings) {
      const auto port = parse_container_port(text);
      const auto host = IpAddress::parse(binding.host_ip);
      const auto number = parse_host_ports(binding.host_port);
      if (port && host && number && inside) out.push_back({port->protocol, *host, number->first, *inside, port->number});
    }
  return out;
}

std::optional<std::string> EngineImpl::port_holder(const Publication& port) const {
  for (const auto& [id, entry] : networked_) {
    for (const auto& held : publications_of(entry->data)) {
      const bool same_place = held.host.v6 == port.host.v6 && (held.host == port.host || wildcard(held.host) || wildcard(port.host));
      if (held.protocol == port.protocol && held.host_port == port.host_port && same_place) return entry->data.name;
    }
  }
  return std::nullopt;
}

Result<void> EngineImpl::hold_ports(const Entry& entry) {
  Container& container = entry->data;
  container.ports.clear();
  const NetworkRecord* way = gateway_network(container);
  if (way == nullptr || way->internal) return {};  // nothing comes in: Docker shows no port
  for (const auto& port : container.config.exposed_ports) container.ports[port];
  for (const auto& [port, bindings] : container.host.port_bindings) {
    auto& held = container.ports[port];
    for (const auto& binding : bindings) TRY(hold_port(entry, port, binding, held));
  }
  if (!container.host.publish_all) return {};
  for (auto& [port, held] : container.ports)
    if (held.empty()) TRY(hold_port(entry, port, PortBinding{}, held));
  return {};
}

// Without an address: on every one, of both versions of the protocol, under the same number.
Result<void> EngineImpl::hold_port(const Entry& entry, const std::string& port, const PortBinding& asked, std::vector<PortBinding>& held) {
  const Container& container = entry->data;
  const NetworkRecord* way = gateway_network(container);
  const Endpoint& endpoint = container.networks.at(way->name);
  const auto inside = parse_container_port(port);
  const auto range = parse_host_ports(asked.host_port);
  if (!inside || !range) return docker_error(ErrorKind::Invalid, "network.port", "invalid port specification: \"" + port + "\"");
  std::string usual = "0.0.0.0";
  if (const auto option = way->options.find(bridge_option::kHostBinding); option != way->options.end() && !option->second.empty()) usual = option->second;
  std::vector<IpAddress> places{*IpAddress::parse(asked.host_ip.empty() ? usual : asked.host_ip)};
  if (asked.host_ip.empty() && usual == "0.0.0.0") places.push_back(*IpAddress::parse("::"));

  const bool any = range->first == 0;
  std::uint16_t& next = next_ports_.try_emplace(inside->protocol, kFirstRandom).first->second;
  const int tries = any ? kLastRandom - kFirstRandom + 1 : range->last - range->first + 1;
  for (int attempt = 0; attempt < tries; ++attempt) {
    const auto number = any ? next : static_cast<std::uint16_t>(range->first + attempt);
    if (any) next = next == kLastRandom ? kFirstRandom : static_cast<std::uint16_t>(next + 1);
    const bool last = attempt + 1 == tries;
    std::vector<PortBinding> got;
    bool busy = false;
    for (const auto& place : places) {
      const Publication publication{inside->protocol, place, number, *IpAddress::parse(endpoint.address), inside->number};
      if (const auto holder = port_holder(publication)) {
        busy = true;
        if (!last) break;
        Error error = programming(container, endpoint.endpoint_id, "Bind for " + place.text() + ":" + std::to_string(number) + " failed: port is already allocated");
        error.advice = "container " + *holder + " has it";
        return error;
      }
      auto result = world_.networks.hold(container.id, publication);
      if (!result.ok() && result.error().code == "network.no-v6" && places.size() > 1) continue;  // nobody asked for it by name
      if (!result.ok() && result.error().code == "network.port-busy" && !last) {
        busy = true;
        break;
      }
      if (!result.ok()) return programming(container, endpoint.endpoint_id, "Error starting userland proxy: " + result.error().cause);
      got.push_back({place.text(), std::to_string(number)});
    }
    if (busy) continue;
    held.insert(held.end(), got.begin(), got.end());
    return {};
  }
  return programming(container, endpoint.endpoint_id, "all ports are allocated");
}

}  // namespace strates::engine
