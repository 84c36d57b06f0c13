#include "engine/name_table.hpp"

#include <algorithm>

#include "base/strings.hpp"

namespace strates::engine {

void NameTable::set(std::vector<NetworkNames> networks, std::vector<ContainerNames> containers) {
  networks_.clear();
  containers_.clear();
  for (auto& names : networks) {
    const std::string id = names.network;
    networks_[id] = std::move(names);
  }
  for (auto& container : containers) {
    const std::string id = container.container.str();
    containers_[id] = std::move(container);
  }
  // A turn is kept as long as somebody has the name's network.
  std::erase_if(turns_, [&](const auto& turn) { return !networks_.contains(turn.first.substr(0, turn.first.find('/'))); });
}

std::optional<std::vector<IpAddress>> NameTable::find(const ContainerId& asker, std::string_view asked, bool v6) {
  const auto own = containers_.find(asker.str());
  if (own == containers_.end()) return std::nullopt;
  std::string name = to_lower(asked);
  if (name.ends_with('.')) name.pop_back();
  for (const auto& [alias, target] : own->second.links)
    if (alias == name) {
      name = target;
      break;
    }
  for (const auto& network : own->second.networks) {
    const auto table = networks_.find(network);
    if (table == networks_.end()) continue;
    // "web" and "web.front".
    std::string bare = name;
    const std::string suffix = "." + to_lower(table->second.network_name);
    if (bare.size() > suffix.size() && bare.ends_with(suffix)) bare.resize(bare.size() - suffix.size());
    bool known = false;
    std::vector<IpAddress> found;
    for (const auto& entry : table->second.names) {
      if (entry.name != name && entry.name != bare) continue;
      known = true;
      if (entry.address.v6 == v6 && std::find(found.begin(), found.end(), entry.address) == found.end()) found.push_back(entry.address);
    }
    if (!known) continue;
    if (found.size() > 1) {
      size_t& turn = turns_[network + "/" + name];
      std::rotate(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(turn % found.size()), found.end());
      turn = (turn + 1) % found.size();
    }
    return found;
  }
  return std::nullopt;
}

std::optional<std::string> NameTable::name_of(const ContainerId& asker, const IpAddress& address) const {
  const auto own = containers_.find(asker.str());
  if (own == containers_.end()) return std::nullopt;
  for (const auto& network : own->second.networks) {
    const auto table = networks_.find(network);
    if (table == networks_.end()) continue;
    for (const auto& entry : table->second.names)
      if (entry.primary && entry.address == address) return entry.name + "." + table->second.network_name;
  }
  return std::nullopt;
}

}  // namespace strates::engine
