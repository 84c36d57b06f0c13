#include "linux/snapshot/overlay_snapshots.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "base/strings.hpp"
#include "linux/snapshot/entry_meta.hpp"
#include "linux/snapshot/init_layer.hpp"
#include "linux/snapshot/overlay_tree_editor.hpp"
#include "linux/snapshot/temporary_directory.hpp"
#include "linux/snapshot/tree_reader.hpp"

namespace strates::linux_world {

namespace {

using engine::LayerInfo;
using engine::MountedSnapshot;

constexpr std::string_view kTemporary = "tmp-";
constexpr std::string_view kEmptyInit = "empty";  // overlayfs wants at least one lower directory
constexpr std::uint64_t kMostRecord = 4 << 20;

Error corrupt(const std::string& path, const Error& why) {
  return make_error(ErrorKind::Internal, "store.corrupt", "open store", path, why.explanation(), "move this directory away; what used it must be made again");
}

// Keys and layers' names become directories.
Result<void> check_key(const SnapshotKey& key) {
  const std::string& text = key.str();
  const bool fine = !text.empty() && text.size() <= 128 && text.front() != '.' && !text.starts_with(kTemporary) &&
                    std::all_of(text.begin(), text.end(), [](unsigned char c) { return (c < 0x80 && std::isalnum(c) != 0) || c == '-' || c == '_' || c == '.'; });
  if (!fine) return make_error(ErrorKind::Invalid, "snapshot.key", "name snapshot", text.substr(0, 128), "letters, digits, '-', '_' and '.' only");
  return success();
}

std::string hex_of(const ChainId& layer) {
  const std::string_view text = layer.str();
  return std::string(text.starts_with("sha256:") ? text.substr(7) : text);
}

// The root of a writable layer looks like the root below it.
Result<void> copy_root_attributes(const std::string& from, int to_parent, const std::string& to) {
  image::EntryMeta meta;
  meta.type = image::EntryType::Directory;
  meta.mode = 0755;
  if (!from.empty()) {
    const UniqueFd fd = TRY(open_directory(from));
    struct stat st{};
    if (::fstat(fd.get(), &st) != 0) return system_error("stat", from, errno);
    meta = TRY(meta_from(st, fd.get(), "."));
  }
  return apply_meta(to_parent, to, meta);
}

}  // namespace

Error no_layer(const ChainId& layer) { return make_error(ErrorKind::NotFound, "layer.not-found", "find layer", layer.str(), "no such layer is kept"); }

// ------------------------------------------------------------------------------------------------------------------------------- the store

Result<std::unique_ptr<OverlaySnapshots>> OverlaySnapshots::open(const std::string& root, engine::Blobs& blobs, engine::Hasher& hasher,
                                                                 engine::ArchiveReader& archives, MountWay way) {
  TRY(make_directories(root, 0700));
  char* real = ::realpath(root.c_str(), nullptr);  // as mountinfo and the kernel will name it
  if (real == nullptr) return system_error("resolve", root, errno);
  std::unique_ptr<OverlaySnapshots> store(new OverlaySnapshots(real, blobs, hasher, archives, way));
  std::free(real);
  TRY(store->load());
  return store;
}

Result<void> OverlaySnapshots::load() {
  for (const auto& [name, fd] : {std::pair{"layers", &layers_fd_}, std::pair{"init", &init_fd_}, std::pair{"snapshots", &snapshots_fd_}}) {
    TRY(make_directories(root_ + "/" + name, 0700));
    *fd = TRY(open_directory(root_ + "/" + name));
    for (const auto& left : TRY(names_in(fd->get(), name)))
      if (left.starts_with(kTemporary)) TRY(remove_tree(fd->get(), left));
  }
  TRY(make_directories(root_ + "/init/" + std::string(kEmptyInit), 0755));
  for (const auto& name : TRY(names_in(layers_fd_.get(), "layers"))) {
    const std::string path = root_ + "/layers/" + name;
    const UniqueFd fd = TRY(open_directory_at(layers_fd_.get(), name));
    auto record = [&]() -> Result<LayerRecord> { return read_layer_record(TRY(read_file_at(fd.get(), "info.json", kMostRecord))); }();
    if (!record.ok()) return corrupt(path, record.error());
    if (hex_of(record.value().info.chain_id) != name) return corrupt(path, make_error(ErrorKind::Internal, "", "", "", "it names another layer"));
    const ChainId chain = record.value().info.chain_id;
    layers_.emplace(chain, std::move(record).value());
  }
  for (const auto& name : TRY(names_in(snapshots_fd_.get(), "snapshots"))) {
    const std::string path = root_ + "/snapshots/" + name;
    const UniqueFd fd = TRY(open_directory_at(snapshots_fd_.get(), name));
    auto record = [&]() -> Result<SnapshotRecord> { return read_snapshot_record(TRY(read_file_at(fd.get(), "lower.json", kMostRecord))); }();
    if (!record.ok()) return corrupt(path, record.error());
    for (const auto& layer : record.value().layers)
      if (!has_layer(layer)) return corrupt(path, no_layer(layer));
    // Its files were becoming a layer when the daemon died: that layer is not there, nor are they.
    if (!TRY(stat_at(fd.get(), "upper"))) TRY(give_upper(name, record.value()));
    share_hidden(record.value());
    snapshots_[SnapshotKey(name)].record = std::move(record).value();
  }
  return drop_unused_init();
}

Result<void> OverlaySnapshots::drop_unused_init() {
  for (const auto& name : TRY(names_in(init_fd_.get(), "init"))) {
    const bool used = name == kEmptyInit || std::any_of(snapshots_.begin(), snapshots_.end(), [&](const auto& entry) { return entry.second.record.init == name; });
    if (!used) TRY(remove_tree(init_fd_.get(), name));
  }
  return success();
}

Result<void> OverlaySnapshots::forget_stale_mounts(const std::vector<SnapshotKey>& keep) {
  const std::lock_guard lock(mutex_);
  for (const auto& overlay : TRY(overlays_below(root_ + "/snapshots"))) {
    bool kept = false;
    for (const auto& key : keep) {
      const auto found = snapshots_.find(key);
      if (found == snapshots_.end() || paths_of(key, found->second.record).merged != overlay.target) continue;
      found->second.mounts = std::max(found->second.mounts, 1);
      kept = true;
    }
    if (!kept) TRY(unmount_overlay(overlay.target));
  }
  return success();
}

// A thousand containers of one image hold what is hidden in them once. Locked by the caller.
void OverlaySnapshots::share_hidden(SnapshotRecord& record) {
  std::weak_ptr<const HiddenEntries>& known = hidden_[record.init];
  const auto held = known.lock();
  if (held && *held == *record.hidden) record.hidden = held;
  else known = record.hidden;
}

std::string OverlaySnapshots::next_temporary() {
  const std::lock_guard lock(mutex_);
  return std::string(kTemporary) + std::to_string(next_++);
}

void OverlaySnapshots::pin(const std::vector<ChainId>& layers, int by) {
  for (const auto& layer : layers)
    if ((pins_[layer] += by) == 0) pins_.erase(layer);
}

std::string OverlaySnapshots::layer_directory(const ChainId& layer) const { return root_ + "/layers/" + hex_of(layer) + "/diff"; }

std::vector<std::string> OverlaySnapshots::stack_below(const std::optional<ChainId>& parent) const {
  std::vector<std::string> directories;
  for (auto at = parent; at;) {
    directories.push_back(layer_directory(*at));
    const auto found = layers_.find(*at);
    at = found == layers_.end() ? std::nullopt : found->second.parent;
  }
  return directories;
}

// --------------------------------------------------------------------------------------------------------------------------------- layers

bool OverlaySnapshots::has_layer(const ChainId& layer) {
  const std::lock_guard lock(mutex_);
  return layers_.count(layer) != 0;
}

Result<LayerInfo> OverlaySnapshots::layer_info(const ChainId& layer) {
  const std::lock_guard lock(mutex_);
  const auto found = layers_.find(layer);
  if (found == layers_.end()) return no_layer(layer);
  return found->second.info;
}

Result<std::vector<ChainId>> OverlaySnapshots::list_layers() {
  const std::lock_guard lock(mutex_);
  std::vector<ChainId> list;
  for (const auto& [chain, record] : layers_) list.push_back(chain);
  return list;
}

Result<LayerInfo> OverlaySnapshots::keep(TemporaryDirectory& temporary, LayerRecord record) {
  TRY(replace_file_at(temporary.fd(), "info.json", write_layer_record(record), Durability::Process));
  const std::lock_guard lock(mutex_);
  const ChainId chain = record.info.chain_id;
  const auto known = layers_.find(chain);
  if (known != layers_.end()) return known->second.info;
  TRY(temporary.rename_to(hex_of(chain)));
  return layers_.emplace(chain, std::move(record)).first->second.info;
}

Result<void> OverlaySnapshots::remove_layer(const ChainId& layer) {
  std::string leaving;
  {
    const std::lock_guard lock(mutex_);
    if (layers_.count(layer) == 0) return no_layer(layer);
    std::string user;
    for (const auto& [chain, record] : layers_)
      if (record.parent == layer) user = "layer " + chain.str() + " lies on it";
    for (const auto& [key, snapshot] : snapshots_)
      if (std::find(snapshot.record.layers.begin(), snapshot.record.layers.end(), layer) != snapshot.record.layers.end()) user = "snapshot " + key.str() + " uses it";
    if (pins_.count(layer) != 0) user = "an operation is using it";
    if (!user.empty()) return make_error(ErrorKind::Conflict, "layer.in-use", "remove layer", layer.str(), user);
    leaving = std::string(kTemporary) + std::to_string(next_++);
    if (::renameat(layers_fd_.get(), hex_of(layer).c_str(), layers_fd_.get(), leaving.c_str()) != 0) return system_error("remove layer", layer.str(), errno);
    layers_.erase(layer);
  }
  return remove_tree(layers_fd_.get(), leaving);
}

// ------------------------------------------------------------------------------------------------------------------------------ snapshots

Result<OverlaySnapshots::Snapshot*> OverlaySnapshots::find(const SnapshotKey& key) {
  const auto found = snapshots_.find(key);
  if (found == snapshots_.end()) return make_error(ErrorKind::NotFound, "snapshot.not-found", "find snapshot", key.str(), "no such snapshot");
  return &found->second;
}

MountedSnapshot OverlaySnapshots::paths_of(const SnapshotKey& key, const SnapshotRecord& record) const {
  const std::string own = root_ + "/snapshots/" + key.str();
  MountedSnapshot where{{}, own + "/upper", own + "/work", own + "/merged"};
  if (!record.init.empty()) where.lower.push_back(root_ + "/init/" + record.init);
  for (auto layer = record.layers.rbegin(); layer != record.layers.rend(); ++layer) where.lower.push_back(layer_directory(*layer));
  if (where.lower.empty()) where.lower.push_back(root_ + "/init/" + std::string(kEmptyInit));
  return where;
}

Result<MountedSnapshot> OverlaySnapshots::paths(const SnapshotKey& key) {
  const std::lock_guard lock(mutex_);
  return paths_of(key, TRY(find(key))->record);
}

Result<void> OverlaySnapshots::prepare(const SnapshotKey& key, const std::vector<ChainId>& layers, const std::vector<engine::InitEntry>& init,
                                       engine::Writes writes) {
  TRY(check_key(key));
  std::vector<std::string> stack;
  {
    const std::lock_guard lock(mutex_);
    if (snapshots_.count(key) != 0) return make_error(ErrorKind::Conflict, "snapshot.exists", "prepare snapshot", key.str(), "it exists already");
    for (const auto& layer : layers) {
      if (layers_.count(layer) == 0) return no_layer(layer);
      stack.insert(stack.begin(), layer_directory(layer));
    }
    pin(layers, +1);
  }
  auto prepared = [&]() -> Result<void> {
    SnapshotRecord record;
    record.layers = layers;
    record.writes = writes;
    InitLayer made = TRY(make_init_layer(init_fd_.get(), next_temporary(), TRY(MergedDir::open(stack)), init, hasher_));
    record.init = std::move(made.name);
    record.hidden = std::make_shared<HiddenEntries>(std::move(made.hidden));
    TemporaryDirectory temporary = TRY(TemporaryDirectory::make(snapshots_fd_.get(), next_temporary()));
    for (const char* name : {"upper", "work", "merged"}) TRY(temporary.make_inside(name));
    TRY(copy_root_attributes(stack.empty() ? "" : stack.front(), temporary.fd(), "upper"));
    TRY(replace_file_at(temporary.fd(), "lower.json", write_snapshot_record(record), Durability::Process));
    const std::lock_guard lock(mutex_);
    TRY(temporary.rename_to(key.str()));
    share_hidden(record);
    snapshots_[key].record = std::move(record);
    return success();
  }();
  const std::lock_guard lock(mutex_);
  pin(layers, -1);
  return prepared;
}

Result<MountedSnapshot> OverlaySnapshots::mount(const SnapshotKey& key) {
  const std::lock_guard lock(mutex_);
  Snapshot* snapshot = TRY(find(key));
  MountedSnapshot where = paths_of(key, snapshot->record);
  // Mounted by an earlier daemon that nobody told about: that mount is the same.
  if (snapshot->mounts == 0 && !TRY(is_mount_point(where.merged))) TRY(mount_overlay(where, way_, snapshot->record.writes));
  ++snapshot->mounts;
  return where;
}

Result<void> OverlaySnapshots::unmount(const SnapshotKey& key) {
  const std::lock_guard lock(mutex_);
  Snapshot* snapshot = TRY(find(key));
  if (snapshot->mounts == 0) return make_error(ErrorKind::Conflict, "snapshot.not-mounted", "unmount snapshot", key.str(), "it is not mounted");
  if (snapshot->mounts == 1) TRY(unmount_overlay(paths_of(key, snapshot->record).merged));
  --snapshot->mounts;
  return success();
}

Result<UniqueFd> OverlaySnapshots::mount_and_open(const SnapshotKey& key) {
  const MountedSnapshot where = TRY(mount(key));
  auto root = open_directory(where.merged);
  if (!root.ok()) ignore(unmount(key));
  return root;
}

Result<std::unique_ptr<engine::TreeEditor>> OverlaySnapshots::edit(const SnapshotKey& key) {
  UniqueFd root = TRY(mount_and_open(key));
  return std::unique_ptr<engine::TreeEditor>(std::make_unique<OverlayTreeEditor>(std::move(root), [this, key] { ignore(unmount(key)); }));
}

Result<std::unique_ptr<image::LayerReader>> OverlaySnapshots::export_tree(const SnapshotKey& key) {
  UniqueFd root = TRY(mount_and_open(key));
  return std::unique_ptr<image::LayerReader>(std::make_unique<TreeReader>(std::move(root), TreeForm::Plain, [this, key] { ignore(unmount(key)); }));
}

Result<OverlaySnapshots::Opened> OverlaySnapshots::open_upper(const SnapshotKey& key) {
  Opened opened;
  MountedSnapshot where;
  {
    const std::lock_guard lock(mutex_);
    opened.record = TRY(find(key))->record;
    where = paths_of(key, opened.record);
  }
  opened.upper = TRY(open_directory(where.upper));
  opened.below = TRY(MergedDir::open(where.lower));
  return opened;
}

Result<std::vector<engine::Change>> OverlaySnapshots::diff(const SnapshotKey& key) {
  const Opened opened = TRY(open_upper(key));
  return diff_upper(opened.upper.get(), opened.below, *opened.record.hidden);
}

Result<bool> OverlaySnapshots::is_unused(const SnapshotKey& key) {
  const std::lock_guard lock(mutex_);
  const Snapshot* snapshot = TRY(find(key));
  return snapshot->mounts == 0 && !TRY(is_mount_point(paths_of(key, snapshot->record).merged));
}

// A fresh writable layer where one was taken away.
Result<void> OverlaySnapshots::give_upper(const std::string& snapshot, const SnapshotRecord& record) {
  const UniqueFd own = TRY(open_directory_at(snapshots_fd_.get(), snapshot));
  if (::mkdirat(own.get(), "upper", 0755) != 0) return system_error("make writable layer of", snapshot, errno);
  return copy_root_attributes(record.layers.empty() ? "" : layer_directory(record.layers.back()), own.get(), "upper");
}

Result<std::uint64_t> OverlaySnapshots::usage(const SnapshotKey& key) {
  const Opened opened = TRY(open_upper(key));
  return usage_of_upper(opened.upper.get(), *opened.record.hidden);
}

Result<void> OverlaySnapshots::remove(const SnapshotKey& key) {
  std::string leaving;
  {
    const std::lock_guard lock(mutex_);
    const auto found = snapshots_.find(key);
    if (found == snapshots_.end()) return success();
    if (found->second.mounts > 0)
      return make_error(ErrorKind::Conflict, "snapshot.mounted", "remove snapshot", key.str(), "it is mounted", "stop what uses it first");
    const std::string merged = paths_of(key, found->second.record).merged;
    if (TRY(is_mount_point(merged))) TRY(unmount_overlay(merged));
    leaving = std::string(kTemporary) + std::to_string(next_++);
    if (::renameat(snapshots_fd_.get(), key.str().c_str(), snapshots_fd_.get(), leaving.c_str()) != 0) return system_error("remove snapshot", key.str(), errno);
    snapshots_.erase(found);
  }
  return remove_tree(snapshots_fd_.get(), leaving);
}

Result<std::vector<SnapshotKey>> OverlaySnapshots::list_snapshots() {
  const std::lock_guard lock(mutex_);
  std::vector<SnapshotKey> list;
  for (const auto& [key, snapshot] : snapshots_) list.push_back(key);
  return list;
}

}  // namespace strates::linux_world
