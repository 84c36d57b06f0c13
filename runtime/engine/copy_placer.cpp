#include "engine/copy_placer.hpp"

#include <algorithm>
#include <set>

#include "base/strings.hpp"
#include "engine/tree_path.hpp"

namespace strates::engine {

using image::EntryType;

namespace {

// "" is the root.
std::string_view parent_of(std::string_view key) {
  const size_t slash = key.rfind('/');
  return key.substr(0, slash == std::string_view::npos ? 0 : slash);
}

bool has_reserved_name(std::string_view key) {
  for (size_t at = 0; at != std::string_view::npos; at = key.find('/', at + 1))
    if (key.substr(at == 0 ? 0 : at + 1).starts_with(image::kWhiteoutPrefix)) return true;
  return false;
}

// What is to stand where, with the bytes of one tree's files as they come.
class CopyLayer final : public image::LayerReader {
 public:
  CopyLayer(CopyPlacer::Placement entries, std::unique_ptr<image::LayerReader> files, CopyTree::Cancelled cancelled)
      : entries_(std::move(entries)), at_(entries_.begin()), files_(std::move(files)), client_(std::move(cancelled)) {}

  Result<std::optional<image::LayerEntry>> next() override {
    if (at_ == entries_.end()) return std::optional<image::LayerEntry>();
    const auto& [path, placed] = *at_++;
    if (client_.gone(placed.meta.size)) return build_cancelled();
    for (; placed.meta.type == EntryType::File && read_ < placed.ordinal; ++read_)
      if (!TRY(files_->next())) return copy_error("failed to copy files: " + path + " has gone");
    return std::optional(image::LayerEntry{path, placed.meta});
  }
  Result<ByteSource*> content() override { return files_->content(); }

 private:
  CopyPlacer::Placement entries_;
  CopyPlacer::Placement::const_iterator at_;
  std::unique_ptr<image::LayerReader> files_;  // null: there are no files
  ClientWatch client_;
  std::uint64_t read_ = 0;  // entries of `files_`
};

}  // namespace

Error copy_error(std::string sentence) { return docker_error(ErrorKind::Invalid, "build.copy", std::move(sentence)); }

Result<void> CopyPlacer::place(const CopySource& source, const std::string& destination) {
  const std::string real = TRY(resolve_in_tree(editor_, destination));
  const auto there = TRY(editor_.stat(real, TreeEditor::Follow::No));
  const bool is_directory = there && there->type == EntryType::Directory;
  if (source.directory) return place_directory(source, real, is_directory || there == std::nullopt);
  const bool into = destination.ends_with('/') || is_directory;
  const std::string target = into ? join_path(real, base_name(source.path)) : real;
  TRY(place_missing(dir_name(target), created(source.tree->find(source.resolved)->meta.mtime)));
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
  TRY(place_missing(target, created(newest)));
  for (const std::string& path : taken) TRY(put(join_path(target, path.substr(below.size())), *source.tree, path));
  return {};
}

// A directory with those it lies in, where they are missing. The path has no links.
Result<void> CopyPlacer::place_missing(const std::string& directory, const image::EntryMeta& meta) {
  if (directory == "/") return {};
  const auto placed = placement_.find(directory.substr(1));
  if (placed != placement_.end() && placed->second.meta.type == EntryType::Directory) return {};
  const auto there = TRY(editor_.stat(directory, TreeEditor::Follow::No));
  if (there && there->type == EntryType::Directory) return {};
  if (there || placed != placement_.end()) return docker_error(ErrorKind::Invalid, "build.not-a-directory", "Cannot mkdir: " + directory + " is not a directory");
  TRY(place_missing(dir_name(directory), meta));
  placement_[directory.substr(1)] = Placed{meta, nullptr, 0};
  return {};
}

Result<void> CopyPlacer::put(const std::string& target, const CopyTree& tree, const std::string& path) {
  const ContextEntry* entry = tree.find(path);
  Placed placed{entry->meta, &tree, 0};
  if (!owner_.kept) {
    placed.meta.uid = owner_.meta.uid;
    placed.meta.gid = owner_.meta.gid;
    // Docker gives a file to its owner after it is written, and the kernel then takes set-user-ID away, and set-group-ID where the group may execute
    // (chown(2)): what is to have them gets them in a RUN.
    if (placed.meta.type == EntryType::File || placed.meta.type == EntryType::HardLink) placed.meta.mode &= (placed.meta.mode & 0010) != 0 ? ~06000u : ~04000u;
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

Result<std::unique_ptr<image::LayerReader>> CopyPlacer::layer() {
  const auto none = [] { return std::unique_ptr<image::LayerReader>(); };
  const CopyTree* files = nullptr;
  std::uint64_t last = 0;
  std::set<std::string, std::less<>> fresh;
  Placement entries;
  for (const auto& [key, placed] : placement_) {
    if (has_reserved_name(key)) return none();
    if (placed.meta.type == EntryType::File) {
      if ((files != nullptr && files != placed.tree) || placed.ordinal <= last) return none();
      files = placed.tree;
      last = placed.ordinal;
    }
    const bool want_directory = placed.meta.type == EntryType::Directory;
    bool is_new = fresh.contains(parent_of(key));
    if (!is_new) {
      const auto there = TRY(editor_.stat("/" + key, TreeEditor::Follow::No));
      if (there && (there->type == EntryType::Directory) != want_directory) return none();
      is_new = !there;
      TRY(add_parents(key, entries));
    }
    if (want_directory && is_new) fresh.insert(key);
  }
  std::unique_ptr<image::LayerReader> bytes;
  if (files != nullptr) {
    bytes = TRY(files->reader());
    if (bytes == nullptr) return none();
  }
  if (placement_.empty()) return none();
  entries.merge(placement_);
  placement_.clear();
  return std::unique_ptr<image::LayerReader>(std::make_unique<CopyLayer>(std::move(entries), std::move(bytes), cancelled_));
}

// A directory that was there comes along with what is new in it, as it is: so a layer has it that was written through an overlay.
Result<void> CopyPlacer::add_parents(const std::string& key, Placement& entries) {
  for (std::string_view parent = parent_of(key); !parent.empty(); parent = parent_of(parent)) {
    const std::string path(parent);
    if (placement_.contains(path) || entries.contains(path)) continue;
    auto there = TRY(editor_.stat("/" + path, TreeEditor::Follow::No));
    if (!there || there->type != EntryType::Directory) return copy_error("failed to copy files: /" + path + " is not a directory");
    entries[path] = Placed{std::move(*there), nullptr, 0};
  }
  return {};
}

Result<void> CopyPlacer::write() {
  TRY(write_nodes());
  TRY(write_files());
  // What was written into a directory changed its time: it gets its own back, the deepest first.
  for (auto at = placement_.rbegin(); at != placement_.rend(); ++at)
    if (at->second.meta.type == EntryType::Directory) TRY(editor_.put("/" + at->first, at->second.meta, nullptr));
  placement_.clear();
  return {};
}

// Directories, links and devices; files only make room, where anything can be in their way.
Result<void> CopyPlacer::write_nodes() {
  std::set<std::string, std::less<>> fresh;  // directories made here: nothing is in the way of what comes into them
  for (const auto& [key, placed] : placement_) {
    const bool in_fresh = fresh.contains(parent_of(key));
    if (in_fresh && placed.meta.type == EntryType::File) continue;
    const std::string path = "/" + key;
    const auto there = TRY(editor_.stat(path, TreeEditor::Follow::No));
    const bool want_directory = placed.meta.type == EntryType::Directory;
    const bool is_directory = there && there->type == EntryType::Directory;
    if (there && (want_directory != is_directory)) TRY(editor_.remove(path));
    if (placed.meta.type != EntryType::File) TRY(editor_.put(path, placed.meta, nullptr));
    if (want_directory && !is_directory) fresh.insert(key);
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
