// Where the entries that COPY and ADD take come to stand, and the writing of them: later sources hide what earlier ones put in the same place.
#pragma once

#include <map>
#include <string>

#include "engine/builder_copy.hpp"

namespace strates::engine {

Error copy_error(std::string sentence);  // code build.copy

struct CopyOwner {
  image::EntryMeta meta;  // its uid and gid
  bool kept = false;      // entries keep their own; only the directories made on the way are `meta`'s
};

class CopyPlacer {
 public:
  // What is to stand where, in the end.
  struct Placed {
    image::EntryMeta meta;
    const CopyTree* tree = nullptr;
    std::uint64_t ordinal = 0;  // whose bytes it gets; 0: none
  };
  using Placement = std::map<std::string, Placed, PathLess>;  // by path without leading slash

  CopyPlacer(TreeEditor& editor, const CopyOwner& owner, const CopyTree::Cancelled& cancelled) : editor_(editor), owner_(owner), cancelled_(cancelled) {}

  // `destination` is absolute; with a slash at its end it is a directory.
  Result<void> place(const CopySource& source, const std::string& destination);
  // Writes what was placed since the last time.
  Result<void> write();
  // The layer that writing would make, when its entries come in the order of one tree's and nothing has to be removed; null otherwise.
  Result<std::unique_ptr<image::LayerReader>> layer();

 private:
  image::EntryMeta created(Nanos mtime) const;
  Result<void> place_missing(const std::string& directory, const image::EntryMeta& meta);
  Result<void> add_parents(const std::string& key, Placement& entries);
  Result<void> place_directory(const CopySource& source, const std::string& target, bool possible);
  Result<void> put(const std::string& target, const CopyTree& tree, const std::string& path);
  Result<void> write_nodes();
  Result<void> write_files();

  TreeEditor& editor_;
  const CopyOwner& owner_;
  CopyTree::Cancelled cancelled_;
  Placement placement_;
};

}  // namespace strates::engine
