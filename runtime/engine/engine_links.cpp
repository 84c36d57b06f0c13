// --link: on the default network a line of /etc/hosts and variables (Docker's legacy links), elsewhere a name of the container's own.
#include <algorithm>

#include "base/strings.hpp"
#include "engine/engine_impl.hpp"

namespace strates::engine {

namespace {

std::string upper_name(std::string_view alias) {
  std::string out = to_upper(alias);
  std::replace_if(out.begin(), out.end(), [](char c) { return c == '-' || c == '.' || c == '/'; }, '_');
  return out;
}

}  // namespace

Result<std::vector<EngineImpl::Link>> EngineImpl::links_of(const Container& container) const {
  std::vector<std::string> texts = container.host.links;
  for (const auto& [name, endpoint] : container.networks)
    for (const auto& link : endpoint.links.value_or(std::vector<std::string>{})) texts.push_back(link);
  std::vector<Link> out;
  for (const auto& text : texts) {
    const size_t colon = text.find(':');
    std::string name = text.substr(0, colon);
    if (name.empty() || colon + 1 == text.size()) return docker_error(ErrorKind::Invalid, "network.link", "bad format for links: " + text);
    const auto other = find(name);
    if (!other.ok()) return docker_error(ErrorKind::Invalid, "network.link", "could not get container for " + name + ": " + other.error().message());
    std::string alias = colon == std::string::npos ? base_name(name) : base_name(text.substr(colon + 1));
    const bool known = std::any_of(out.begin(), out.end(), [&](const Link& link) { return link.alias == alias; });
    if (!known) out.push_back({other.value()->data.id.str(), std::move(alias)});
  }
  return out;
}

Result<void> EngineImpl::check_links(const Container& container) const {
  if (network_of_mode(container.host.network_mode) != "bridge") return {};
  for (const auto& link : TRY(links_of(container))) {
    const Container& other = containers_.at(link.container)->data;
    if (!other.state.running())
      return docker_error(ErrorKind::Conflict, "network.link", "Cannot link to a non running container: /" + other.name + " AS /" + container.name + "/" + link.alias);
    if (!other.networks.contains("bridge")) return docker_error(ErrorKind::Invalid, "network.link", "Cannot link to /" + other.name + ", as it does not belong to the default network");
  }
  return {};
}

// moby, daemon/links: NAME, the first port, each port, the other's environment.
std::vector<std::string> EngineImpl::link_variables(const Container& container) const {
  std::vector<std::string> out;
  if (network_of_mode(container.host.network_mode) != "bridge") return out;
  const auto links = links_of(container);
  if (!links.ok()) return out;
  for (const auto& link : links.value()) {
    const Container& other = containers_.at(link.container)->data;
    const auto there = other.networks.find("bridge");
    if (there == other.networks.end()) continue;
    const std::string name = upper_name(link.alias), &address = there->second.address;
    std::vector<std::pair<ContainerPort, std::string>> ports;
    for (const auto& text : other.config.exposed_ports)
      if (const auto port = parse_container_port(text)) ports.emplace_back(*port, std::string(to_string(port->protocol)));
    std::sort(ports.begin(), ports.end(), [](const auto& a, const auto& b) { return std::pair(a.first.number, a.second) < std::pair(b.first.number, b.second); });
    const auto url = [&](const auto& port) { return port.second + "://" + address + ":" + std::to_string(port.first.number); };
    if (!ports.empty()) out.push_back(name + "_PORT=" + url(ports.front()));
    for (const auto& port : ports) {
      const std::string base = name + "_PORT_" + std::to_string(port.first.number) + "_" + to_upper(port.second);
      out.push_back(base + "=" + url(port));
      out.push_back(base + "_ADDR=" + address);
      out.push_back(base + "_PORT=" + std::to_string(port.first.number));
      out.push_back(base + "_PROTO=" + port.second);
    }
    out.push_back(name + "_NAME=/" + container.name + "/" + link.alias);
    for (const auto& variable : other.config.env.value_or(image::StringList{})) {
      const std::string key = variable.substr(0, variable.find('='));
      if (key != "HOME" && key != "PATH") out.push_back(name + "_ENV_" + variable);
    }
  }
  return out;
}

}  // namespace strates::engine
