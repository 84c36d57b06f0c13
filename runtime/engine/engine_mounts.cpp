// What a container has mounted: asked at its creation, mounted while it runs (Docker Engine 20.10, daemon/volumes.go and create_unix.go).
#include <algorithm>
#include <set>

#include "base/strings.hpp"
#include "engine/engine_impl.hpp"
#include "engine/locked_tree.hpp"
#include "engine/mount_rules.hpp"
#include "engine/tree_fill.hpp"

namespace strates::engine {

namespace {

// mount(2)'s flags as runc prints them: a directory bound with all below it; memory without programs, devices and set-user-id.
constexpr std::string_view kBindFlags = "0x5000", kMemoryFlags = "0xe";

size_t depth(const std::string& path) { return static_cast<size_t>(std::count(path.begin(), path.end(), '/')); }

SnapshotKey key_of(const Container& container) { return SnapshotKey(container.id.str()); }

// runc's sentence when a file is to lie on a directory, or a directory on a file.
Error wrong_kind(const std::string& source, const std::string& target, std::string_view flags) {
  const std::string cause = "error during container init: error mounting " + go_quote(source) + " to rootfs at " + go_quote(target) + ": mount " + source + ":" + target +
                            " (via /proc/self/fd/6), flags: " + std::string(flags) + ": not a directory";
  return make_error(ErrorKind::Invalid, "process.mount", "mount", target, cause);
}

Result<void> check_memory(MountedTree& tree, const std::string& destination) {
  const TreePlace place = TRY(tree.find(destination, TreeEditor::Follow::Yes));
  return place.meta && place.meta->type != image::EntryType::Directory ? Result<void>(wrong_kind("tmpfs", destination, kMemoryFlags)) : success();
}

Result<void> check_sharing(const MountPoint& point, const HostPlace& place) {
  const auto refuse = [&](std::string_view wanted) {
    return docker_error(ErrorKind::Internal, "mount.sharing", "path " + point.source + " is mounted on " + place.mount_point + " but it is not a " + std::string(wanted) + " mount");
  };
  if ((point.propagation == "shared" || point.propagation == "rshared") && !place.shared) return refuse("shared");
  if ((point.propagation == "slave" || point.propagation == "rslave") && !place.shared && !place.slave) return refuse("shared or slave");
  return {};
}

}  // namespace

Result<void> EngineImpl::choose_mounts(Container& container, Changes& changes, std::vector<std::string>& made) {
  std::map<std::string, MountPoint> points;
  std::set<std::string> given;
  const auto name_volume = [&](MountPoint& point, const VolumeRequest& request) -> Result<void> {
    const VolumeEntry* volume = TRY(ensure_volume(request, changes, made));
    point.name = volume->name;
    point.driver = "local";
    point.source = world_.volumes.path(volume->name);
    return {};
  };
  for (const auto& text : container.host.volumes_from) {
    const VolumesFrom from = TRY(parse_volumes_from(text));
    const auto other = find(from.container);
    if (!other.ok()) return docker_error(ErrorKind::Invalid, "container.not-found", other.error().message());
    for (MountPoint point : other.value()->data.mounts) {
      if (point.type == MountType::Tmpfs) continue;
      point.writable = point.writable && from.writable;
      point.mode.clear();
      point.copies = false;
      points[point.destination] = std::move(point);
    }
  }
  const auto take = [&](MountPoint point) -> Result<void> {
    if (!given.insert(point.destination).second) return duplicate_mount(point.destination);
    points[point.destination] = std::move(point);
    return {};
  };
  for (const auto& text : container.host.binds) {
    MountPoint point = TRY(parse_bind(text, container.host.volume_driver));
    if (container.host.isolation.tmpfs.contains(point.destination)) return duplicate_mount(point.destination);
    if (point.type == MountType::Volume) {
      TRY(name_volume(point, {point.name, point.driver, std::nullopt, std::nullopt}));
      if (point.mode.empty()) point.mode = "z";
    } else {
      TRY(world_.volumes.look(point.source));  // a world without a machine says so now
    }
    TRY(take(std::move(point)));
  }
  for (const auto& spec : container.host.mounts) {
    MountPoint point = TRY(parse_mount(spec));
    if (given.contains(point.destination)) return duplicate_mount(spec.target);
    if (point.type == MountType::Volume) {
      VolumeRequest request{point.name, point.driver, std::nullopt, std::nullopt};
      if (spec.volume && !spec.volume->labels.empty()) request.labels = spec.volume->labels;
      if (spec.volume && spec.volume->has_driver && !spec.volume->options.empty()) request.options = spec.volume->options;
      TRY(name_volume(point, request));
      point.mode = "z";
    } else if (point.type == MountType::Bind) {
      const HostPlace place = TRY(world_.volumes.look(point.source));
      if (place.kind == HostPlace::Kind::Absent) return missing_bind_source(point.source);
    }
    TRY(take(std::move(point)));
  }
  for (const auto& wanted : container.config.volumes.value_or(std::set<std::string>{})) {
    const std::string destination = clean_path("/" + wanted);
    if (destination == "/") return docker_error(ErrorKind::Invalid, "mount.invalid", "invalid volume specification: '" + wanted + "'");
    if (points.contains(destination)) continue;
    MountPoint point;
    point.type = MountType::Volume;
    point.destination = destination;
    point.copies = point.anonymous = true;
    TRY(name_volume(point, {"", container.host.volume_driver, std::nullopt, std::nullopt}));
    points[destination] = std::move(point);
  }
  container.mounts.clear();
  for (auto& [destination, point] : points) container.mounts.push_back(std::move(point));
  return {};
}

Result<void> EngineImpl::attach_mounts(Container& container, Changes& changes, std::vector<std::string>& made, OpId op) {
  const auto attach = [&]() -> Result<void> {
    TRY(choose_mounts(container, changes, made));
    for (const auto& name : made) tracer_.emit(op, event::Volume(event::VolumeCreated{name}));
    for (const auto& point : container.mounts)
      if (point.type == MountType::Volume && point.copies) TRY(fill_volume(container, point, op));
    return {};
  };
  auto attached = attach();
  if (attached.ok()) return attached;
  container.mounts.clear();
  for (const auto& name : std::exchange(made, {})) {
    volumes_.erase(name);
    ignore(world_.volumes.remove(name));
  }
  changes.clear();
  return attached;
}

// An empty volume gets what the image has where it is mounted, and the directory's own attributes.
Result<void> EngineImpl::fill_volume(const Container& container, const MountPoint& point, OpId op) {
  VolumeEntry* volume = TRY(find_volume(point.name));
  world_.monitor.wait([&] { return !volume->filling; }, 0);  // another container brings the same volume
  std::vector<TreeMount> root;
  root.push_back({"", TRY(world_.snapshots.edit(key_of(container))), "/", true});
  MountedTree image(std::move(root));
  const TreePlace place = TRY(image.find(point.destination, TreeEditor::Follow::Yes));
  if (!place.meta) return {};
  if (place.meta->type != image::EntryType::Directory) {
    const std::string merged = TRY(world_.snapshots.paths(key_of(container))).merged;
    return docker_error(ErrorKind::Internal, "volume.over-file",
                        point.anonymous && point.mode.empty() ? "cannot mount volume over existing file, file exists " + merged + place.path
                                                              : "source " + merged + place.path + " is not directory");
  }
  const VolumeDevice device = device_of(*volume);
  TRY(world_.volumes.mount(point.name, device));
  const auto fill = [&]() -> Result<void> {
    const auto target = TRY(world_.volumes.edit(point.name));
    if (!TRY(target->list("/")).empty()) return {};
    const bool kept = TRY(world_.metadata.get(kVolumesBucket, point.name)).has_value();
    const auto mark = [&](bool filling) -> Result<void> {
      volume->filling = filling;
      // A volume without a record is swept whole when the daemon dies now; this one is not.
      return kept ? world_.metadata.commit({{std::string(kVolumesBucket), point.name, encode_volume(*volume)}}) : success();
    };
    TRY(mark(true));
    const auto source = TRY(image.archive(place.path));
    const auto copy = [&] {
      const Calling call(world_.monitor);
      return fill_tree(*source, *target);
    };
    const TreeFill filled = TRY(copy());
    TRY(mark(false));
    if (filled.files != 0) tracer_.emit(op, event::Volume(event::VolumeFilled{point.name, container.id, point.destination, filled.files, filled.bytes}));
    return {};
  };
  auto filled = fill();
  if (!filled.ok() && volume->filling) ignore(world_.volumes.clear(point.name));
  volume->filling = false;
  world_.monitor.notify();
  ignore(world_.volumes.unmount(point.name));
  return filled;
}

Result<std::unique_ptr<MountedTree>> EngineImpl::open_tree(const Container& container, Guarded guarded) {
  const auto wrap = [&](std::unique_ptr<TreeEditor> editor) -> std::unique_ptr<TreeEditor> {
    if (guarded == Guarded::No) return editor;
    return std::make_unique<LockedTreeEditor>(world_.monitor, std::move(editor));
  };
  std::vector<TreeMount> mounts;
  // LockedTreeEditor takes the lock to go: what was opened before an error must not be wrapped yet.
  mounts.push_back({"", TRY(world_.snapshots.edit(key_of(container))), "/", !container.host.readonly_root});
  for (const auto& point : uncovered_mounts(container)) {
    if (point.type == MountType::Volume) {
      mounts.push_back({point.destination, TRY(world_.volumes.edit(point.name)), "/", point.writable});
    } else if (point.type == MountType::Bind) {
      const HostPlace place = TRY(world_.volumes.look(point.source));
      if (place.kind == HostPlace::Kind::Absent) continue;
      const bool file = place.kind == HostPlace::Kind::File;
      auto editor = TRY(world_.volumes.edit_host(file ? dir_name(place.real) : place.real));
      mounts.push_back({point.destination, std::move(editor), file ? "/" + base_name(place.real) : "/", point.writable});
    }
  }
  for (auto& mount : mounts) mount.tree = wrap(std::move(mount.tree));
  return std::make_unique<MountedTree>(std::move(mounts));
}

Result<void> EngineImpl::mount_volumes(const Container& container) {
  const std::vector<MountPoint> points = uncovered_mounts(container);
  const auto& memories = container.host.isolation.tmpfs;
  if (points.empty() && memories.empty()) return {};
  std::vector<std::string> mounted;
  const auto run = [&]() -> Result<void> {
    for (const auto& point : points) {
      if (point.type == MountType::Volume) {
        const VolumeEntry* volume = TRY(find_volume(point.name));
        TRY(world_.volumes.mount(point.name, device_of(*volume)));
        mounted.push_back(point.name);
      } else if (point.type == MountType::Bind) {
        HostPlace place = TRY(world_.volumes.look(point.source));
        if (place.kind == HostPlace::Kind::Absent) {
          if (point.must_exist) return missing_bind_source(point.source);
          TRY(world_.volumes.make_host_directory(point.source));
          place = TRY(world_.volumes.look(point.source));
        }
        TRY(check_sharing(point, place));
      }
    }
    const auto tree = TRY(open_tree(container, Guarded::No));
    TRY(tree->make_mount_points(world_.clock.now()));
    for (const auto& point : points) {
      if (point.type == MountType::Tmpfs) TRY(check_memory(*tree, point.destination));
      if (point.type != MountType::Bind) continue;
      const HostPlace place = TRY(world_.volumes.look(point.source));
      const auto target = TRY(tree->below(point.destination));
      if (target.meta && (target.meta->type == image::EntryType::Directory) != (place.kind == HostPlace::Kind::Directory))
        return wrong_kind(point.source, target.path, kBindFlags);
    }
    for (const auto& [path, options] : memories) TRY(check_memory(*tree, path));
    return {};
  };
  auto done = run();
  if (!done.ok())
    for (const auto& name : mounted) ignore(world_.volumes.unmount(name));
  return done;
}

void EngineImpl::tell_mounted(const Container& container, OpId op) {
  for (const auto& point : uncovered_mounts(container))
    if (point.type == MountType::Volume) tracer_.emit(op, event::Volume(event::VolumeMounted{point.name, container.id, point.destination, point.writable}));
}

// May be called without the lock: it looks at nothing of the engine's.
std::vector<event::Volume> EngineImpl::unmount_volumes(const Container& container) {
  std::vector<event::Volume> facts;
  for (const auto& point : uncovered_mounts(container))
    if (point.type == MountType::Volume && world_.volumes.unmount(point.name).ok()) facts.emplace_back(event::VolumeUnmounted{point.name, container.id});
  return facts;
}

Result<std::vector<ContainerMount>> EngineImpl::mounts_of(const Container& container) {
  std::vector<ContainerMount> out;
  for (const auto& point : uncovered_mounts(container)) {
    ContainerMount mount;
    mount.destination = point.destination;
    mount.writable = point.writable;
    switch (point.type) {
      case MountType::Bind:
        mount.kind = ContainerMount::Kind::Host;
        mount.source = point.source;
        mount.propagation = point.propagation;
        mount.recursive = point.recursive;
        break;
      case MountType::Volume:
        mount.kind = ContainerMount::Kind::Volume;
        mount.source = point.source;
        mount.volume = point.name;
        break;
      case MountType::Tmpfs:
        mount.kind = ContainerMount::Kind::Memory;
        mount.options = point.options;
        break;
    }
    out.push_back(std::move(mount));
  }
  for (const auto& [path, options] : container.host.isolation.tmpfs) {
    ContainerMount& mount = out.emplace_back();
    mount.kind = ContainerMount::Kind::Memory;
    mount.destination = clean_path(path);
    mount.options = options;
  }
  std::stable_sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return depth(a.destination) < depth(b.destination); });
  return out;
}

}  // namespace strates::engine
