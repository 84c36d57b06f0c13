#include "sim/init_tree.hpp"

#include <algorithm>

#include "base/strings.hpp"

namespace strates::sim {

namespace {

using image::EntryMeta;
using image::EntryType;

Error refuse(std::string_view path, std::string_view cause) { return make_error(ErrorKind::Invalid, "snapshot.init", "prepare init entry", path, cause); }

EntryMeta directory_meta(const UnionTree& image, std::string_view path, const EntryMeta& fallback) {
  const auto found = image.find(path);
  return found && found->is_directory() ? meta_of(found->node()) : fallback;
}

Result<void> add_parents(Tree& tree, const UnionTree& image, const engine::InitEntry& entry, std::uint64_t& inodes) {
  EntryMeta parent;
  parent.type = EntryType::Directory;
  parent.mode = 0755;
  parent.mtime = entry.meta.mtime;
  for (size_t slash = entry.path.find('/'); slash != std::string::npos; slash = entry.path.find('/', slash + 1)) {
    const std::string path = entry.path.substr(0, slash);
    const Node* there = tree.find(path);
    if (there != nullptr && !there->is_directory()) return refuse(entry.path, path + " is no directory");
    if (there == nullptr) tree.put(path, make_node(directory_meta(image, path, parent), {}, ++inodes));
  }
  return success();
}

}  // namespace

Result<InitTree> make_init_tree(const UnionTree& image, const std::vector<engine::InitEntry>& entries, std::uint64_t& inodes) {
  InitTree made;
  for (const auto& entry : entries) {
    if (entry.path.empty() || entry.path.front() == '/' || clean_path(entry.path) != entry.path || entry.path == "." || entry.path.starts_with(".."))
      return refuse(entry.path, "not a clean relative path");
    if (entry.meta.type == EntryType::HardLink || entry.meta.size != 0) return refuse(entry.path, "only empty files, directories, links and devices");
    TRY(add_parents(made.tree, image, entry, inodes));
    const bool directory = entry.meta.type == EntryType::Directory;
    const EntryMeta meta = directory ? directory_meta(image, entry.path, entry.meta) : entry.meta;
    const Node* there = made.tree.find(entry.path);
    if (directory && there != nullptr && there->is_directory()) set_attributes(*made.tree.edit(entry.path), meta);
    else made.tree.put(entry.path, make_node(meta, {}, ++inodes));
    (directory ? made.hidden.directories : made.hidden.entries).insert(entry.path);
  }
  return made;
}

}  // namespace strates::sim
