#include "engine/copy_placer.hpp"

#include <algorithm>
#include <set>

#include "base/strings.hpp"
#include "engine/tree_path.hpp"

namespace strates::engine {

using image::EntryType;

Error copy_error(std::string sentence) { return docker_error(ErrorKind::Invalid, "build.copy", std::move(sentence)); }

Result<void> CopyPlacer::place(const CopySource& source, const std::string& destination) {
  const std::string real = TRY(resolve_in_tree(editor_, destination));
  const auto there = TRY(editor_.stat(real, TreeEditor::Follow::No));
  const bool is_directory = there && there->type == EntryType::Directory;
  if (source.directory) return place_directory(source, real, is_directory || there == std::nullopt);
  const bool into = destination.ends_with('/') || is_directory;
  const std::string target = into ? join_path(real, base_name(source.path)) : real;
  TRY(ensure_directory(editor_, dir_name(target), created(source.tree->find(source.resolved)->meta.mtime)));
  return put(target, *source.tree, source.resolved);
}

image::EntryMeta CopyPlacer::created(Nanos mtime) const {
  image::EntryMeta out = owner_.meta;
  out.type = EntryType::Directory;
  out.mode = 0755;
  out.mtime = mtime;
  return out;
}

Result<void> CopyPlacer::place_directory(const CopySource& source, const std::string& target, bool possible) {
  if (!possible) return copy_error("failed to copy files: failed to copy directory: mkdir " + target + ": not a directory");
  const std::string below = source.resolved.empty() ? "" : source.resolved + "/";
  const CopyTree::Entries& entries = source.tree->entries();
  Nanos newest = source.tree->made_time();
  std::vector<std::string> taken;
  for (auto at = entries.upper_bound(source.resolved); at != entries.end(); ++at) {
    if (!at->first.starts_with(below)) break;
    newest = std::max(newest, at->second.meta.mtime);
    taken.push_back(at->first);
  }
  const bool made = !TRY(editor_.stat(target, TreeEditor::Follow::No));
  TRY(ensure_directory(editor_, target, created(newest)));
  if (made) fresh_.insert(target.substr(1));
  for (const std::string& path : taken) TRY(put(join_path(target, path.substr(below.size())), *source.tree, path));
  return {};
}

Result<void> CopyPlacer::put(const std::string& target, const CopyTree& tree, const std::string& path) {
  const ContextEntry* entry = tree.find(path);
  Placed placed{entry->meta, &tree, 0};
  if (!owner_.kept) {
    placed.meta.uid = owner_.meta.uid;
    placed.meta.gid = owner_.meta.gid;
  }
  if (placed.meta.type == EntryType::HardLink) {
    const ContextEntry* first = tree.find(entry->meta.link_target);
    if (first == nullptr || first->meta.type != EntryType::File)
      return copy_error("failed to copy files: " + path + " is a hard link to " + entry->meta.link_target + ", which is not in the build context");
    placed.meta.type = EntryType::File;
    placed.meta.size = first->meta.size;
    placed.meta.link_target.clear();
    placed.ordinal = first->ordinal;
  } else if (placed.meta.type == EntryType::File) {
    placed.ordinal = entry->ordinal;
  } else if (entry->ordinal == 0) {
    placed.meta.mtime = tree.made_time();
  }
  const std::string key = target.substr(1);
  // A later source hides what an earlier one put there.
  if (placed.meta.type != EntryType::Directory)
    for (auto below = placement_.upper_bound(key); below != placement_.end() && below->first.starts_with(key + "/");) below = placement_.erase(below);
  placement_[key] = std::move(placed);
  return {};
}

Result<void> CopyPlacer::write() {
  TRY(write_nodes());
  TRY(write_files());
  // What was written into a directory changed its time: it gets its own back, the deepest first.
  for (auto at = placement_.rbegin(); at != placement_.rend(); ++at)
    if (at->second.meta.type == EntryType::Directory) TRY(editor_.put("/" + at->first, at->second.meta, nullptr));
  placement_.clear();
  fresh_.clear();
  return {};
}

// Directories, links and devices; files only make room, where anything can be in their way.
Result<void> CopyPlacer::write_nodes() {
  for (const auto& [key, placed] : placement_) {
    const size_t slash = key.rfind('/');
    const bool in_fresh = fresh_.contains(key.substr(0, slash == std::string::npos ? 0 : slash));
    if (in_fresh && placed.meta.type == EntryType::File) continue;
    const std::string path = "/" + key;
    const auto there = TRY(editor_.stat(path, TreeEditor::Follow::No));
    const bool want_directory = placed.meta.type == EntryType::Directory;
    const bool is_directory = there && there->type == EntryType::Directory;
    if (there && (want_directory != is_directory)) TRY(editor_.remove(path));
    if (placed.meta.type != EntryType::File) TRY(editor_.put(path, placed.meta, nullptr));
    if (want_directory && !is_directory) fresh_.insert(key);
  }
  return {};
}

Result<void> CopyPlacer::write_files() {
  // One pass of a tree serves each of its files once; a file that lands in two places takes two.
  std::map<const CopyTree*, std::multimap<std::uint64_t, std::string>> left;
  for (const auto& [key, placed] : placement_)
    if (placed.meta.type == EntryType::File) left[placed.tree].emplace(placed.ordinal, key);
  for (auto& [tree, files] : left) {
    while (!files.empty()) {
      const size_t before = files.size();
      TRY(tree->stream([&](std::uint64_t ordinal) { return files.contains(ordinal); },
                       [&](const std::string&, std::uint64_t ordinal, ByteSource& content) -> Result<void> {
                         const auto next = files.find(ordinal);
                         const std::string key = next->second;
                         files.erase(next);
                         return editor_.put("/" + key, placement_.find(key)->second.meta, &content);
                       },
                       cancelled_));
      if (files.size() == before) return copy_error("failed to copy files: " + files.begin()->second + " has gone");
    }
  }
  return {};
}

}  // namespace strates::engine
