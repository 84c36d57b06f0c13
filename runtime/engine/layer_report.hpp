// What each layer of an image brings and what of it is waste: the fold behind `strates layers`.
//
// A path's copies are all its versions in all layers. `minimum` is its smallest copy, 0 when an upper layer removes it; the efficiency score is the sum
// of the minimums over the sum of all copies, as the tool dive counts it. Wasted bytes are those no container can see: copies that an upper
// layer wrote again, replaced or removed.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "image/layer.hpp"

namespace strates::engine {

struct LayerFile {
  enum class What { Added, Changed, Removed } what;
  std::string path;          // relative: "etc/motd"
  std::uint64_t bytes = 0;   // of this layer's copy; of what it hides, when Removed
};

struct LayerPart {
  DiffId diff_id;
  ChainId chain_id;
  std::string created_by;              // the instruction
  std::uint64_t bytes = 0;             // of its files
  std::uint64_t tar_bytes = 0;         // of its tar, as kept
  std::uint64_t added = 0, changed = 0, removed = 0;
  std::uint64_t wasted_bytes = 0;      // of its files that layers above hide
  std::vector<LayerFile> files;        // the largest first, at most kMostFiles
  std::vector<std::string> images;     // other images that stand on it: familiar names, or ids
  std::vector<std::string> containers; // names
};

struct WastedPath {
  std::string path;
  std::uint64_t copies = 0, total_bytes = 0, wasted_bytes = 0;
};

struct LayerReport {
  static constexpr size_t kMostFiles = 200, kMostWasted = 50;
  ImageId id;
  std::vector<std::string> tags;
  std::vector<LayerPart> layers;      // lowest first
  std::uint64_t total_bytes = 0, minimum_bytes = 0, wasted_bytes = 0;
  double efficiency = 1;              // minimum_bytes / total_bytes; 1 for an image without bytes
  std::vector<WastedPath> wasted;     // the largest first, at most kMostWasted
};

// Folds layers, lowest first. Not thread-safe.
class LayerAccount {
 public:
  // Reads one layer's entries to their end; fills the counts, bytes and files of `part`.
  Result<void> add(image::LayerReader& layer, LayerPart& part);
  // Totals, and the waste of each of `report.layers`, which are those that were added, in the same order.
  void finish(LayerReport& report) const;

 private:
  struct Path {
    std::uint64_t total = 0, minimum = 0, copies = 0;
    std::uint64_t bytes = 0;  // of the copy that is seen now
    size_t layer = 0;         // that brought it
    bool seen = false, directory = false;
  };
  struct Hidden {
    std::uint64_t files = 0, bytes = 0;
  };

  void write(const std::string& path, std::uint64_t bytes, bool directory, LayerPart& part);
  // What layers below brought at `path` and inside it (or only inside) is seen no more.
  enum class Reach { WithItself, Inside };
  Hidden hide(const std::string& path, Reach reach);
  void drop(Path& path, Hidden& hidden);
  size_t layer() const { return wasted_.size() - 1; }

  std::map<std::string, Path> paths_;
  std::vector<std::uint64_t> wasted_;  // by layer
};

}  // namespace strates::engine
