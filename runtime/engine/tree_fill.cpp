#include "engine/tree_fill.hpp"

#include <vector>

namespace strates::engine {

Result<TreeFill> fill_tree(image::LayerReader& from, TreeEditor& to) {
  using image::EntryType;
  TreeFill out;
  std::vector<image::LayerEntry> directories;
  while (auto entry = TRY(from.next())) {
    const std::string path = "/" + entry->path;
    if (entry->meta.type == EntryType::Directory) {
      TRY(to.put(path, entry->meta, nullptr));
      directories.push_back({path, entry->meta});
      continue;
    }
    ByteSource* content = entry->meta.type == EntryType::File ? TRY(from.content()) : nullptr;
    TRY(to.put(path, entry->meta, content));
    ++out.files;
    out.bytes += entry->meta.type == EntryType::File ? entry->meta.size : 0;
  }
  for (auto at = directories.rbegin(); at != directories.rend(); ++at) TRY(to.put(at->path, at->meta, nullptr));
  return out;
}

}  // namespace strates::engine
