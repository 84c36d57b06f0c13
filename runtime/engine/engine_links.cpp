// --link: on the default network a line of /etc/hosts and variables (Docker's legacy links), elsewhere a name of the container's own.
#include <algorithm>

#include "base/strings.hpp"
#include "engine/engine_impl.hpp"
#include "engine/network_rules.hpp"

namespace strates::engine {

namespace {

std::string upper_name(std::string_view alias) {
  std::string out = to_upper(alias);
  std::replace_if(out.begin(), out.end(), [](char c) { return c == '-' || c == '.' || c == '/'; }, '_');
  return out;
}

struct LinkWords {
  std::string target, alias;
};

// "db:store", or "db" alone: its own name.
LinkWords words_of(const std::string& text) {
  const size_t colon = text.find(':');
  const std::string target = text.substr(0, colon);
  return {target, base_name(colon == std::string::npos ? target : text.substr(colon + 1))};
}

}  // namespace

Result<std::vector<EngineImpl::Link>> EngineImpl::links_of(const Container& container) const {
  std::vector<std::string> texts = container.host.links;
  for (const auto& [name, endpoint] : container.networks)
    for (const auto& link : endpoint.links.value_or(std::vector<std::string>{})) texts.push_back(link);
  std::vector<Link> out;
  for (const auto& text : texts) {
    const LinkWords words = words_of(text);
    if (words.target.empty() || text.ends_with(':')) return docker_error(ErrorKind::Invalid, "network.link", "bad format for links: " + text);
    const auto other = find(words.target);
    if (!other.ok()) return docker_error(ErrorKind::Invalid, "network.link", "could not get container for " + words.target + ": " + other.error().message());
    const bool known = std::any_of(out.begin(), out.end(), [&](const Link& link) { return link.alias == words.alias; });
    if (!known) out.push_back({other.value()->data.id.str(), words.alias});
  }
  return out;
}

// Only links of the default network are names: elsewhere the network's own resolver knows them (daemon/links.go). A link to a link's name would have to be
// followed, in a circle perhaps: it is no name.
Result<EngineImpl::Entry> EngineImpl::find_linked(const std::string& name) const {
  const size_t slash = name.find('/');
  const auto parent = names_.find(name.substr(0, slash));
  if (parent != names_.end())
    if (const Container& from = containers_.at(parent->second)->data; network_of_mode(from.host.network_mode) == "bridge")
      for (const auto& text : from.host.links)
        if (const LinkWords words = words_of(text); words.alias == name.substr(slash + 1) && words.target.find('/') == std::string::npos) return find(words.target);
  return docker_error(ErrorKind::NotFound, "container.not-found", "No such container: " + name);
}

std::vector<LinkName> EngineImpl::link_names() {
  const Locked lock(world_.monitor);
  std::vector<LinkName> out;
  for (const auto& [id, entry] : containers_) {
    if (entry->data.host.links.empty()) continue;
    for (const auto& text : entry->data.host.links) {
      const std::string name = entry->data.name + "/" + words_of(text).alias;
      if (const auto other = find_linked(name); other.ok()) out.push_back({name, other.value()->data.id.str(), other.value()->data.name});
    }
  }
  return out;
}

void EngineImpl::follow_rename(const std::string& from, const std::string& to) {
  for (const auto& [id, entry] : containers_)
    for (auto& text : entry->data.host.links)
      if (const LinkWords words = words_of(text); words.target == from) {
        text = to + ":" + words.alias;
        ignore(save(entry->data));  // the rename is done: a link whose record cannot be written has its old name after a restart
      }
}

Result<void> EngineImpl::unlink(const std::string& name) {
  const Locked lock(world_.monitor);
  TRY(find(name));
  const std::string bare = name.starts_with('/') ? name.substr(1) : name;
  if (!find_linked(bare).ok()) return docker_error(ErrorKind::Internal, "container.no-link", "Conflict, cannot remove the default link name of the container");
  const size_t slash = bare.find('/');
  const Entry parent = TRY(find(bare.substr(0, slash)));
  Container changed = parent->data;
  std::erase_if(changed.host.links, [&](const std::string& text) { return words_of(text).alias == bare.substr(slash + 1); });
  TRY(save(changed));
  parent->data.host.links = std::move(changed.host.links);
  return {};
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
