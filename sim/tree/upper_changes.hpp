// What a writable layer says against the layers below it: Docker's diff, and the entries of the layer it becomes.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "engine/ports.hpp"
#include "sim/tree/union_tree.hpp"

namespace strates::sim {

struct ContentEntry {
  image::LayerEntry entry;
  Ref<Content> content;  // files
};

// The engine's own entries between image and writable layer, by path. Directories are hidden only when deleted: what is put into them is the
// container's.
struct HiddenEntries {
  std::set<std::string> entries, directories;
  bool hides(const std::string& path, const Node& node) const {
    return entries.count(path) != 0 || (node.kind == Kind::Whiteout && directories.count(path) != 0);
  }
};

struct UpperLayer {
  const Tree& upper;
  const UnionTree& below;  // the image and the engine's entries
  const HiddenEntries& hidden;
};

// Docker's rules, as the Linux world reads them (linux/snapshot/upper_walk.hpp): C when type, mode, owner, time, device, attributes or, but for
// directories, size differ from what is below; A when nothing is; D for what is hidden, one line for a whole directory, one for each lost child of a
// directory that was replaced. A directory with changes inside is C itself. Sorted by path, as bytes.
std::vector<engine::Change> diff_of(const UpperLayer& layer);
// In layer_path_less order, deletions as whiteouts: empty files of mode 0600, dated 0. Opaque only where there is a directory to hide.
// Times as `options` clamps them, in whole seconds.
std::vector<ContentEntry> entries_of(const UpperLayer& layer, const image::TarOptions& options);
// One layer alone.
std::vector<ContentEntry> entries_of(const Tree& layer);
// A merged tree: what an export holds.
std::vector<ContentEntry> entries_of(const UnionTree& merged);
// One place of it: itself first, its path empty, then what is below.
std::vector<ContentEntry> entries_of(const UnionTree& merged, const Found& place);
// Sizes of the writable layer's files, each once.
std::uint64_t bytes_of(const UpperLayer& layer);

// Hands out entries one after another.
class EntriesReader : public image::LayerReader {
 public:
  explicit EntriesReader(std::vector<ContentEntry> entries) : entries_(std::move(entries)) {}
  Result<std::optional<image::LayerEntry>> next() override;
  Result<ByteSource*> content() override;

 private:
  class View;
  std::vector<ContentEntry> entries_;
  size_t at_ = 0;  // of the entry after the current one
  std::unique_ptr<ByteSource> source_;
};

}  // namespace strates::sim
