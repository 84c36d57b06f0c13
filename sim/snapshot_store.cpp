#include "sim/snapshot_store.hpp"

#include "base/strings.hpp"
#include "sim/tree/synthetic.hpp"

namespace strates::sim {

SnapshotState* SnapshotStore::find(std::string_view key) {
  const auto found = state_.snapshots.find(key);
  return found == state_.snapshots.end() ? nullptr : &found->second;
}

std::vector<UnionLayer> SnapshotStore::image_layers(const std::vector<ChainId>& layers) const {
  std::vector<UnionLayer> out;
  for (size_t i = layers.size(); i-- > 0;) {
    const auto found = state_.layers.find(layers[i]);
    if (found != state_.layers.end()) out.push_back({&found->second.tree, found->first.str()});
  }
  return out;
}

std::vector<UnionLayer> SnapshotStore::lowers(const SnapshotState& snapshot) const {
  std::vector<UnionLayer> out = image_layers(snapshot.layers);
  if (snapshot.has_init) out.insert(out.begin(), UnionLayer{&snapshot.init, "init"});
  return out;
}

UnionTree SnapshotStore::merged(std::string_view key, SnapshotState& snapshot) {
  return UnionTree(snapshot.upper, lowers(snapshot), state_.inodes, clock_, watch_of(key));
}

RunState& SnapshotStore::run_of(SnapshotState& snapshot) {
  if (!snapshot.run) {
    snapshot.run.emplace();
    snapshot.run->dev = make_dev(clock_.now(), state_.inodes);
  }
  return *snapshot.run;
}

void SnapshotStore::add_mounts(RunState& run, Mounts& to) {
  for (auto& mount : run.mounts) {
    const auto volume = state_.volumes.find(mount.volume);
    Tree& tree = volume == state_.volumes.end() ? mount.memory : volume->second.tree;
    to.add(mount.path, mount.writable ? MountKind::Memory : MountKind::ReadOnly, UnionTree(tree, {}, state_.inodes, clock_, nullptr));
  }
}

const Watch* SnapshotStore::watch_of(std::string_view key) const {
  const auto found = watches.find(key);
  return found == watches.end() ? nullptr : &found->second;
}

std::string layer_directory(const ChainId& layer) { return "/sim/layers/" + replace_all(layer.str(), "sha256:", "") + "/files"; }

engine::MountedSnapshot paths_of(const std::string& key, const SnapshotState& snapshot) {
  const std::string own = "/sim/snapshots/" + key;
  engine::MountedSnapshot paths;
  if (snapshot.has_init) paths.lower.push_back(own + "/init");
  for (size_t i = snapshot.layers.size(); i-- > 0;) paths.lower.push_back(layer_directory(snapshot.layers[i]));
  paths.upper = own + "/upper";
  paths.work = own + "/work";
  paths.merged = own + "/merged";
  return paths;
}

}  // namespace strates::sim
