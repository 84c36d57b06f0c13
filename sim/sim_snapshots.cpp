#include "sim/sim_snapshots.hpp"

#include <algorithm>

#include "base/strings.hpp"
#include "sim/init_tree.hpp"
#include "sim/layer_bytes.hpp"
#include "sim/tree/layer_builder.hpp"
#include "sim/tree/overlay_view.hpp"
#include "sim/tree_editor.hpp"

namespace strates::sim {

namespace {

using engine::LayerInfo;

Error no_layer(const ChainId& layer) { return make_error(ErrorKind::NotFound, "layer.not-found", "find layer", layer.str(), "no such layer is kept"); }

// What the Linux world can name a directory: both worlds take the same keys.
bool is_key(std::string_view text) {
  if (text.empty() || text.size() > 128 || text.front() == '.' || text.starts_with("tmp-")) return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
  });
}

}  // namespace

Result<SnapshotState*> SimSnapshots::find(std::string_view key) {
  SnapshotState* snapshot = store_.find(key);
  if (snapshot == nullptr) return make_error(ErrorKind::NotFound, "snapshot.not-found", "find snapshot", key, "no such snapshot");
  return snapshot;
}

Result<std::vector<ChainId>> SimSnapshots::stack_of(const std::optional<ChainId>& parent) const {
  std::vector<ChainId> stack;
  for (auto at = parent; at;) {
    const auto found = store_.state().layers.find(*at);
    if (found == store_.state().layers.end()) return no_layer(*at);
    stack.insert(stack.begin(), *at);
    at = found->second.parent;
  }
  return stack;
}

// ------------------------------------------------------------------------------------------------------------------------------- layers

bool SimSnapshots::has_layer(const ChainId& layer) { return store_.state().layers.count(layer) != 0; }

Result<std::vector<ChainId>> SimSnapshots::list_layers() {
  std::vector<ChainId> list;
  for (const auto& [chain, layer] : store_.state().layers) list.push_back(chain);
  return list;
}

Result<LayerState> SimSnapshots::unpack(const std::optional<ChainId>& parent, ByteSource& tar) {
  const auto stack = TRY(stack_of(parent));
  PeekSource peeked(tar);
  std::unique_ptr<ByteSource> plain;
  if (TRY(peeked.is_compressed())) {
    if (!decompress_)
      return make_error(ErrorKind::NotImplemented, "layer.compressed", "unpack layer", "", "this simulator was built without decompression",
                        "give the layer as a plain tar");
    plain = TRY(decompress_(peeked));
  }
  auto blob = TRY(blobs_.create());
  TeeSource bytes(plain ? *plain : static_cast<ByteSource&>(peeked), *blob);
  auto archive = TRY(archives_.open(bytes));
  Tree nothing;
  const UnionTree below(nothing, store_.image_layers(stack), store_.state().inodes, store_.clock(), nullptr);
  LayerBuilder builder(below, store_.state().inodes);
  TRY(builder.read(*archive));
  TRY(drain(bytes));  // the reader stops at the tar's end mark; the digest is of all bytes
  LayerState layer;
  layer.parent = parent;
  layer.info.diff_id = DiffId(TRY(blob->finish()).str());
  layer.info.chain_id = image::chain_id(parent, layer.info.diff_id, hasher_);
  layer.info.bytes = builder.counts().bytes;
  layer.info.entries = builder.counts().entries;
  layer.info.whiteouts = builder.counts().whiteouts;
  layer.tree = builder.take();
  return layer;
}

Result<LayerInfo> SimSnapshots::import_layer(const std::optional<ChainId>& parent, ByteSource& tar, const Emit& emit) {
  LayerState layer = TRY(unpack(parent, tar));
  const LayerInfo info = layer.info;
  const auto [at, fresh] = store_.state().layers.try_emplace(info.chain_id, std::move(layer));
  if (fresh) emit(event::Image(event::LayerUnpacked{info.chain_id, info.diff_id, info.entries, info.bytes}));
  else emit(event::Image(event::LayerAlreadyPresent{info.chain_id, info.diff_id, info.bytes}));
  return at->second.info;
}

Result<void> SimSnapshots::remove_layer(const ChainId& layer) {
  auto& state = store_.state();
  if (state.layers.count(layer) == 0) return no_layer(layer);
  std::string user;
  for (const auto& [chain, other] : state.layers)
    if (other.parent == layer) user = "layer " + chain.str() + " lies on it";
  for (const auto& [key, snapshot] : state.snapshots)
    if (std::find(snapshot.layers.begin(), snapshot.layers.end(), layer) != snapshot.layers.end()) user = "snapshot " + key + " uses it";
  if (!user.empty()) return make_error(ErrorKind::Conflict, "layer.in-use", "remove layer", layer.str(), user);
  state.layers.erase(layer);
  return success();
}

// ---------------------------------------------------------------------------------------------------------------------------- snapshots

Result<void> SimSnapshots::prepare(const SnapshotKey& key, const std::vector<ChainId>& layers, const std::vector<engine::InitEntry>& init,
                                   engine::Writes /*writes*/) {
  if (!is_key(key.str()))
    return make_error(ErrorKind::Invalid, "snapshot.key", "name snapshot", key.str().substr(0, 128), "letters, digits, '-', '_' and '.' only");
  if (store_.find(key.str()) != nullptr) return make_error(ErrorKind::Conflict, "snapshot.exists", "prepare snapshot", key.str(), "it exists already");
  for (const auto& layer : layers)
    if (!has_layer(layer)) return no_layer(layer);
  Tree nothing;
  const UnionTree image(nothing, store_.image_layers(layers), store_.state().inodes, store_.clock(), nullptr);
  InitTree made = TRY(make_init_tree(image, init, store_.state().inodes));
  SnapshotState snapshot;
  snapshot.layers = layers;
  snapshot.has_init = !init.empty();
  snapshot.init = std::move(made.tree);
  snapshot.hidden = std::move(made.hidden);
  snapshot.upper.edit("")->mtime = store_.clock().now();
  store_.state().snapshots.emplace(key.str(), std::move(snapshot));
  return success();
}

Result<engine::MountedSnapshot> SimSnapshots::mount(const SnapshotKey& key) {
  SnapshotState* snapshot = TRY(find(key.str()));
  ++snapshot->mounts;
  return paths_of(key.str(), *snapshot);
}

Result<void> SimSnapshots::unmount(const SnapshotKey& key) {
  SnapshotState* snapshot = TRY(find(key.str()));
  if (snapshot->mounts == 0) return make_error(ErrorKind::Conflict, "snapshot.not-mounted", "unmount snapshot", key.str(), "it is not mounted");
  --snapshot->mounts;
  return success();
}

std::string SimSnapshots::layer_directory(const ChainId& layer) const { return sim::layer_directory(layer); }

Result<engine::MountedSnapshot> SimSnapshots::paths(const SnapshotKey& key) { return paths_of(key.str(), *TRY(find(key.str()))); }

Result<std::unique_ptr<engine::TreeEditor>> SimSnapshots::edit(const SnapshotKey& key) {
  TRY(mount(key));
  return std::unique_ptr<engine::TreeEditor>(std::make_unique<SimTreeEditor>(store_, key.str(), [this, key] { ignore(unmount(key)); }));
}

Result<std::vector<engine::Change>> SimSnapshots::diff(const SnapshotKey& key) {
  const SnapshotState* snapshot = TRY(find(key.str()));
  Tree nothing;
  const UnionTree below(nothing, store_.lowers(*snapshot), store_.state().inodes, store_.clock(), nullptr);
  return diff_of({snapshot->upper, below, snapshot->hidden});
}

Result<std::uint64_t> SimSnapshots::usage(const SnapshotKey& key) {
  const SnapshotState* snapshot = TRY(find(key.str()));
  Tree nothing;
  const UnionTree below(nothing, store_.lowers(*snapshot), store_.state().inodes, store_.clock(), nullptr);
  return bytes_of({snapshot->upper, below, snapshot->hidden});
}

Result<LayerInfo> SimSnapshots::commit(const SnapshotKey& key, const image::TarOptions& options) {
  const SnapshotState* snapshot = TRY(find(key.str()));
  std::optional<ChainId> parent;
  if (!snapshot->layers.empty()) parent = snapshot->layers.back();
  LayerInfo nothing;
  nothing.diff_id = DiffId(std::string(image::kEmptyLayerDiffId));
  if (parent) nothing.chain_id = *parent;
  if (TRY(diff(key)).empty()) return nothing;

  Tree empty;
  const UnionTree below(empty, store_.lowers(*snapshot), store_.state().inodes, store_.clock(), nullptr);
  const UnionTree image(empty, store_.image_layers(snapshot->layers), store_.state().inodes, store_.clock(), nullptr);
  const auto entries = entries_of({snapshot->upper, below, snapshot->hidden}, options);
  if (entries.empty()) return nothing;
  auto blob = TRY(blobs_.create());
  image::TarWriter writer(*blob, options);
  LayerBuilder builder(image, store_.state().inodes);
  LayerState layer;
  EntriesReader reader(entries);
  for (const auto& entry : entries) {
    TRY(reader.next());
    TRY(writer.add(entry.entry, entry.entry.meta.type == image::EntryType::File ? TRY(reader.content()) : nullptr));
    TRY(builder.add(entry.entry, entry.content));
    layer.info.bytes += image::counted_bytes(entry.entry.meta);
  }
  TRY(writer.finish());
  layer.parent = parent;
  layer.info.diff_id = DiffId(TRY(blob->finish()).str());
  layer.info.chain_id = image::chain_id(parent, layer.info.diff_id, hasher_);
  layer.info.entries = builder.counts().entries;
  layer.info.whiteouts = builder.counts().whiteouts;
  layer.tree = builder.take();
  const ChainId chain = layer.info.chain_id;
  return store_.state().layers.try_emplace(chain, std::move(layer)).first->second.info;
}

// Nothing is copied here anyway: trees share what they hold.
Result<LayerInfo> SimSnapshots::take(const SnapshotKey& key, const image::TarOptions& options) {
  const LayerInfo taken = TRY(commit(key, options));
  SnapshotState* snapshot = TRY(find(key.str()));
  if (snapshot->mounts > 0) return taken;
  snapshot->upper = Tree();
  snapshot->upper.edit("")->mtime = store_.clock().now();
  return taken;
}

Result<std::unique_ptr<image::LayerReader>> SimSnapshots::export_tree(const SnapshotKey& key) {
  SnapshotState* snapshot = TRY(find(key.str()));
  return std::unique_ptr<image::LayerReader>(std::make_unique<EntriesReader>(entries_of(store_.merged(key.str(), *snapshot))));
}

Result<void> SimSnapshots::remove(const SnapshotKey& key) {
  const SnapshotState* snapshot = store_.find(key.str());
  if (snapshot == nullptr) return success();
  if (snapshot->mounts > 0)
    return make_error(ErrorKind::Conflict, "snapshot.mounted", "remove snapshot", key.str(), "it is mounted", "stop what uses it first");
  store_.state().snapshots.erase(key.str());
  return success();
}

Result<std::vector<SnapshotKey>> SimSnapshots::list_snapshots() {
  std::vector<SnapshotKey> list;
  for (const auto& [key, snapshot] : store_.state().snapshots) list.emplace_back(key);
  return list;
}

// ------------------------------------------------------------------------------------------------------------------- for the processes

Result<std::unique_ptr<Vfs>> SimSnapshots::open_vfs(const std::string& snapshot_key) {
  TRY(find(snapshot_key));
  return std::unique_ptr<Vfs>(std::make_unique<OverlayView>(store_, snapshot_key));
}

// Bound where the path leads, as mount(2) follows links: /etc/hosts of an image whose /etc is a link is bound over the link's end.
Result<void> SimSnapshots::provide_file(const std::string& snapshot_key, std::string_view path, std::string content) {
  SnapshotState* snapshot = TRY(find(snapshot_key));
  RunState& run = store_.run_of(*snapshot);
  Mounts all(store_.merged(snapshot_key, *snapshot), &run.bound);
  all.add("/dev", MountKind::Memory, UnionTree(run.dev, {}, store_.state().inodes, store_.clock(), nullptr));
  store_.add_mounts(run, all);
  const Place place = TRY(walk_path(all, {}, path, LastLink::Follow, "provide file"));
  if (place.found && place.found->is_directory()) return vfs_error(Errno::IsDirectory, "provide file", path);
  BoundFile file;
  file.content = make_ref<Content>(std::move(content));
  file.meta.mtime = store_.clock().now();
  file.inode = ++store_.state().inodes;
  run.bound[place.path] = std::move(file);
  return success();
}

// Mounted where the path leads, over what is mounted there already.
Result<void> SimSnapshots::attach(const std::string& snapshot_key, const std::string& path, RunMount mount) {
  SnapshotState* snapshot = TRY(find(snapshot_key));
  RunState& run = store_.run_of(*snapshot);
  Mounts all(store_.merged(snapshot_key, *snapshot), nullptr);
  all.add("/dev", MountKind::Memory, UnionTree(run.dev, {}, store_.state().inodes, store_.clock(), nullptr));
  store_.add_mounts(run, all);
  mount.path = TRY(walk_path(all, {}, path, LastLink::Follow, "mount")).path;
  run.mounts.push_back(std::move(mount));
  return success();
}

Result<void> SimSnapshots::attach_volume(const std::string& snapshot_key, const std::string& path, const std::string& volume, bool writable) {
  if (!store_.state().volumes.contains(volume)) return make_error(ErrorKind::NotFound, "volume.not-found", "find volume", volume, "no such volume");
  RunMount mount;
  mount.volume = volume;
  mount.writable = writable;
  return attach(snapshot_key, path, std::move(mount));
}

Result<void> SimSnapshots::attach_memory(const std::string& snapshot_key, const std::string& path, const std::string& options, std::uint32_t mode, bool writable) {
  RunMount mount;
  mount.options = options;
  mount.writable = writable;
  Node* root = mount.memory.edit("");
  root->mode = static_cast<std::uint16_t>(mode);
  root->mtime = store_.clock().now();
  root->inode = ++store_.state().inodes;
  return attach(snapshot_key, path, std::move(mount));
}

void SimSnapshots::drop_provided(const std::string& snapshot_key) {
  if (SnapshotState* snapshot = store_.find(snapshot_key)) snapshot->run.reset();
}

void SimSnapshots::set_processes(const std::string& snapshot_key, std::function<std::vector<ProcEntry>()> list) {
  if (SnapshotState* snapshot = store_.find(snapshot_key)) store_.run_of(*snapshot).processes = std::move(list);
}

}  // namespace strates::sim
