// overlayfs's merge of layers (kernel documentation, filesystems/overlayfs.rst), mounted as Docker does: redirect_dir=off, index=off, metacopy=off.
//
// Look-ups go from the top down: a whiteout ends the search, directories merge until one is opaque or meets what is no directory. Every change is
// made in the upper layer: parents and the object are copied up first. Here a path is relative, clean and without symbolic links to follow;
// who may do what is the caller's business (PathWalk, OverlayView). With one layer only it is an ordinary file system (tmpfs).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/event.hpp"
#include "base/result.hpp"
#include "sim/tree/tree.hpp"
#include "sim/vfs.hpp"

namespace strates::sim {

// Where the facts go while a container is watched.
struct Watch {
  ContainerId container;
  Emit emit;
  std::int64_t host_pid = 0;
};

struct UnionLayer {
  const Tree* tree = nullptr;
  std::string_view label;  // event::File's `layer`: a ChainId, "init", "container"; outlives this
};

// One place of the merged tree: for a directory all that merge into it, top first; otherwise one part. Valid until the next change.
struct Found {
  struct Part {
    size_t layer = 0;
    const Node* node = nullptr;
  };
  std::vector<Part> parts;
  const Node& node() const { return *parts.front().node; }
  bool is_directory() const { return node().is_directory(); }
};

class UnionTree {
 public:
  // `lowers` top first. `inodes` is the world's last inode number; `watch` may be null. All must outlive this object.
  UnionTree(Tree& upper, std::vector<UnionLayer> lowers, std::uint64_t& inodes, Clock& clock, const Watch* watch);

  // --- looking
  Found root() const;
  std::optional<Found> child(const Found& directory, std::string_view name) const;
  std::optional<Found> find(std::string_view path) const;
  std::vector<std::string> names(const Found& directory) const;  // sorted, merged
  std::string_view label(const Found& place) const { return layers_[place.parts.front().layer].label; }
  FileStat stat(const Found& place) const;
  // What lower layers have under this path: what a removal would have to hide.
  std::optional<Found> below(std::string_view path) const;

  // --- changing; each requires what its comment says and reports facts in the order of the kernel
  // It exists. Returns its node in the upper layer, for changes of its attributes or content.
  Node& copy_up(std::string_view path);
  // Its parent is a directory. What is there already is replaced; it is no directory.
  void create(std::string_view path, Ref<Node> node);
  // It exists and is no directory with entries.
  void remove(std::string_view path);
  // `existing` is no directory; `path` does not exist.
  void link(std::string_view existing, std::string_view path);
  // `from` exists. CrossDevice for a directory of a lower layer; IsDirectory, NotDirectory, NotEmpty, Invalid as rename(2).
  Result<void> rename(std::string_view from, std::string_view to);
  void touch(std::string_view directory);  // its modification time is now; it is in the upper layer

  std::uint64_t fresh_inode() { return ++inodes_; }
  void report(event::File fact) const;
  bool watched() const { return watch_ != nullptr; }

 private:
  void copy_up_one(std::string_view path, const Found& place);
  void report_created(std::string_view path, bool directory, bool opaque);
  void report_gone(std::string_view path, const std::optional<Found>& hidden);

  Tree& upper_;
  std::vector<UnionLayer> layers_;  // 0 is the upper one
  std::uint64_t& inodes_;
  Clock& clock_;
  const Watch* watch_;
};

}  // namespace strates::sim
