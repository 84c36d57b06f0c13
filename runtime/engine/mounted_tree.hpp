// A container's files as its processes have them: its own tree with other trees mounted in it, as one. What `docker cp` sees.
//
// Links are resolved here, component by component, from mount to mount; each tree keeps what is done in it inside its own root, so that whatever a process
// changes meanwhile, nothing leads out. Not thread-safe.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/ports.hpp"

namespace strates::engine {

struct TreeMount {
  std::string destination;  // "" for the root, otherwise absolute and clean
  std::unique_ptr<TreeEditor> tree;
  std::string inside;       // what of that tree is mounted: "/", or one file of it
  bool writable = true;
  std::string asked = {};   // `destination` before links were followed
};

// A path without links, or the place where it would be.
struct TreePlace {
  std::string path;  // absolute, clean
  std::optional<image::EntryMeta> meta;
  bool writable = true;
  bool mounted = false;  // in a mount, not in the container's own tree
};

class MountedTree {
 public:
  // The first is the root.
  explicit MountedTree(std::vector<TreeMount> mounts);

  // Makes what the mounts need in the trees that hold them: directories, or an empty file for a file.
  Result<void> make_mount_points(Nanos now);
  // Links in the last component are followed or kept. A parent that is absent: none of `meta`. code tree.links
  Result<TreePlace> find(std::string_view path, TreeEditor::Follow last);
  // What lies under a mount point, in the tree that holds it.
  Result<TreePlace> below(std::string_view destination);
  // `path` as find gave it, from here on.
  Result<std::unique_ptr<image::LayerReader>> archive(const std::string& path);
  Result<void> put(const std::string& path, const image::EntryMeta& meta, ByteSource* content);
  Result<void> remove(const std::string& path);
  // A hard link needs the name of the file inside the same tree. code tree.cross-device
  Result<void> link(const std::string& path, const std::string& existing, image::EntryMeta meta);

 private:
  friend class MountedArchive;
  const TreeMount& mount_of(std::string_view path) const;
  static std::string inside(const TreeMount& mount, std::string_view path);
  // Mounts right inside this path, each with what is below it left to itself.
  std::vector<const TreeMount*> mounts_below(const std::string& path) const;

  std::vector<TreeMount> mounts_;
};

}  // namespace strates::engine
