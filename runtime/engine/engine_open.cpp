#include <algorithm>

#include "base/strings.hpp"
#include "engine/container_codec.hpp"
#include "engine/engine_impl.hpp"
#include "engine/mount_rules.hpp"

namespace strates::engine {

namespace {

constexpr std::string_view kContainers = "containers";
constexpr size_t kKeptTrace = 3 << 20;  // some 110,000 events, an hour of a busy class: an idle daemon is to stay below 20 MB

}  // namespace

Result<std::unique_ptr<Engine>> Engine::open(World world, EngineOptions options) {
  auto engine = std::make_unique<EngineImpl>(std::move(world), std::move(options));
  TRY(engine->recover());
  return std::unique_ptr<Engine>(std::move(engine));
}

EngineImpl::EngineImpl(World world, EngineOptions options)
    : world_(std::move(world)), options_(std::move(options)), tracer_(world_.clock, kKeptTrace), images_(world_), agenda_(world_.alarm, world_.clock) {
  world_.processes.set_observer(this);
  world_.alarm.set_handler([this] {
    const Locked lock(world_.monitor);
    agenda_.run_due();
  });
}

EngineImpl::~EngineImpl() { close(); }

void EngineImpl::close() {
  if (std::exchange(closed_, true)) return;
  world_.alarm.set_handler(nullptr);
  world_.processes.set_observer(nullptr);
  world_.networks.leave(bridges());
}

// What a crash left: builds that died lose their intermediate containers, ended containers their exit code is read, layers and blobs nobody names go.
Result<void> EngineImpl::recover() {
  const Locked lock(world_.monitor);
  recovering_ = true;
  TRY(images_.load());
  TRY(load_volumes());
  TRY(load_networks());
  std::vector<ContainerId> known;
  std::vector<Entry> dead_builds;
  for (const auto& [id, text] : TRY(world_.metadata.list(kContainers))) {
    const Entry entry = insert(TRY(decode_container(text)));
    if (entry->data.intermediate) dead_builds.push_back(entry);
    else known.push_back(entry->data.id);
  }
  for (const auto& survivor : TRY(world_.processes.recover(known))) {
    const auto found = containers_.find(survivor.id.str());
    if (found == containers_.end()) continue;
    const Entry& entry = found->second;
    if (survivor.running) {
      entry->process.live = true;
      entry->mounted = true;
      entry->data.state.status = Status::Running;
      entry->data.state.pid = survivor.running->host_pid;
      entry->data.state.paused = world_.processes.paused(survivor.id);
      entry->run_op = tracer_.begin("container.run", entry->data.name);
      if (!entry->data.state.paused) resume_health(entry);
      for (const auto& point : uncovered_mounts(entry->data))
        if (const auto volume = volumes_.find(point.name); point.type == MountType::Volume && volume != volumes_.end())
          ignore(world_.volumes.mount(point.name, device_of(volume->second)));
    } else if (entry->data.state.status == Status::Running) {
      handle_exit(entry, survivor.exit.value_or(ExitStatus{.code = 255, .signal = 0, .oom_killed = false, .at = world_.clock.now()}));
    }
  }
  for (const auto& [id, entry] : std::map(containers_)) {
    if (entry->process.live) continue;
    // Its policy is looked at below, as for all that does not run.
    if (entry->data.state.status == Status::Restarting) entry->data.state.status = Status::Exited;
    if (entry->data.state.status != Status::Running) continue;
    // Neither alive nor an exit code: the machine restarted, as Docker reports it.
    handle_exit(entry, ExitStatus{.code = 255, .signal = 0, .oom_killed = false, .at = world_.clock.now()});
  }
  TRY(recover_networks());
  for (const auto& entry : dead_builds) {
    entry->data.state.status = Status::Exited;
    // Its process was ended by the world's recovery; a mount that outlived the crash keeps its snapshot from being removed.
    while (world_.snapshots.unmount(SnapshotKey(entry->data.id.str())).ok()) {
    }
    ignore(remove_entry(entry, Force::Yes, 0, WithVolumes::Yes));
  }
  collect_garbage();
  recovering_ = false;
  start_after_boot();
  return {};
}

void EngineImpl::collect_garbage() {
  const auto snapshots = world_.snapshots.list_snapshots();
  if (snapshots.ok())
    for (const auto& key : snapshots.value())
      if (!containers_.contains(key.str())) ignore(world_.snapshots.remove(key));
  const auto layer_used = [&](const ChainId& layer) {
    return images_.layer_in_use(layer) || std::any_of(containers_.begin(), containers_.end(), [&](const auto& pair) {
             const auto& layers = pair.second->data.layers;
             return std::find(layers.begin(), layers.end(), layer) != layers.end();
           });
  };
  const auto layers = world_.snapshots.list_layers();
  if (layers.ok())
    for (const auto& layer : layers.value())
      if (!layer_used(layer)) ignore(world_.snapshots.remove_layer(layer));
  const auto blobs = world_.blobs.list();
  if (blobs.ok())
    for (const auto& blob : blobs.value())
      if (!images_.blob_in_use(blob)) ignore(world_.blobs.remove(blob));
}

EngineImpl::Entry EngineImpl::insert(Container container) {
  auto entry = std::make_shared<ContainerEntry>();
  entry->data = std::move(container);
  containers_[entry->data.id.str()] = entry;
  names_[entry->data.name] = entry->data.id.str();
  // Of a record that an earlier daemon wrote while it ran.
  const auto& networks = entry->data.networks;
  if (std::any_of(networks.begin(), networks.end(), [](const auto& one) { return !one.second.endpoint_id.empty(); })) networked_[entry->data.id.str()] = entry;
  return entry;
}

MetadataChange EngineImpl::container_change(const Container& container) { return {std::string(kContainers), container.id.str(), encode_container(container)}; }

Result<void> EngineImpl::save(const Container& container) { return world_.metadata.commit({container_change(container)}); }

Result<EngineImpl::Entry> EngineImpl::find(const std::string& name) const {
  const std::string bare = name.starts_with('/') ? name.substr(1) : name;
  if (const auto found = containers_.find(bare); found != containers_.end()) return found->second;
  if (const auto found = names_.find(bare); found != names_.end()) return containers_.at(found->second);
  if (bare.find('/') != std::string::npos)
    if (auto linked = find_linked(bare); linked.ok()) return linked;
  if (is_hex(bare) && bare.size() <= 64) {
    auto first = containers_.lower_bound(bare);
    if (first != containers_.end() && first->first.starts_with(bare)) {
      const Entry entry = first->second;
      if (++first == containers_.end() || !first->first.starts_with(bare)) return entry;
      return docker_error(ErrorKind::Invalid, "container.ambiguous", "Multiple IDs found with provided prefix: " + bare);
    }
  }
  return docker_error(ErrorKind::NotFound, "container.not-found", "No such container: " + name);
}

std::string EngineImpl::random_id() { return to_hex(world_.random.bytes(32)); }

Nanos EngineImpl::build_time() const {
  const Nanos now = world_.clock.now();
  return options_.source_date_epoch ? std::min(now, *options_.source_date_epoch) : now;
}

EngineImpl::Working::Working(EngineImpl& engine, Entry entry) : engine_(engine), entry_(std::move(entry)) {
  engine_.world_.monitor.wait([this] { return !entry_->busy; }, 0);
  entry_->busy = true;
}

EngineImpl::Working::~Working() {
  entry_->busy = false;
  engine_.world_.monitor.notify();
}

event::Snapshot EngineImpl::trace_snapshot() {
  const Locked lock(world_.monitor);
  event::Snapshot out;
  out.world = world_.name;
  out.engine = options_.version;
  for (const auto& id : images_.all()) {
    const ImageRecord& record = *images_.get(id);
    event::ImageState state{.id = id, .references = record.references, .layers = {}, .labels = labels_of(record.config.config)};
    size_t layer = 0;
    for (const auto& row : record.config.history) {
      if (row.empty_layer || layer >= record.layers.size()) continue;
      state.layers.push_back({record.config.diff_ids[layer], record.layers[layer], layer < record.layer_bytes.size() ? record.layer_bytes[layer] : 0, row.created_by});
      ++layer;
    }
    out.images.push_back(std::move(state));
  }
  for (const auto& [id, entry] : containers_) {
    const Container& data = entry->data;
    out.containers.push_back({.id = data.id, .name = data.name, .image = data.image, .state = std::string(state_word(data.state)), .layers = data.layers,
                              .exit_code = data.state.exit_code, .labels = labels_of(data.config), .image_name = data.image_name});
  }
  return out;
}

}  // namespace strates::engine
