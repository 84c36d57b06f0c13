// Writes the entries of a layer's archive into an empty directory, in overlayfs's form. The archive is hostile: every path is resolved beneath the
// directory by the kernel (openat2), no link is ever followed, and what a layer cannot hold is refused: code layer.invalid, or layer.too-large.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "image/layer.hpp"
#include "linux/snapshot/file_writers.hpp"
#include "linux/snapshot/merged_dir.hpp"

namespace strates::linux_world {

struct UnpackCounts {
  std::uint64_t entries = 0, whiteouts = 0, bytes = 0;
};

class LayerUnpack {
 public:
  // `root`: the layer's empty directory. `below`: the layers it will lie on, for directories that the archive only passes through. Both outlive it.
  LayerUnpack(int root, const MergedDir& below) : root_(root), below_(below) {}

  // Once. On error the directory is left half filled: the caller removes it.
  Result<UnpackCounts> run(image::LayerReader& archive);

 private:
  Result<void> entry(const image::LayerEntry& entry, image::LayerReader& archive);
  Result<void> whiteout(int parent, const std::string& hidden, const std::string& path);
  Result<void> directory(int parent, const std::string& name, const image::LayerEntry& entry);
  Result<void> file(const std::string& name, const image::LayerEntry& entry, image::LayerReader& archive);
  Result<void> hard_link(int parent, const std::string& name, const image::LayerEntry& entry);
  // Opens the directory that will hold the entry, as parent_; made when the archive did not, with the attributes it has below.
  Result<int> parent_of(const std::string& directory);
  Result<void> make_passed_through(const std::string& directory);
  Result<void> clear(int parent, const std::string& name, const std::string& path);

  int root_;
  const MergedDir& below_;
  UnpackCounts counts_;
  std::uint64_t devices_ = 0;
  std::map<std::string, Nanos> directory_times_;  // set last: filling a directory changes its time
  std::string parent_path_;
  std::shared_ptr<const UniqueFd> parent_;
  FileWriters writers_;
};

}  // namespace strates::linux_world
