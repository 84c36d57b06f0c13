// The state behind snapshots: layers and writable layers as values. Copying a SnapshotsState keeps a moment of the world.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/ports.hpp"
#include "sim/tree/mounts.hpp"
#include "sim/tree/upper_changes.hpp"
#include "sim/vfs.hpp"

namespace strates::sim {

struct LayerState {
  Tree tree;
  engine::LayerInfo info;
  std::optional<ChainId> parent;
};

// What exists while a container runs, and goes with it.
struct RunState {
  Tree dev;  // tmpfs on /dev, with /dev/shm inside
  BoundFiles bound;
  std::function<std::vector<ProcEntry>()> processes;
};

struct SnapshotState {
  std::vector<ChainId> layers;  // bottom first
  Tree init, upper;
  bool has_init = false;
  HiddenEntries hidden;
  int mounts = 0;
  std::optional<RunState> run;
};

struct SnapshotsState {
  std::map<ChainId, LayerState> layers;
  std::map<std::string, SnapshotState, std::less<>> snapshots;
  std::uint64_t inodes = 1000;  // the last one given
};

class SnapshotStore {
 public:
  explicit SnapshotStore(Clock& clock) : clock_(clock) {}

  SnapshotsState& state() { return state_; }
  const SnapshotsState& state() const { return state_; }
  Clock& clock() { return clock_; }

  SnapshotState* find(std::string_view key);
  // The layers under a writable one, top first. Labels live as long as the layers.
  std::vector<UnionLayer> lowers(const SnapshotState& snapshot) const;
  std::vector<UnionLayer> image_layers(const std::vector<ChainId>& layers) const;
  UnionTree merged(std::string_view key, SnapshotState& snapshot);
  RunState& run_of(SnapshotState& snapshot);

  // Who watches which snapshot.
  std::map<std::string, Watch, std::less<>> watches;
  const Watch* watch_of(std::string_view key) const;

 private:
  Clock& clock_;
  SnapshotsState state_;
};

// Where a kernel would have mounted it; also what /proc/mounts says.
engine::MountedSnapshot paths_of(const std::string& key, const SnapshotState& snapshot);

}  // namespace strates::sim
