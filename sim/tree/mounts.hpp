// What a path can lead into: the root, and what is mounted inside it (/dev, /proc, /sys, provided files).
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "sim/tree/union_tree.hpp"

namespace strates::sim {

// A file bound over the container's own, on its own file system.
struct BoundFile {
  Ref<Content> content;
  image::EntryMeta meta;
  std::uint64_t inode = 0;
};
using BoundFiles = std::map<std::string, BoundFile, std::less<>>;  // by absolute path

enum class MountKind {
  Root,
  Memory,    // tmpfs
  Proc,      // nothing can be made in it
  ReadOnly,  // sysfs as containers get it
};

// The mounts as one operation sees them.
class Mounts {
 public:
  // `bound` may be null and must outlive this.
  Mounts(UnionTree root, BoundFiles* bound) : bound_(bound) { add("", MountKind::Root, std::move(root)); }

  void add(std::string path, MountKind kind, UnionTree tree) { mounts_.push_back({std::move(path), kind, std::move(tree), {}}); }
  // Built when a path first leads into it.
  void add(std::string path, MountKind kind, std::function<UnionTree()> make) { mounts_.push_back({std::move(path), kind, {}, std::move(make)}); }

  // The mount on this absolute path; the latest hides earlier ones.
  std::optional<size_t> at(std::string_view path) const;
  UnionTree& tree(size_t mount);
  MountKind kind(size_t mount) const { return mounts_[mount].kind; }
  const std::string& path(size_t mount) const { return mounts_[mount].path; }
  BoundFile* bound(std::string_view path) const;
  // Names that mounts add to a directory's listing.
  std::vector<std::string> names_in(std::string_view directory) const;

 private:
  struct Mount {
    std::string path;
    MountKind kind;
    std::optional<UnionTree> tree;
    std::function<UnionTree()> make;
  };
  std::deque<Mount> mounts_;
  BoundFiles* bound_;
};

}  // namespace strates::sim
