// Networks as objects: made, listed, removed. A record is kept before the machine has anything of it, so that what a crash leaves is always somebody's.
#include <algorithm>

#include "base/strings.hpp"
#include "engine/engine_impl.hpp"

namespace strates::engine {

namespace {

using Filter = std::vector<std::pair<std::string, std::string>>;

Error no_network(const std::string& name) { return docker_error(ErrorKind::NotFound, "network.not-found", "network " + name + " not found"); }

MetadataChange network_change(const NetworkRecord& record) { return {std::string(kNetworksBucket), record.id, encode_network(record)}; }

bool has_label(const NetworkRecord& record, const std::string& wanted) {
  const size_t equals = wanted.find('=');
  const auto found = record.labels.find(wanted.substr(0, equals));
  return found != record.labels.end() && (equals == std::string::npos || found->second == wanted.substr(equals + 1));
}

Result<bool> truth(const std::string& name, const std::string& value) {
  if (value == "true" || value == "1") return true;
  if (value == "false" || value == "0") return false;
  return docker_error(ErrorKind::Invalid, "filter.invalid", "Invalid filter '" + name + "=[" + value + "]'");
}

struct Predefined {
  const char* name;
  const char* driver;
};
constexpr Predefined kPredefined[] = {{"bridge", "bridge"}, {"host", "host"}, {"none", "null"}};
constexpr const char* kDefaultBridge = "strates0";

}  // namespace

const NetworkRecord* EngineImpl::network_named(const std::string& name) const {
  for (const auto& [id, record] : networks_)
    if (record.name == name) return &record;
  return nullptr;
}

Result<const NetworkRecord*> EngineImpl::find_network(const std::string& name) const {
  if (const auto found = networks_.find(name); found != networks_.end()) return &found->second;
  if (const NetworkRecord* named = network_named(name)) return named;
  const NetworkRecord* match = nullptr;
  int matches = 0;
  if (!name.empty())
    for (auto at = networks_.lower_bound(name); at != networks_.end() && at->first.starts_with(name); ++at, ++matches) match = &at->second;
  if (matches > 1)
    return docker_error(ErrorKind::Invalid, "network.ambiguous", "network " + name + " is ambiguous (" + std::to_string(matches) + " matches found on ID prefix)");
  if (match == nullptr) return no_network(name);
  return match;
}

// The default networks are made with the store; their ids follow from where it lies.
Result<void> EngineImpl::load_networks() {
  for (const auto& [id, text] : TRY(world_.metadata.list(kNetworksBucket))) networks_[id] = TRY(decode_network(text));
  Changes changes;
  for (const auto& [name, driver] : kPredefined) {
    if (network_named(name) != nullptr) continue;
    NetworkRecord record;
    record.id = world_.hasher.sha256_hex("network:" + world_.machine.root_directory + ":" + name);
    record.name = name;
    record.driver = driver;
    record.created = world_.clock.now();
    record.predefined = true;
    if (record.is_bridge()) {
      std::vector<IpPrefix> used;
      for (const auto& [other, known] : networks_)
        if (known.subnet) used.push_back(*known.subnet);
      record.subnet = TRY(choose_subnet(used, world_.networks.taken()));
      record.gateway = record.subnet->first().plus(1);
      record.pools = {{record.subnet->text(), "", record.gateway->text(), {}}};
      record.bridge = kDefaultBridge;
      record.options = {{bridge_option::kDefault, "true"}, {bridge_option::kInterContainer, "true"}, {bridge_option::kMasquerade, "true"},
                        {bridge_option::kHostBinding, "0.0.0.0"}, {bridge_option::kName, kDefaultBridge}, {bridge_option::kMtu, "1500"}};
    }
    changes.push_back(network_change(record));
    networks_[record.id] = std::move(record);
  }
  return changes.empty() ? success() : world_.metadata.commit(changes);
}

std::vector<BridgeSpec> EngineImpl::bridges() const {
  std::vector<BridgeSpec> out;
  for (const auto& [id, record] : networks_)
    if (record.is_bridge()) out.push_back(bridge_of(record));
  return out;
}

// What lives keeps its network; what does not has none any more.
Result<void> EngineImpl::recover_networks() {
  std::vector<Networks::Alive> alive;
  for (const auto& [id, entry] : containers_)  // also those that left every network: they can be connected again
    if (entry->process.live && !entry->data.sandbox_id.empty()) alive.push_back({sandbox_of(entry->data), entry->data.state.pid});
  TRY(world_.networks.recover(bridges(), alive));
  publish_names();
  return {};
}

std::vector<std::string> EngineImpl::network_users(const NetworkRecord& record) const {
  std::vector<std::string> ids;
  for (const auto& [id, entry] : networked_) {
    const auto found = entry->data.networks.find(record.name);
    if (found != entry->data.networks.end() && !found->second.endpoint_id.empty()) ids.push_back(id);
  }
  return ids;
}

NetworkView EngineImpl::view_of(const NetworkRecord& record) const {
  NetworkView view{record, {}};
  for (const auto& id : network_users(record)) {
    const Container& container = containers_.at(id)->data;
    const Endpoint& endpoint = container.networks.at(record.name);
    const auto with_length = [](const std::string& address, int length) { return address.empty() ? address : address + "/" + std::to_string(length); };
    view.members.push_back({container.id, container.name, endpoint.endpoint_id, endpoint.mac, with_length(endpoint.address, endpoint.prefix),
                            with_length(endpoint.address6, endpoint.prefix6)});
  }
  return view;
}

Result<NetworkRecord> EngineImpl::make_record(const NetworkRequest& request) {
  NetworkRecord record = TRY(record_from(request));
  if (network_named(record.name) != nullptr)
    return docker_error(ErrorKind::Conflict, "network.name-taken", "network with name " + record.name + " already exists");
  std::vector<IpPrefix> used;
  for (const auto& [id, known] : networks_)
    for (const auto& subnet : {known.subnet, known.subnet6})
      if (subnet) used.push_back(*subnet);
  for (const auto& subnet : {record.subnet, record.subnet6})
    if (subnet && std::any_of(used.begin(), used.end(), [&](const IpPrefix& other) { return other.overlaps(*subnet); }))
      return docker_error(ErrorKind::Forbidden, "network.overlap", "Pool overlaps with other one on this address space");
  if (!record.subnet) {
    record.subnet = TRY(choose_subnet(used, world_.networks.taken()));
    record.gateway = record.subnet->first().plus(1);
    std::erase_if(record.pools, [](const AddressPool& pool) { return pool.subnet.empty(); });
    record.pools.insert(record.pools.begin(), AddressPool{record.subnet->text(), "", record.gateway->text(), {}});
  }
  record.id = random_id();
  if (record.bridge.empty()) record.bridge = "br-" + record.id.substr(0, 12);
  for (const auto& [id, known] : networks_)
    if (known.is_bridge() && known.bridge == record.bridge)
      return docker_error(ErrorKind::Forbidden, "network.bridge-taken",
                          "cannot create network " + record.id + " (" + record.bridge + "): conflicts with network " + known.id + " (" + known.bridge + "): networks have same bridge name");
  record.created = world_.clock.now();
  return record;
}

Result<NetworkReply> EngineImpl::create_network(const NetworkRequest& request) {
  const Locked lock(world_.monitor);
  Operation op(tracer_, "network.create", request.name);
  const auto run = [&]() -> Result<NetworkReply> {
    const NetworkRecord record = TRY(make_record(request));
    TRY(world_.metadata.commit({network_change(record)}));
    networks_[record.id] = record;
    Result<void> made;
    {
      const Calling call(world_.monitor);
      made = world_.networks.make(bridge_of(record), op.emitter());
    }
    if (!made.ok()) {
      ignore(world_.metadata.commit({{std::string(kNetworksBucket), record.id, std::nullopt}}));
      networks_.erase(record.id);
      return std::move(made).error();
    }
    op.emit(event::Network(event::NetworkCreated{record.id, record.name, record.driver, record.subnet->text(), record.gateway->text()}));
    return NetworkReply{record.id, ""};
  };
  return op.ends(run());
}

Result<NetworkView> EngineImpl::network(const std::string& name) {
  const Locked lock(world_.monitor);
  return view_of(*TRY(find_network(name)));
}

Result<std::vector<NetworkView>> EngineImpl::networks(const Filter& filters) {
  const Locked lock(world_.monitor);
  for (const auto& [name, value] : filters) {
    if (name == "dangling") TRY(truth(name, value));
    if (name == "type" && value != "custom" && value != "builtin") return docker_error(ErrorKind::Invalid, "filter.invalid", "invalid filter: 'type'='" + value + "'");
  }
  std::vector<NetworkView> out;
  for (const auto& [id, known] : networks_) {
    const NetworkRecord& record = known;
    NetworkView view = view_of(record);
    const auto holds = [&](std::string_view name, const std::string& value) {
      if (name == "driver") return record.driver == value;
      if (name == "id") return record.id.starts_with(value);
      if (name == "name") return record.name.find(value) != std::string::npos;
      if (name == "scope") return value == "local";
      if (name == "type") return (value == "builtin") == record.predefined;
      return true;
    };
    bool shown = true;
    for (const std::string_view name : {"driver", "id", "name", "scope", "type"}) {
      bool asked = false, held = false;
      for (const auto& [filter, value] : filters)
        if (filter == name) asked = true, held = held || holds(name, value);
      shown = shown && (!asked || held);
    }
    for (const auto& [filter, value] : filters) {
      if (filter == "label") shown = shown && has_label(record, value);
      if (filter == "dangling") shown = shown && TRY(truth(filter, value)) == (!record.predefined && view.members.empty());
    }
    if (shown) out.push_back(std::move(view));
  }
  std::sort(out.begin(), out.end(), [](const NetworkView& a, const NetworkView& b) { return a.record.name < b.record.name; });
  return out;
}

// The machine's part first: a record without it is made whole again, an interface without a record would be nobody's.
Result<void> EngineImpl::drop_network(const std::string& id, OpId op) {
  const NetworkRecord record = networks_.at(id);
  // With the lock: no container starts in it meanwhile.
  TRY(world_.networks.remove(bridge_of(record), tracer_.emitter(op)));
  TRY(world_.metadata.commit({{std::string(kNetworksBucket), id, std::nullopt}}));
  networks_.erase(id);
  publish_names();
  tracer_.emit(op, event::Network(event::NetworkRemoved{record.id, record.name, record.driver}));
  return {};
}

Result<void> EngineImpl::remove_network(const std::string& name) {
  const Locked lock(world_.monitor);
  const NetworkRecord record = *TRY(find_network(name));
  if (record.predefined) return docker_error(ErrorKind::Forbidden, "network.predefined", record.name + " is a pre-defined network and cannot be removed");
  if (!network_users(record).empty())
    return docker_error(ErrorKind::Forbidden, "network.in-use", "error while removing network: network " + record.name + " id " + record.id + " has active endpoints");
  Operation op(tracer_, "network.remove", record.name);
  return op.ends(drop_network(record.id, op.id()));
}

}  // namespace strates::engine
