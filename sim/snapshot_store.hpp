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

// A volume: what is in it, and how many have it.
struct VolumeState {
  Tree tree;
  int mounts = 0;
  bool memory = false;  // its device is a tmpfs: emptied when nobody has it
};

// A volume, or memory of its own, mounted in a running container.
struct RunMount {
  std::string path;    // absolute, without links
  std::string volume;  // empty: memory
  std::string options = {};  // of memory, as /proc/mounts shows them after rw or ro
  bool writable = true;
  Tree memory = {};
};

// What exists while a container runs, and goes with it.
struct RunState {
  Tree dev;  // tmpfs on /dev, with /dev/shm inside
  BoundFiles bound;
  std::vector<RunMount> mounts;
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
  std::map<std::string, VolumeState, std::less<>> volumes;
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
  // The volumes of a running container, in the order they were mounted.
  void add_mounts(RunState& run, Mounts& to);

  // Who watches which snapshot.
  std::map<std::string, Watch, std::less<>> watches;
  const Watch* watch_of(std::string_view key) const;

 private:
  Clock& clock_;
  SnapshotsState state_;
};

std::string layer_directory(const ChainId& layer);
// Where a kernel would have mounted it; also what /proc/mounts says.
engine::MountedSnapshot paths_of(const std::string& key, const SnapshotState& snapshot);

}  // namespace strates::sim
