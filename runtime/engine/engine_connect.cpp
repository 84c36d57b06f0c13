// docker network connect and disconnect (Docker Engine 20.10, daemon/container_operations.go).
#include <algorithm>

#include "engine/engine_impl.hpp"

namespace strates::engine {

namespace {

Error refuse(std::string sentence) { return docker_error(ErrorKind::Invalid, "network.connect", std::move(sentence)); }
Error forbid(std::string sentence) { return docker_error(ErrorKind::Forbidden, "network.connect", std::move(sentence)); }

}  // namespace

// The container ended while its network was changed without the lock: what it got meanwhile is given back. The machine's part absent is fine.
void EngineImpl::give_back(Container& data, const Emit& emit) {
  vacate_networks(data);
  world_.networks.close(data.id, emit);
  ignore(save(data));
}

Result<void> EngineImpl::connect(const std::string& network, const std::string& container, const Endpoint& asked) {
  const Locked lock(world_.monitor);
  const Entry entry = TRY(find(container));
  const Working working(*this, entry);
  const NetworkRecord record = *TRY(find_network(network));
  Container& data = entry->data;
  if (data.removing) return docker_error(ErrorKind::Conflict, "container.removing", "Container " + data.id.str() + " is marked for removal and cannot be connected or disconnected to the network");
  if (is_container_mode(data.host.network_mode)) return refuse("container sharing network namespace with another container or host cannot be connected to any other network");
  if (data.host.network_mode == "host" || record.driver == "host") return refuse("container cannot be disconnected from host network or connected to host network");
  const bool none = data.networks.contains("none");
  if (record.driver == "null" ? !data.networks.empty() && !none : none)
    return refuse("container cannot be connected to multiple networks with one of the networks in private (none) mode");
  if (record.predefined && asked.aliases && !asked.aliases->empty()) return refuse("network-scoped alias is supported only for containers in user defined networks");
  const bool live = entry->process.live && !data.sandbox_id.empty();
  if (live && data.networks.contains(record.name)) return forbid("endpoint with name " + data.name + " already exists in network " + record.name);

  Operation op(tracer_, "network.connect", record.name);
  const auto run = [&]() -> Result<void> {
    const auto before = data.networks;
    const auto ports = data.ports;
    Endpoint& endpoint = data.networks[record.name] = asked;
    if (!endpoint.aliases) endpoint.aliases.emplace();
    const std::string id = short_id(data.id.str());
    if (!record.predefined && std::find(endpoint.aliases->begin(), endpoint.aliases->end(), id) == endpoint.aliases->end()) endpoint.aliases->push_back(id);
    Result<void> done;
    if (live) {
      done = occupy(data, record, endpoint);
      if (done.ok() && ports.empty()) done = hold_ports(entry);  // perhaps it had no way out so far
      if (done.ok()) {
        const SandboxSpec spec = sandbox_of(data);
        const auto mine = std::find_if(spec.interfaces.begin(), spec.interfaces.end(), [&](const InterfaceSpec& one) { return one.name == endpoint.interface; });
        const Calling call(world_.monitor);
        if (mine != spec.interfaces.end()) done = world_.networks.plug(data.id, *mine, op.emitter());
        if (done.ok()) {
          done = world_.networks.update(spec, op.emitter());
          if (!done.ok() && mine != spec.interfaces.end()) ignore(world_.networks.unplug(data.id, *mine, op.emitter()));
        }
      }
    }
    if (!done.ok()) {
      data.networks = before;
      data.ports = ports;
      if (live && ports.empty()) world_.networks.let_go(data.id);
    }
    if (live && !entry->process.live) give_back(data, op.emitter());
    TRY(std::move(done));
    TRY(save(data));
    if (!live || !entry->process.live) return {};
    publish_names();
    for (const auto& file : name_files(data))
      if (file.path != "/etc/hostname") ignore(world_.processes.replace_file(data.id, file));
    const Endpoint& now = data.networks.at(record.name);
    op.emit(event::Container(event::NetworkJoined{data.id, record.name, now.address + "/" + std::to_string(now.prefix) + " " + now.mac, record.id, record.driver}));
    return {};
  };
  return op.ends(run());
}

Result<void> EngineImpl::disconnect(const std::string& network, const std::string& container, Disconnect how) {
  const Locked lock(world_.monitor);
  const auto found = find(container);
  if (!found.ok()) {
    if (how == Disconnect::Forced && find_network(network).ok()) return docker_error(ErrorKind::NotFound, "network.no-endpoint", "endpoint " + container + " not found");
    return found.error();
  }
  const Entry entry = found.value();
  const Working working(*this, entry);
  Container& data = entry->data;
  const bool live = entry->process.live && !data.sandbox_id.empty();
  const auto known = find_network(network);
  if (!known.ok() && live) return known.error();
  const std::string name = known.ok() ? known.value()->name : network;
  if (data.removing) return docker_error(ErrorKind::Conflict, "container.removing", "Container " + data.id.str() + " is marked for removal and cannot be connected or disconnected to the network");
  if (live && data.host.network_mode == "host" && name == "host") return refuse("container cannot be disconnected from host network or connected to host network");
  if (!data.networks.contains(name)) return forbid("container " + data.id.str() + (live ? " is not connected to network " : " is not connected to the network ") + name);

  Operation op(tracer_, "network.disconnect", name);
  const auto run = [&]() -> Result<void> {
    const SandboxSpec before = sandbox_of(data);
    const Endpoint endpoint = data.networks.at(name);
    const auto ports = data.ports;
    data.networks.erase(name);
    if (!live) return save(data);
    if (const NetworkRecord* way = gateway_network(data); way == nullptr || way->internal) data.ports.clear();  // nothing comes in any more
    const SandboxSpec after = sandbox_of(data);
    Result<void> done;
    {
      const Calling call(world_.monitor);
      const auto mine = std::find_if(before.interfaces.begin(), before.interfaces.end(), [&](const InterfaceSpec& one) { return one.name == endpoint.interface; });
      if (mine != before.interfaces.end()) done = world_.networks.unplug(data.id, *mine, op.emitter());
      if (done.ok()) done = world_.networks.update(after, op.emitter());
    }
    if (!done.ok()) {
      data.networks[name] = endpoint;
      data.ports = ports;
    }
    if (!entry->process.live) give_back(data, op.emitter());
    TRY(std::move(done));
    TRY(save(data));
    if (!entry->process.live) return {};
    publish_names();
    for (const auto& file : name_files(data))
      if (file.path != "/etc/hostname") ignore(world_.processes.replace_file(data.id, file));
    const auto record = networks_.find(endpoint.network_id);
    op.emit(event::Container(event::NetworkLeft{data.id, name, endpoint.network_id, record == networks_.end() ? "bridge" : record->second.driver}));
    return {};
  };
  return op.ends(run());
}

}  // namespace strates::engine
