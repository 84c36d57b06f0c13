// Volumes as objects: made, listed, removed. A directory without a record is no volume: it is swept at the next start.
#include <algorithm>

#include "base/strings.hpp"
#include "engine/engine_impl.hpp"

namespace strates::engine {

namespace {

using Filter = std::vector<std::pair<std::string, std::string>>;

Error no_volume(const std::string& name) { return docker_error(ErrorKind::NotFound, "volume.not-found", "get " + name + ": no such volume"); }

bool has_label(const VolumeEntry& entry, const std::string& wanted) {
  if (!entry.labels) return false;
  const size_t equals = wanted.find('=');
  const auto found = entry.labels->find(wanted.substr(0, equals));
  return found != entry.labels->end() && (equals == std::string::npos || found->second == wanted.substr(equals + 1));
}

Result<bool> dangling_wanted(const std::string& value) {
  for (const std::string_view yes : {"true", "1", "t", "T", "True", "TRUE"})
    if (value == yes) return true;
  for (const std::string_view no : {"false", "0", "f", "F", "False", "FALSE"})
    if (value == no) return false;
  return docker_error(ErrorKind::Invalid, "filter.invalid", "Invalid filter 'dangling=[" + value + "]'");
}

MetadataChange volume_change(const VolumeEntry& entry) { return {std::string(kVolumesBucket), entry.name, encode_volume(entry)}; }

}  // namespace

Result<void> EngineImpl::load_volumes() {
  for (const auto& [name, text] : TRY(world_.metadata.list(kVolumesBucket))) {
    VolumeEntry entry = TRY(decode_volume(text));
    if (entry.filling) {
      // It was empty when the daemon died half-way through filling it.
      TRY(world_.volumes.clear(entry.name));
      entry.filling = false;
      TRY(world_.metadata.commit({volume_change(entry)}));
    }
    volumes_[name] = std::move(entry);
  }
  for (const auto& name : TRY(world_.volumes.list()))
    if (!volumes_.contains(name)) ignore(world_.volumes.remove(name));
  return {};
}

Result<VolumeEntry*> EngineImpl::find_volume(const std::string& name) {
  const auto found = volumes_.find(name);
  if (found == volumes_.end()) return no_volume(name);
  return &found->second;
}

VolumeRecord EngineImpl::record_of(const VolumeEntry& entry) const {
  return {entry.name, world_.volumes.path(entry.name), entry.created, entry.labels, entry.options};
}

std::vector<std::string> EngineImpl::volume_users(const std::string& name) const {
  std::vector<std::string> ids;
  for (const auto& [id, entry] : containers_)
    if (std::any_of(entry->data.mounts.begin(), entry->data.mounts.end(),
                    [&](const MountPoint& point) { return point.type == MountType::Volume && point.name == name; }))
      ids.push_back(id);
  return ids;
}

Result<VolumeEntry*> EngineImpl::ensure_volume(const VolumeRequest& request, Changes& changes, std::vector<std::string>& made) {
  VolumeEntry entry;
  entry.name = request.name.empty() ? random_id() : request.name;
  if (const auto known = volumes_.find(entry.name); known != volumes_.end()) {
    TRY(validate_volume_driver(entry.name, request.driver));
    return &known->second;
  }
  TRY(validate_volume_driver(entry.name, request.driver));
  TRY(validate_volume_name(entry.name));
  if (request.options) TRY(validate_volume_options(entry.name, *request.options));
  world_.monitor.wait([&] { return !volumes_leaving_.contains(entry.name); }, 0);
  entry.created = world_.clock.now();
  entry.labels = request.labels;
  entry.options = request.options;
  TRY(world_.volumes.create(entry.name));
  changes.push_back(volume_change(entry));
  made.push_back(entry.name);
  return &(volumes_[entry.name] = std::move(entry));
}

// The record first: what is left of the files is swept.
Result<void> EngineImpl::drop_volume(const std::string& name, OpId op) {
  TRY(world_.metadata.commit({{std::string(kVolumesBucket), name, std::nullopt}}));
  volumes_.erase(name);
  volumes_leaving_.insert(name);
  Result<void> removed;
  {
    const Calling call(world_.monitor);
    removed = world_.volumes.remove(name);
  }
  volumes_leaving_.erase(name);
  world_.monitor.notify();
  tracer_.emit(op, event::Volume(event::VolumeRemoved{name}));
  return removed;
}

Result<VolumeRecord> EngineImpl::create_volume(const VolumeRequest& request) {
  const Locked lock(world_.monitor);
  Operation op(tracer_, "volume.create", request.name);
  const auto run = [&]() -> Result<VolumeRecord> {
    Changes changes;
    std::vector<std::string> made;
    const VolumeEntry* entry = TRY(ensure_volume(request, changes, made));
    if (made.empty()) return record_of(*entry);
    if (auto kept = world_.metadata.commit(changes); !kept.ok()) {
      ignore(world_.volumes.remove(entry->name));
      volumes_.erase(made.front());
      return std::move(kept).error();
    }
    op.emit(event::Volume(event::VolumeCreated{entry->name}));
    return record_of(*entry);
  };
  return op.ends(run());
}

Result<VolumeRecord> EngineImpl::volume(const std::string& name) {
  const Locked lock(world_.monitor);
  return record_of(*TRY(find_volume(name)));
}

Result<std::vector<VolumeRecord>> EngineImpl::volumes(const Filter& filters) {
  const Locked lock(world_.monitor);
  std::vector<VolumeRecord> out;
  for (const auto& [name, entry] : volumes_) {
    const VolumeEntry& volume = entry;
    // Values of one key are alternatives; labels must all hold.
    const auto any = [&](std::string_view key, const auto& holds) {
      bool asked = false, held = false;
      for (const auto& [filter, value] : filters) {
        if (filter != key) continue;
        asked = true;
        held = held || holds(value);
      }
      return !asked || held;
    };
    bool shown = any("name", [&](const std::string& value) { return volume.name.find(value) != std::string::npos; }) &&
                 any("driver", [](const std::string& value) { return value == "local"; });
    for (const auto& [filter, value] : filters) {
      if (filter == "label") shown = shown && has_label(volume, value);
      if (filter == "dangling") {
        const bool wanted = TRY(dangling_wanted(value));
        shown = shown && wanted == volume_users(name).empty();
      }
    }
    if (shown) out.push_back(record_of(volume));
  }
  for (const auto& [filter, value] : filters)
    if (filter == "dangling") TRY(dangling_wanted(value));  // also when there is no volume
  return out;
}

Result<void> EngineImpl::remove_volume(const std::string& name, Force force) {
  const Locked lock(world_.monitor);
  if (!volumes_.contains(name)) {
    if (force == Force::Yes) return {};
    return no_volume(name);
  }
  if (const auto users = volume_users(name); !users.empty())
    return docker_error(ErrorKind::Conflict, "volume.in-use", "remove " + name + ": volume is in use - [" + join(users, ", ") + "]");
  Operation op(tracer_, "volume.remove", name);
  return op.ends(drop_volume(name, op.id()));
}

Result<VolumesPruned> EngineImpl::prune_volumes(const Filter& filters) {
  const Locked lock(world_.monitor);
  Operation op(tracer_, "volume.prune", "");
  VolumesPruned out;
  std::vector<std::string> going;
  for (const auto& [name, entry] : volumes_) {
    // One with options stands for something elsewhere (Docker Engine, volume/service: Prune).
    bool goes = volume_users(name).empty() && (!entry.options || entry.options->empty());
    for (const auto& [filter, value] : filters) {
      if (filter == "label") goes = goes && has_label(entry, value);
      if (filter == "label!") goes = goes && !has_label(entry, value);
    }
    if (goes) going.push_back(name);
  }
  for (const auto& name : going) {
    // Another may have taken or removed it while the one before went.
    if (!volumes_.contains(name) || !volume_users(name).empty()) continue;
    const std::uint64_t bytes = world_.volumes.usage(name).value_or(0);
    if (!drop_volume(name, op.id()).ok()) continue;
    out.names.push_back(name);
    out.bytes += bytes;
  }
  op.emit(event::Operation(event::Pruned{"volume", out.bytes}));
  op.finish();
  return out;
}

Result<std::vector<VolumeUsage>> EngineImpl::volume_usage() {
  const Locked lock(world_.monitor);
  std::vector<VolumeUsage> out;
  for (const auto& [name, entry] : volumes_) out.push_back({record_of(entry), world_.volumes.usage(name).value_or(0), volume_users(name).size()});
  return out;
}

}  // namespace strates::engine
