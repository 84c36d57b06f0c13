// Creating, listing, renaming and removing containers: what needs no running process.
#include <algorithm>

#include "base/strings.hpp"
#include "engine/container_names.hpp"
#include "engine/engine_impl.hpp"
#include "engine/init_entries.hpp"
#include "engine/locked_tree.hpp"

namespace strates::engine {

namespace {

constexpr std::int64_t kLeastMemory = 6 << 20;

// The image's configuration fills what the request left out (Docker Engine, daemon/commit.go, "merge").
void merge(image::RunConfig& config, const image::RunConfig& image) {
  if (config.user.empty()) config.user = image.user;
  if (config.working_dir.empty()) config.working_dir = image.working_dir;
  config.exposed_ports.insert(image.exposed_ports.begin(), image.exposed_ports.end());
  if (image.volumes) {
    if (!config.volumes) config.volumes.emplace();
    config.volumes->insert(image.volumes->begin(), image.volumes->end());
  }
  if (image.env) {
    if (!config.env) config.env.emplace();
    for (const auto& variable : *image.env) {
      const std::string name = variable.substr(0, variable.find('=')) + "=";
      const bool given = std::any_of(config.env->begin(), config.env->end(), [&](const auto& mine) { return mine.starts_with(name); });
      if (!given) config.env->push_back(variable);
    }
  }
  if (image.labels) {
    if (!config.labels) config.labels.emplace();
    for (const auto& [key, value] : *image.labels) config.labels->emplace(key, value);
  }
  const bool no_entrypoint = !config.entrypoint || config.entrypoint->empty();
  if (no_entrypoint) {
    if (!config.cmd || config.cmd->empty()) config.cmd = image.cmd;
    if (!config.entrypoint) config.entrypoint = image.entrypoint;
  }
  // `--entrypoint ""` comes as [""]: it takes the image's away.
  if (config.entrypoint && config.entrypoint->size() == 1 && config.entrypoint->front().empty()) config.entrypoint.reset();
  if (!config.healthcheck) config.healthcheck = image.healthcheck;
  if (config.stop_signal.empty()) config.stop_signal = image.stop_signal;
  if (!config.shell) config.shell = image.shell;
}

Result<void> validate_host(const HostConfig& host) {
  if (host.memory != 0 && host.memory < kLeastMemory)
    return docker_error(ErrorKind::Invalid, "container.memory", "Minimum memory limit allowed is 6MB.");
  if (host.nano_cpus < 0) return docker_error(ErrorKind::Invalid, "container.cpus", "invalid value for NanoCPUs: must not be negative");
  return {};
}

}  // namespace

Result<CreateReply> EngineImpl::create(const CreateRequest& request) {
  const Locked lock(world_.monitor);
  Operation op(tracer_, "container.create", request.name);
  const auto run = [&]() -> Result<CreateReply> {
    if (!request.name.empty()) TRY(validate_container_name(request.name));
    TRY(validate_host(request.host));
    const auto found = images_.find(request.config.image);
    op.emit(event::Image(event::ReferenceResolved{request.config.image, "", found.ok() ? found.value() : ImageId(), found.ok()}));
    const ImageId id = TRY(Result<ImageId>(found));
    const ImageRecord& record = *images_.get(id);
    Container draft;
    draft.name = request.name;
    draft.config = request.config;
    merge(draft.config, record.config.config);
    draft.host = request.host;
    draft.image = id;
    draft.image_name = request.config.image;
    std::vector<std::string> command = draft.config.entrypoint.value_or(image::StringList{});
    for (const auto& word : draft.config.cmd.value_or(image::StringList{})) command.push_back(word);
    if (command.empty()) return docker_error(ErrorKind::Invalid, "container.no-command", "No command specified");
    draft.path = command.front();
    draft.args.assign(command.begin() + 1, command.end());
    if (!draft.config.working_dir.empty() && !draft.config.working_dir.starts_with('/'))
      return docker_error(ErrorKind::Invalid, "container.working-dir",
                          "the working directory '" + draft.config.working_dir + "' is invalid, it needs to be an absolute path");
    const Entry entry = TRY(make_container(std::move(draft), record.layers, op.id()));
    return CreateReply{entry->data.id, {}};
  };
  return op.ends(run());
}

Result<EngineImpl::Entry> EngineImpl::make_container(Container draft, const std::vector<ChainId>& layers, OpId op) {
  const std::string& mode = draft.host.network_mode;
  do draft.id = ContainerId(random_id());
  while (containers_.contains(draft.id.str()));
  if (draft.name.empty()) {
    int attempt = 0;
    do draft.name = generate_container_name(world_.random, attempt++);
    while (names_.contains(draft.name));
  } else if (const auto taken = names_.find(draft.name); taken != names_.end()) {
    return docker_error(ErrorKind::Conflict, "container.name-taken",
                        "Conflict. The container name \"/" + draft.name + "\" is already in use by container \"" + taken->second +
                            "\". You have to remove (or rename) that container to be able to reuse that name.");
  }
  if (draft.config.hostname.empty()) draft.config.hostname = mode == "host" ? world_.machine.hostname : short_id(draft.id.str());
  draft.created = world_.clock.now();
  draft.layers = layers;
  const Entry entry = insert(std::move(draft));
  const Working working(*this, entry);
  Result<void> made;
  {
    const Calling call(world_.monitor);
    made = world_.snapshots.prepare(SnapshotKey(entry->data.id.str()), layers, init_entries());
  }
  if (made.ok()) made = save(entry->data);
  if (!made.ok()) {
    ignore(world_.snapshots.remove(SnapshotKey(entry->data.id.str())));
    names_.erase(entry->data.name);
    containers_.erase(entry->data.id.str());
    return made.error();
  }
  tracer_.emit(op, event::Container(event::ContainerCreated{entry->data.id, entry->data.name, entry->data.image, layers}));
  return entry;
}

Result<Container> EngineImpl::container(const std::string& name) {
  const Locked lock(world_.monitor);
  const Entry entry = TRY(find(name));
  Container out = entry->data;
  out.execs.clear();
  for (const auto& [id, exec] : execs_)
    if (exec->data.container == out.id && exec->data.running) out.execs.push_back(exec->data.id);
  return out;
}

Result<std::vector<Container>> EngineImpl::containers(const ContainerFilter& filter) {
  const Locked lock(world_.monitor);
  std::vector<Container> out;
  for (const auto& [id, entry] : containers_) out.push_back(entry->data);
  std::stable_sort(out.begin(), out.end(), [](const Container& a, const Container& b) { return a.created > b.created; });
  // Values of one key are alternatives; keys must all hold.
  const auto values = [&](std::string_view key) {
    std::vector<std::string> found;
    for (const auto& [name, value] : filter.filters)
      if (name == key) found.push_back(value);
    return found;
  };
  const auto any = [](const std::vector<std::string>& wanted, const auto& holds) {
    return wanted.empty() || std::any_of(wanted.begin(), wanted.end(), holds);
  };
  const bool all = filter.all || filter.limit > 0 || !values("status").empty() || !values("exited").empty();
  std::optional<Nanos> before, since;
  for (const auto& value : values("before")) before = TRY(find(value))->data.created;
  for (const auto& value : values("since")) since = TRY(find(value))->data.created;
  std::vector<ImageId> ancestors;
  for (const auto& value : values("ancestor")) {
    const auto id = images_.find(value);
    if (id.ok()) ancestors.push_back(id.value());
  }
  std::erase_if(out, [&](const Container& container) {
    if (container.removing || (!all && container.state.status != Status::Running)) return true;
    if (!any(values("status"), [&](const std::string& value) { return to_string(container.state.status) == value; })) return true;
    if (!any(values("name"), [&](const std::string& value) { return ("/" + container.name).find(value) != std::string::npos; })) return true;
    if (!any(values("id"), [&](const std::string& value) { return container.id.str().starts_with(value); })) return true;
    if (!any(values("exited"), [&](const std::string& value) {
          return container.state.status == Status::Exited && std::to_string(container.state.exit_code) == value;
        }))
      return true;
    if (!any(values("label"), [&](const std::string& value) {
          const auto labels = container.config.labels.value_or(std::map<std::string, std::string>{});
          const size_t equals = value.find('=');
          const auto found = labels.find(value.substr(0, equals));
          return found != labels.end() && (equals == std::string::npos || found->second == value.substr(equals + 1));
        }))
      return true;
    if (!values("ancestor").empty()) {
      const ImageRecord* image = images_.get(container.image);
      bool descends = false;
      for (; image != nullptr && !descends; image = images_.get(image->parent))
        descends = std::find(ancestors.begin(), ancestors.end(), image->id) != ancestors.end();
      if (!descends) return true;
    }
    return (before && container.created >= *before) || (since && container.created <= *since);
  });
  if (filter.limit > 0 && out.size() > static_cast<size_t>(filter.limit)) out.resize(static_cast<size_t>(filter.limit));
  return out;
}

Result<void> EngineImpl::rename(const std::string& name, const std::string& new_name) {
  const Locked lock(world_.monitor);
  const Entry entry = TRY(find(name));
  const std::string bare = new_name.starts_with('/') ? new_name.substr(1) : new_name;
  if (bare.empty()) return docker_error(ErrorKind::Invalid, "container.bad-name", "Neither old nor new names may be empty");
  TRY(validate_container_name(bare));
  if (bare == entry->data.name)
    return docker_error(ErrorKind::Invalid, "container.same-name", "Renaming a container with the same name as its current name");
  if (const auto taken = names_.find(bare); taken != names_.end())
    return docker_error(ErrorKind::Conflict, "container.name-taken",
                        "Error when allocating new name: Conflict. The container name \"/" + bare + "\" is already in use by container \"" + taken->second +
                            "\". You have to remove (or rename) that container to be able to reuse that name.");
  Container changed = entry->data;
  changed.name = bare;
  TRY(save(changed));
  names_.erase(entry->data.name);
  names_[bare] = changed.id.str();
  entry->data.name = bare;
  return {};
}

Result<void> EngineImpl::remove(const std::string& name, Force force) {
  const Locked lock(world_.monitor);
  const Entry entry = TRY(find(name));
  if (entry->data.removing)
    return docker_error(ErrorKind::Conflict, "container.removing", "removal of container " + entry->data.id.str() + " is already in progress");
  return remove_entry(entry, force, 0);
}

Result<void> EngineImpl::remove_entry(const Entry& entry, Force force, OpId parent) {
  const ContainerId id = entry->data.id;
  if (entry->data.state.status == Status::Running) {
    if (force == Force::No)
      return docker_error(ErrorKind::Conflict, "container.running",
                          "You cannot remove a running container " + id.str() + ". Stop the container before attempting removal or force remove");
    TRY(stop_entry(entry, 0, 9));
  }
  if (!containers_.contains(id.str())) return {};  // it was to be removed at its exit, and is
  const Working working(*this, entry);
  if (!containers_.contains(id.str())) return {};
  Operation op(tracer_, "container.remove", entry->data.name, parent);
  entry->data.removing = true;
  Result<void> removed;
  {
    const Calling call(world_.monitor);
    removed = world_.snapshots.remove(SnapshotKey(id.str()));
    if (removed.ok()) world_.processes.forget(id);
  }
  if (removed.ok()) removed = world_.metadata.commit({{"containers", id.str(), std::nullopt}});
  if (!removed.ok()) {
    entry->data.removing = false;
    return op.ends(std::move(removed));
  }
  names_.erase(entry->data.name);
  containers_.erase(id.str());
  std::erase_if(execs_, [&](const auto& pair) { return pair.second->data.container == id; });
  op.emit(event::Container(event::ContainerRemoved{id, entry->data.name}));
  op.finish();
  complete(entry->waiters, [](WaitCondition) { return true; }, WaitReply{entry->data.state.exit_code, entry->data.state.error});
  return {};
}

Result<std::vector<Change>> EngineImpl::diff(const std::string& name) {
  const Locked lock(world_.monitor);
  const Entry entry = TRY(find(name));
  const Calling call(world_.monitor);
  return world_.snapshots.diff(SnapshotKey(entry->data.id.str()));
}

Result<std::uint64_t> EngineImpl::usage(const std::string& name) {
  const Locked lock(world_.monitor);
  const Entry entry = TRY(find(name));
  const Calling call(world_.monitor);
  return world_.snapshots.usage(SnapshotKey(entry->data.id.str()));
}

Result<std::unique_ptr<image::LayerReader>> EngineImpl::export_tree(const std::string& name) {
  const Locked lock(world_.monitor);
  const Entry entry = TRY(find(name));
  auto reader = TRY(world_.snapshots.export_tree(SnapshotKey(entry->data.id.str())));
  return std::unique_ptr<image::LayerReader>(std::make_unique<LockedLayerReader>(world_.monitor, std::move(reader)));
}

Result<MountedSnapshot> EngineImpl::mount_paths(const std::string& name) {
  const Locked lock(world_.monitor);
  const Entry entry = TRY(find(name));
  return world_.snapshots.paths(SnapshotKey(entry->data.id.str()));
}

std::string EngineImpl::log_path(const ContainerId& id) { return world_.processes.log_path(id); }

}  // namespace strates::engine
