// The layer that the engine lays between image and writable layer: mount points and files every container needs, on the image's own directories.
#pragma once

#include "sim/snapshot_store.hpp"

namespace strates::sim {

struct InitTree {
  Tree tree;
  HiddenEntries hidden;
};

// Directories that the image has keep its attributes; everything else lies over what the image has. code snapshot.init
Result<InitTree> make_init_tree(const UnionTree& image, const std::vector<engine::InitEntry>& entries, std::uint64_t& inodes);

}  // namespace strates::sim
