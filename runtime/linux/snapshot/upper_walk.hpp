// What a writable layer changed: its upper directory against the layers below. Pure reading; nothing is mounted.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "engine/ports.hpp"
#include "linux/snapshot/merged_dir.hpp"

namespace strates::linux_world {

// The engine's own entries between image and writable layer, by path ("etc/hosts"). Directories are hidden only when deleted: what is put into
// them is the container's.
struct HiddenEntries {
  std::set<std::string> entries, directories;
  bool hides(const std::string& path, const struct stat& st) const;
  bool operator==(const HiddenEntries&) const = default;
};

// Docker's rules (moby, pkg/archive): a path of the upper directory that the layers below show too is C when type, mode, owner, time, device,
// capability or, but for directories, size differ; A when they do not show it; D for what they show and it hides, one line for a whole directory, one for each
// lost child of a directory that was replaced. A directory with changes inside is C itself. Sorted by path, as bytes.
// codes layer.too-deep
Result<std::vector<engine::Change>> diff_upper(int upper, const MergedDir& below, const HiddenEntries& hidden);

// Whether that list has anything in it; the walk ends at the first.
Result<bool> changed_upper(int upper, const MergedDir& below, const HiddenEntries& hidden);

// Sizes of the files in the upper directory, each once however many names it has.
Result<std::uint64_t> usage_of_upper(int upper, const HiddenEntries& hidden);

// A tree deeper than this cannot be walked: each level takes a descriptor.
constexpr int kMostDepth = 600;
Error too_deep(std::string_view path);

}  // namespace strates::linux_world
