// engine::Snapshots in memory, with the results of the Linux world's: the same digests, the same diffs, the same codes.
//
// Codes: layer.not-found, layer.in-use, layer.invalid, layer.too-large, layer.compressed, snapshot.exists, snapshot.not-found, snapshot.not-mounted,
// snapshot.mounted, snapshot.key, snapshot.init. Not thread-safe: the simulator has one thread.
#pragma once

#include <functional>

#include "engine/ports.hpp"
#include "sim/snapshot_store.hpp"
#include "sim/vfs.hpp"

namespace strates::sim {

// Takes compression away and nothing else (adapters::open_decompressed). Without one, a compressed layer is refused: layer.compressed.
using Decompress = std::function<Result<std::unique_ptr<ByteSource>>(ByteSource&)>;

class SimSnapshots : public engine::Snapshots, public VfsProvider {
 public:
  // All outlive this.
  SimSnapshots(SnapshotStore& store, engine::Blobs& blobs, engine::Hasher& hasher, engine::ArchiveReader& archives, Decompress decompress = {})
      : store_(store), blobs_(blobs), hasher_(hasher), archives_(archives), decompress_(std::move(decompress)) {}

  bool has_layer(const ChainId& layer) override;
  Result<engine::LayerInfo> import_layer(const std::optional<ChainId>& parent, ByteSource& tar, const Emit& emit) override;
  Result<void> remove_layer(const ChainId& layer) override;
  Result<std::vector<ChainId>> list_layers() override;
  std::string layer_directory(const ChainId& layer) const override;

  Result<void> prepare(const SnapshotKey& key, const std::vector<ChainId>& layers, const std::vector<engine::InitEntry>& init,
                       engine::Writes writes = engine::Writes::Kept) override;
  Result<engine::MountedSnapshot> mount(const SnapshotKey& key) override;
  Result<void> unmount(const SnapshotKey& key) override;
  Result<engine::MountedSnapshot> paths(const SnapshotKey& key) override;
  Result<std::unique_ptr<engine::TreeEditor>> edit(const SnapshotKey& key) override;
  Result<std::vector<engine::Change>> diff(const SnapshotKey& key) override;
  Result<engine::LayerInfo> commit(const SnapshotKey& key, const image::TarOptions& options) override;
  Result<engine::LayerInfo> take(const SnapshotKey& key, const image::TarOptions& options) override;
  Result<std::uint64_t> usage(const SnapshotKey& key) override;
  Result<std::unique_ptr<image::LayerReader>> export_tree(const SnapshotKey& key) override;
  Result<void> remove(const SnapshotKey& key) override;
  Result<std::vector<SnapshotKey>> list_snapshots() override;

  // What a container's processes see. Codes snapshot.not-found; provide_file also errno.* when nothing can hold the file.
  Result<std::unique_ptr<Vfs>> open_vfs(const std::string& snapshot_key) override;
  Result<void> provide_file(const std::string& snapshot_key, std::string_view path, std::string content) override;
  void drop_provided(const std::string& snapshot_key) override;
  Result<void> attach_volume(const std::string& snapshot_key, const std::string& path, const std::string& volume, bool writable) override;
  Result<void> attach_memory(const std::string& snapshot_key, const std::string& path, const std::string& options, std::uint32_t mode, bool writable) override;
  void set_processes(const std::string& snapshot_key, std::function<std::vector<ProcEntry>()> list) override;

 private:
  Result<void> attach(const std::string& snapshot_key, const std::string& path, RunMount mount);
  Result<SnapshotState*> find(std::string_view key);
  // The layers a new one would lie on, bottom first. code layer.not-found
  Result<std::vector<ChainId>> stack_of(const std::optional<ChainId>& parent) const;
  Result<LayerState> unpack(const std::optional<ChainId>& parent, ByteSource& tar);

  SnapshotStore& store_;
  engine::Blobs& blobs_;
  engine::Hasher& hasher_;
  engine::ArchiveReader& archives_;
  Decompress decompress_;
};

}  // namespace strates::sim
