// Layers and writable snapshots as directories, merged by the kernel's overlayfs.
//
//   ROOT/layers/HEX/diff, info.json            one per layer, HEX of its ChainID; immutable
//   ROOT/init/DIGEST/                          engine's entries, shared
//   ROOT/snapshots/KEY/upper, work, merged, lower.json
//
// Everything is made under a name tmp-N and renamed when complete: after a crash, a thing is there whole or not at all, and opening removes the rest. What
// is there outlives the daemon's death; a power failure may take files of the last seconds, which importing the layer's blob again brings back.
//
// Compression is taken away first, and the uncompressed bytes are what is hashed and kept while the archive is read: DiffIDs of foreign layers come out right.
//
// Any thread. Objects that `edit` and `export_tree` give must go before this. One daemon per root.
#pragma once

#include <map>
#include <memory>
#include <mutex>

#include "engine/ports.hpp"
#include "linux/snapshot/overlay_mount.hpp"
#include "linux/snapshot/store_records.hpp"
#include "linux/storage/files.hpp"

namespace strates::linux_world {

class TemporaryDirectory;
Error no_layer(const ChainId& layer);  // code layer.not-found

class OverlaySnapshots : public engine::Snapshots {
 public:
  // `root` is made when absent. The other ports must outlive it. code store.corrupt
  static Result<std::unique_ptr<OverlaySnapshots>> open(const std::string& root, engine::Blobs& blobs, engine::Hasher& hasher, engine::ArchiveReader& archives,
                                                        MountWay way = MountWay::Newest);

  // Mounts that an earlier daemon left: those of `keep` (containers that are still running) count as mounted once, the others are unmounted.
  // Call once, after opening and before anything is mounted.
  Result<void> forget_stale_mounts(const std::vector<SnapshotKey>& keep);

  bool has_layer(const ChainId& layer) override;
  Result<engine::LayerInfo> import_layer(const std::optional<ChainId>& parent, ByteSource& tar, const Emit& emit) override;
  Result<engine::LayerInfo> add_layer(const std::optional<ChainId>& parent, ByteSource& tar) override;
  Result<void> remove_layer(const ChainId& layer) override;
  Result<std::vector<ChainId>> list_layers() override;
  std::string layer_directory(const ChainId& layer) const override;
  Result<engine::LayerInfo> layer_info(const ChainId& layer);  // code layer.not-found

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

 private:
  struct Snapshot {
    SnapshotRecord record;
    int mounts = 0;
  };
  struct Opened {  // a snapshot's upper directory and what is below it
    SnapshotRecord record;
    UniqueFd upper;
    MergedDir below;
    std::optional<ChainId> parent() const { return record.layers.empty() ? std::nullopt : std::optional(record.layers.back()); }
  };

  OverlaySnapshots(std::string root, engine::Blobs& blobs, engine::Hasher& hasher, engine::ArchiveReader& archives, MountWay way)
      : root_(std::move(root)), blobs_(blobs), hasher_(hasher), archives_(archives), way_(way) {}

  Result<void> load();
  Result<void> drop_unused_init();
  engine::MountedSnapshot paths_of(const SnapshotKey& key, const SnapshotRecord& record) const;
  std::vector<std::string> stack_below(const std::optional<ChainId>& parent) const;  // directories, top first; locked by the caller
  Result<Snapshot*> find(const SnapshotKey& key);                                    // locked by the caller
  Result<Opened> open_upper(const SnapshotKey& key);
  class Making;
  class Standing;
  Result<LayerRecord> unpack(ByteSource& tar, const UniqueFd& root, const MergedDir& below);
  LayerRecord named(LayerRecord record, const std::optional<ChainId>& parent, const DiffId& diff);
  void forget_bytes(const Digest& digest);
  Result<LayerRecord> write_layer(const UniqueFd& root, const std::optional<ChainId>& parent, const image::TarOptions& options);
  Result<void> give_upper(const std::string& snapshot, const SnapshotRecord& record);
  Result<bool> is_unused(const SnapshotKey& key);
  Result<engine::LayerInfo> keep(TemporaryDirectory& temporary, LayerRecord record);
  Result<UniqueFd> mount_and_open(const SnapshotKey& key);
  void share_hidden(SnapshotRecord& record);
  std::string next_temporary();
  void pin(const std::vector<ChainId>& layers, int by);

  std::string root_;
  engine::Blobs& blobs_;
  engine::Hasher& hasher_;
  engine::ArchiveReader& archives_;
  MountWay way_;
  UniqueFd layers_fd_, init_fd_, snapshots_fd_;

  std::mutex mutex_;
  std::map<ChainId, LayerRecord> layers_;
  std::map<SnapshotKey, Snapshot> snapshots_;
  std::map<std::string, std::weak_ptr<const HiddenEntries>> hidden_;  // by init layer: the last one that was asked for
  std::map<ChainId, int> pins_;  // layers that a running import, commit or prepare stands on
  int makers_ = 0;  // calls under way that make a layer
  std::uint64_t next_ = 0;
};

}  // namespace strates::linux_world
