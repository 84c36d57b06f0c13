#include "engine/mounted_tree.hpp"

#include <algorithm>
#include <utility>

#include "base/strings.hpp"

namespace strates::engine {

namespace {

constexpr int kMostLinks = 255;

bool is_below(std::string_view path, std::string_view directory) {
  return path.size() > directory.size() && path.substr(0, directory.size()) == directory && path[directory.size()] == '/';
}

}  // namespace

MountedTree::MountedTree(std::vector<TreeMount> mounts) : mounts_(std::move(mounts)) {
  for (auto& mount : mounts_) mount.asked = mount.destination;
  std::stable_sort(mounts_.begin() + 1, mounts_.end(), [](const TreeMount& a, const TreeMount& b) {
    return std::count(a.destination.begin(), a.destination.end(), '/') < std::count(b.destination.begin(), b.destination.end(), '/');
  });
}

const TreeMount& MountedTree::mount_of(std::string_view path) const {
  const TreeMount* best = &mounts_.front();
  for (const auto& mount : mounts_)
    if ((path == mount.destination || is_below(path, mount.destination)) && mount.destination.size() >= best->destination.size()) best = &mount;
  return *best;
}

std::string MountedTree::inside(const TreeMount& mount, std::string_view path) {
  const std::string_view rest = path.substr(mount.destination.size());
  if (mount.inside == "/") return rest.empty() ? "/" : std::string(rest);
  return mount.inside + (rest == "/" ? "" : std::string(rest));
}

std::vector<const TreeMount*> MountedTree::mounts_below(const std::string& path) const {
  const std::string directory = path == "/" ? "" : path;
  std::vector<const TreeMount*> out;
  for (const auto& mount : mounts_) {
    if (mount.destination.empty() || !is_below(mount.destination, directory)) continue;
    const bool deeper = std::any_of(out.begin(), out.end(), [&](const TreeMount* other) { return is_below(mount.destination, other->destination); });
    if (!deeper) out.push_back(&mount);
  }
  std::sort(out.begin(), out.end(), [](const TreeMount* a, const TreeMount* b) { return image::layer_path_less(a->destination, b->destination); });
  return out;
}

Result<void> MountedTree::make_mount_points(Nanos now) {
  for (size_t i = 1; i < mounts_.size(); ++i) {
    TreeMount mount = std::move(mounts_[i]);
    mounts_[i].destination = "\n";  // not there while its own place is looked for
    auto made = [&]() -> Result<void> {
      const TreePlace place = TRY(find(mount.destination, TreeEditor::Follow::Yes));
      mount.destination = place.path;
      if (place.meta) return {};
      const bool directory = mount.inside == "/";
      image::EntryMeta meta{.type = directory ? image::EntryType::Directory : image::EntryType::File, .mode = directory ? 0755U : 0644U, .mtime = now};
      TreeMount& holder = const_cast<TreeMount&>(mount_of(place.path));
      if (directory) return holder.tree->make_directory(inside(holder, place.path), meta);
      StringSource nothing("");
      return holder.tree->put(inside(holder, place.path), meta, &nothing);
    }();
    mounts_[i] = std::move(mount);
    TRY(std::move(made));
  }
  return {};
}

Result<TreePlace> MountedTree::below(std::string_view destination) {
  const auto mount = std::find_if(mounts_.begin() + 1, mounts_.end(), [&](const TreeMount& one) { return one.asked == destination; });
  if (mount == mounts_.end()) return make_error(ErrorKind::Internal, "tree.absent", "find mount", destination, "nothing is mounted there");
  const std::string kept = std::exchange(mount->destination, "\n");
  auto place = find(destination, TreeEditor::Follow::Yes);
  mount->destination = kept;
  return place;
}

Result<TreePlace> MountedTree::find(std::string_view path, TreeEditor::Follow last) {
  std::vector<std::string> todo = split(path, '/');
  std::reverse(todo.begin(), todo.end());
  std::string at = "/";
  int links = 0;
  const auto look = [&](const std::string& where) {
    const TreeMount& mount = mount_of(where == "/" ? std::string_view() : std::string_view(where));
    return mount.tree->stat(inside(mount, where == "/" ? std::string_view() : std::string_view(where)), TreeEditor::Follow::No);
  };
  std::optional<image::EntryMeta> meta = TRY(look(at));
  while (!todo.empty()) {
    const std::string part = std::move(todo.back());
    todo.pop_back();
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      at = dir_name(at);
      meta = TRY(look(at));
      continue;
    }
    const std::string next = join_path(at, part);
    const bool inside_directory = meta && meta->type == image::EntryType::Directory;
    meta = inside_directory ? TRY(look(next)) : std::nullopt;
    const bool is_last = std::all_of(todo.begin(), todo.end(), [](const std::string& rest) { return rest.empty() || rest == "."; });
    if (meta && meta->type == image::EntryType::Symlink && (!is_last || last == TreeEditor::Follow::Yes)) {
      if (++links > kMostLinks) return make_error(ErrorKind::Invalid, "tree.links", "find", path, "too many links");
      if (meta->link_target.starts_with('/')) at = "/";
      const std::vector<std::string> target = split(meta->link_target, '/');
      todo.insert(todo.end(), target.rbegin(), target.rend());
      meta = TRY(look(at));
      continue;
    }
    at = next;
  }
  const TreeMount& mount = mount_of(at == "/" ? std::string_view() : std::string_view(at));
  return TreePlace{at, std::move(meta), mount.writable, !mount.destination.empty()};
}

Result<void> MountedTree::put(const std::string& path, const image::EntryMeta& meta, ByteSource* content) {
  const TreeMount& mount = mount_of(path);
  // A file that is a mount point cannot be replaced: a new one would lie under the name, and the container would go on with the old.
  if (mount.inside != "/" && path == mount.destination)
    return docker_error(ErrorKind::Internal, "tree.busy", "Error processing tar file(exit status 1): unlinkat " + path + ": device or resource busy");
  return mount.tree->put(inside(mount, path), meta, content);
}

Result<void> MountedTree::remove(const std::string& path) {
  const TreeMount& mount = mount_of(path);
  return mount.tree->remove(inside(mount, path));
}

Result<void> MountedTree::link(const std::string& path, const std::string& existing, image::EntryMeta meta) {
  const TreeMount &here = mount_of(path), &there = mount_of(existing);
  if (&here != &there) return make_error(ErrorKind::Invalid, "tree.cross-device", "link", path, "EXDEV: Invalid cross-device link");
  meta.link_target = inside(here, existing).substr(1);
  return here.tree->put(inside(here, path), meta, nullptr);
}

// The entries of one tree, and in the place of each mount point those of what is mounted there.
class MountedArchive final : public image::LayerReader {
 public:
  MountedArchive(MountedTree& tree, std::string path) : tree_(tree), root_(std::move(path)) {}
  Result<void> open() { return enter(root_, ""); }

  Result<std::optional<image::LayerEntry>> next() override {
    while (!levels_.empty()) {
      Level& level = levels_.back();
      auto entry = TRY(level.reader->next());
      if (!entry) {
        levels_.pop_back();
        continue;
      }
      const std::string path = join(level.prefix, entry->path);
      if (!level.skip.empty() && (path == level.skip || is_below(path, level.skip))) continue;
      const std::string full = path.empty() ? root_ : (root_ == "/" ? "/" + path : root_ + "/" + path);
      const auto mount = std::find_if(level.mounts.begin(), level.mounts.end(), [&](const TreeMount* one) { return one->destination == full; });
      if (mount != level.mounts.end()) {
        level.skip = path;
        TRY(enter(full, path));
        continue;
      }
      entry->path = path;
      if (entry->meta.type == image::EntryType::HardLink) entry->meta.link_target = join(level.prefix, entry->meta.link_target);
      return entry;
    }
    return std::optional<image::LayerEntry>();
  }
  Result<ByteSource*> content() override {
    if (levels_.empty()) return make_error(ErrorKind::Internal, "archive.no-content", "read tree", root_, "there is no current entry");
    return levels_.back().reader->content();
  }

 private:
  struct Level {
    std::unique_ptr<image::LayerReader> reader;
    std::string prefix, skip;
    std::vector<const TreeMount*> mounts;
  };
  static std::string join(const std::string& prefix, const std::string& path) {
    if (prefix.empty() || path.empty()) return prefix + path;
    return prefix + "/" + path;
  }
  Result<void> enter(const std::string& full, const std::string& prefix) {
    const std::string key = full == "/" ? "" : full;
    const TreeMount& mount = tree_.mount_of(key);
    Level level{TRY(mount.tree->archive(MountedTree::inside(mount, key))), prefix, "", tree_.mounts_below(full)};
    levels_.push_back(std::move(level));
    return {};
  }

  MountedTree& tree_;
  std::string root_;
  std::vector<Level> levels_;
};

Result<std::unique_ptr<image::LayerReader>> MountedTree::archive(const std::string& path) {
  auto reader = std::make_unique<MountedArchive>(*this, path);
  TRY(reader->open());
  return std::unique_ptr<image::LayerReader>(std::move(reader));
}

}  // namespace strates::engine
