// Creating, renaming and removing containers: what needs no running process.
#include <algorithm>

#include "base/strings.hpp"
#include "engine/container_names.hpp"
#include "engine/engine_impl.hpp"
#include "engine/host_rules.hpp"
#include "engine/init_entries.hpp"
#include "engine/locked_tree.hpp"
#include "engine/log_settings.hpp"
#include "engine/name_files.hpp"
#include "engine/signals.hpp"

namespace strates::engine {

namespace {

// What --health-* leave out is the image's, field by field.
void merge_health(std::optional<image::Healthcheck>& check, const std::optional<image::Healthcheck>& image) {
  if (!image) return;
  if (!check) {
    check = image;
    return;
  }
  if (check->test.empty()) check->test = image->test;
  if (check->interval == 0) check->interval = image->interval;
  if (check->timeout == 0) check->timeout = image->timeout;
  if (check->start_period == 0) check->start_period = image->start_period;
  if (check->retries == 0) check->retries = image->retries;
}

Result<void> validate_health(const std::optional<image::Healthcheck>& check) {
  constexpr Nanos kLeast = 1'000'000;
  if (!check) return {};
  const auto refuse = [](std::string sentence) { return docker_error(ErrorKind::Invalid, "container.health", std::move(sentence)); };
  for (const auto& [name, value] : {std::pair("Interval", check->interval), std::pair("Timeout", check->timeout), std::pair("StartPeriod", check->start_period)})
    if (value != 0 && value < kLeast) return refuse(std::string(name) + " in Healthcheck cannot be less than 1ms");
  if (check->retries < 0) return refuse("Retries in Healthcheck cannot be negative");
  return {};
}

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
  merge_health(config.healthcheck, image.healthcheck);
  if (config.stop_signal.empty()) config.stop_signal = image.stop_signal;
  if (!config.shell) config.shell = image.shell;
}

}  // namespace

Result<CreateReply> EngineImpl::create(const CreateRequest& request) {
  const Locked lock(world_.monitor);
  Operation op(tracer_, "container.create", request.name);
  const auto run = [&]() -> Result<CreateReply> {
    if (const auto& signal = request.config.stop_signal; !signal.empty() && !parse_signal(signal))
      return docker_error(ErrorKind::Invalid, "signal.unknown", "Invalid signal: " + signal);
    TRY(validate_health(request.config.healthcheck));
    HostConfig host = request.host;
    TRY(validate_restart(host.restart, host.auto_remove));
    TRY(validate_names(host));
    TRY(check_log_settings(host.log));
    std::vector<std::string> warnings;
    TRY(settle_host_config(host, request.config, world_.machine, warnings));
    if (host.network_mode == "host" && !host.port_bindings.empty()) warnings.emplace_back("Published ports are discarded when using host network mode");
    TRY(resolve_modes(host));
    const auto found = images_.find(request.config.image);
    op.emit(event::Image(event::ReferenceResolved{request.config.image, "", found.ok() ? found.value() : ImageId(), found.ok()}));
    const ImageId id = TRY(Result<ImageId>(found));
    const ImageRecord& record = *images_.get(id);
    Container draft;
    draft.name = request.name.starts_with('/') ? request.name.substr(1) : request.name;
    draft.config = request.config;
    merge(draft.config, record.config.config);
    draft.host = std::move(host);
    draft.networks = request.networks;
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
    if (!request.name.empty()) TRY(validate_container_name(request.name));
    const Entry entry = TRY(make_container(std::move(draft), record.layers, op.id()));
    return CreateReply{entry->data.id, warnings};
  };
  return op.ends(run());
}

Result<EngineImpl::Entry> EngineImpl::make_container(Container draft, const std::vector<ChainId>& layers, OpId op, Purpose purpose) {
  TRY(settle_networks(draft));
  const std::string& mode = draft.host.network_mode;
  do draft.id = ContainerId(random_id());
  while (containers_.contains(draft.id.str()));
  if (draft.name.empty()) {
    // As Docker: a few names, then the beginning of the id.
    constexpr int kMostNames = 6;
    int attempt = 0;
    do draft.name = attempt < kMostNames ? generate_container_name(world_.random, attempt) : short_id(draft.id.str());
    while (names_.contains(draft.name) && attempt++ < kMostNames);
  } else if (const auto taken = names_.find(draft.name); taken != names_.end()) {
    return docker_error(ErrorKind::Conflict, "container.name-taken",
                        "Conflict. The container name \"/" + draft.name + "\" is already in use by container \"" + taken->second +
                            "\". You have to remove (or rename) that container to be able to reuse that name.");
  }
  if (draft.config.hostname.empty()) draft.config.hostname = mode == "host" || draft.host.isolation.uts_mode == "host" ? world_.machine.hostname : short_id(draft.id.str());
  draft.created = world_.clock.now();
  draft.layers = layers;
  const Entry entry = insert(std::move(draft));
  const Working working(*this, entry);
  Result<void> made;
  {
    const Calling call(world_.monitor);
    const bool passing = entry->data.intermediate || entry->data.host.auto_remove;
    made = world_.snapshots.prepare(SnapshotKey(entry->data.id.str()), layers, purpose == Purpose::Files ? std::vector<InitEntry>() : init_entries(),
                                    passing ? Writes::Passing : Writes::Kept);
  }
  Changes changes;
  std::vector<std::string> volumes;
  // A build's containers get theirs when they run.
  if (made.ok() && !entry->data.intermediate) made = attach_mounts(entry->data, changes, volumes, op);
  changes.push_back(container_change(entry->data));
  if (made.ok()) made = world_.metadata.commit(changes);
  if (!made.ok()) {
    for (const auto& volume : volumes) ignore(drop_volume(volume, op));
    ignore(world_.snapshots.remove(SnapshotKey(entry->data.id.str())));
    names_.erase(entry->data.name);
    containers_.erase(entry->data.id.str());
    return made.error();
  }
  tracer_.emit(op, event::Container(event::ContainerCreated{entry->data.id, entry->data.name, entry->data.image, layers, labels_of(entry->data.config), entry->data.image_name,
                                                               purpose == Purpose::Files}));
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

Result<void> EngineImpl::rename(const std::string& name, const std::string& new_name) {
  const Locked lock(world_.monitor);
  const Entry entry = TRY(find(name));
  const std::string bare = new_name.starts_with('/') ? new_name.substr(1) : new_name;
  if (bare.empty()) return docker_error(ErrorKind::Invalid, "container.bad-name", "Neither old nor new names may be empty");
  if (!validate_container_name(bare).ok())
    return docker_error(ErrorKind::Invalid, "container.bad-name",
                        "Error when allocating new name: " + validate_container_name("/" + bare).error().message());
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
  const std::string old_name = std::exchange(entry->data.name, bare);
  follow_rename(old_name, bare);
  publish_names();
  tracer_.emit(0, event::Container(event::ContainerRenamed{changed.id, old_name, bare}));
  return {};
}

Result<void> EngineImpl::remove(const std::string& name, Force force, WithVolumes volumes) {
  const Locked lock(world_.monitor);
  const Entry entry = TRY(find(name));
  if (entry->data.removing)
    return docker_error(ErrorKind::Conflict, "container.removing", "removal of container " + entry->data.id.str() + " is already in progress");
  return remove_entry(entry, force, 0, volumes);
}

Result<void> EngineImpl::remove_entry(const Entry& entry, Force force, OpId parent, WithVolumes volumes) {
  const ContainerId id = entry->data.id;
  if (entry->data.state.running()) {
    if (force == Force::No && entry->data.state.paused)
      return docker_error(ErrorKind::Conflict, "container.paused",
                          "You cannot remove a paused container " + id.str() + ". Unpause and then stop the container before attempting removal or force remove");
    if (force == Force::No)
      return docker_error(ErrorKind::Conflict, "container.running",
                          "You cannot remove a " + std::string(to_string(entry->data.state.status)) + " container " + id.str() +
                              ". Stop the container before attempting removal or force remove");
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
  end_health(entry);
  agenda_.cancel(entry->restart_at);
  names_.erase(entry->data.name);
  networked_.erase(id.str());
  containers_.erase(id.str());
  std::erase_if(execs_, [&](const auto& pair) { return pair.second->data.container == id; });
  for (const auto& point : entry->data.mounts)
    if (volumes == WithVolumes::Yes && point.anonymous && volume_users(point.name).empty()) ignore(drop_volume(point.name, op.id()));
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
  act(entry, "export");
  return std::unique_ptr<image::LayerReader>(std::make_unique<LockedLayerReader>(world_.monitor, std::move(reader)));
}

Result<MountedSnapshot> EngineImpl::mount_paths(const std::string& name) {
  const Locked lock(world_.monitor);
  const Entry entry = TRY(find(name));
  return world_.snapshots.paths(SnapshotKey(entry->data.id.str()));
}

std::string EngineImpl::log_path(const ContainerId& id) { return world_.processes.log_path(id); }

}  // namespace strates::engine
