// Entries of a layer's archive become a Tree in overlayfs's form. The archive is hostile: no link is followed, and what a layer cannot hold is
// refused: code layer.invalid, or layer.too-large. The same rules as the Linux world's unpacking.
#pragma once

#include "base/result.hpp"
#include "sim/tree/union_tree.hpp"

namespace strates::sim {

struct LayerCounts {
  std::uint64_t entries = 0, whiteouts = 0, bytes = 0;
};

class LayerBuilder {
 public:
  // `below`: what it will lie on, for directories that the archive only passes through. `inodes`: the world's last inode number. Both outlive it.
  LayerBuilder(const UnionTree& below, std::uint64_t& inodes) : below_(below), inodes_(inodes) {}

  // All the entries, in the archive's order; for one name the last wins, a whiteout never hides what its own layer brings.
  Result<void> read(image::LayerReader& archive);
  Result<void> add(const image::LayerEntry& entry, Ref<Content> content);

  const LayerCounts& counts() const { return counts_; }
  Tree take() { return std::move(tree_); }

 private:
  Result<void> make_parents(std::string_view directory);
  Result<void> whiteout(const std::string& path);
  Result<void> hard_link(const image::LayerEntry& entry);
  void directory(const image::LayerEntry& entry);

  const UnionTree& below_;
  std::uint64_t& inodes_;
  Tree tree_;
  LayerCounts counts_;
};

}  // namespace strates::sim
