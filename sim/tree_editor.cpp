#include "sim/tree_editor.hpp"

#include "base/strings.hpp"
#include "sim/tree/overlay_view.hpp"

namespace strates::sim {

namespace {

using image::EntryMeta;
using image::EntryType;

const Credentials kRoot;

std::string absolute(std::string_view path) { return clean_path("/" + std::string(path)); }

// Exactly as long as announced.
Result<Ref<Content>> read_content(std::string_view path, std::uint64_t size, ByteSource* content) {
  if (size > kMostFileBytes) return vfs_error(Errno::FileTooBig, "put", path);
  auto made = make_ref<Content>();
  if (content != nullptr) made.edit().bytes = TRY(read_all(*content, size));
  if (made->bytes.size() != size)
    return make_error(ErrorKind::Invalid, "tree.size", "put", path, "its content is not as long as announced", "did the file change meanwhile?");
  return made;
}

}  // namespace

SimTreeEditor::SimTreeEditor(SnapshotStore& store, std::string key, std::function<void()> let_go)
    : store_(store),
      open_([&store, key = std::move(key)]() -> std::optional<UnionTree> {
        SnapshotState* snapshot = store.find(key);
        if (snapshot == nullptr) return std::nullopt;
        return store.merged(key, *snapshot);
      }),
      let_go_(std::move(let_go)) {}

Result<Mounts> SimTreeEditor::tree(std::string_view operation, std::string_view path) {
  auto opened = open_();
  if (!opened) return vfs_error(Errno::InputOutput, operation, path);
  return Mounts(*std::move(opened), nullptr);
}

Result<std::unique_ptr<image::LayerReader>> SimTreeEditor::archive(std::string_view path) {
  Mounts all = TRY(tree("archive", path));
  const Place place = TRY(walk(path, LastLink::Keep, "archive", all));
  if (!place.exists()) return vfs_error(Errno::NoEntry, "archive", path);
  return std::unique_ptr<image::LayerReader>(std::make_unique<EntriesReader>(entries_of(all.tree(0), *place.found)));
}

Result<Place> SimTreeEditor::walk(std::string_view path, LastLink last, std::string_view operation, Mounts& mounts) const {
  return walk_path(mounts, kRoot, absolute(path), last, operation);
}

Result<std::optional<EntryMeta>> SimTreeEditor::stat(std::string_view path, Follow follow) {
  Mounts all = TRY(tree("stat", path));
  auto place = walk(path, follow == Follow::Yes ? LastLink::Follow : LastLink::Keep, "stat", all);
  if (!place.ok()) {
    const Errno why = errno_of(place.error());
    if (why == Errno::NoEntry || why == Errno::NotDirectory) return std::optional<EntryMeta>();
    return std::move(place).error();
  }
  if (!place.value().exists()) return std::optional<EntryMeta>();
  return std::optional(meta_of(place.value().found->node()));
}

Result<std::vector<std::string>> SimTreeEditor::list(std::string_view path) {
  Mounts all = TRY(tree("list", path));
  const Place place = TRY(walk(path, LastLink::Follow, "list", all));
  if (!place.exists()) return vfs_error(Errno::NoEntry, "list", path);
  if (!place.found->is_directory()) return vfs_error(Errno::NotDirectory, "list", path);
  return all.tree(0).names(*place.found);
}

Result<std::string> SimTreeEditor::read(std::string_view path, std::uint64_t limit) {
  Mounts all = TRY(tree("read", path));
  const Place place = TRY(walk(path, LastLink::Follow, "read", all));
  if (!place.exists()) return vfs_error(Errno::NoEntry, "read", path);
  const Node& node = place.found->node();
  if (node.is_directory()) return vfs_error(Errno::IsDirectory, "read", path);
  if (node.kind != Kind::File) return vfs_error(Errno::Invalid, "read", path);
  if (node.bytes().size() > limit)
    return make_error(ErrorKind::Invalid, "stream.too-large", "read", path, "more than " + std::to_string(limit) + " bytes");
  return std::string(node.bytes());
}

// A copy: the tree's own bytes are counted by one thread alone.
Result<std::unique_ptr<ByteSource>> SimTreeEditor::open_file(std::string_view path) {
  return std::unique_ptr<ByteSource>(std::make_unique<StringSource>(TRY(read(path, UINT64_MAX))));
}

// Parents that are missing are made as 0755 root.
Result<void> SimTreeEditor::make_parents(std::string_view path) {
  const std::string parent = dir_name(absolute(path));
  const auto there = TRY(stat(parent, Follow::Yes));
  if (there && there->type != EntryType::Directory) return vfs_error(Errno::NotDirectory, "create parents of", path);
  if (there) return success();
  EntryMeta meta;
  meta.type = EntryType::Directory;
  meta.mode = 0755;
  meta.mtime = store_.clock().now();
  return make_directory(parent, meta);
}

Result<void> SimTreeEditor::make_directory(std::string_view path, const EntryMeta& meta) {
  const auto there = TRY(stat(path, Follow::Yes));
  if (there && there->type == EntryType::Directory) return success();
  if (there) return vfs_error(Errno::NotDirectory, "make directory", path);
  TRY(make_parents(path));
  Mounts all = TRY(tree("make directory", path));
  const Place place = TRY(walk(path, LastLink::Keep, "make directory", all));
  if (place.exists()) return vfs_error(Errno::Exists, "make directory", path);  // a link to nothing
  EntryMeta directory = meta;
  directory.type = EntryType::Directory;
  UnionTree& merged = all.tree(0);
  merged.create(place.inner, make_node(directory, {}, merged.fresh_inode()));
  return success();
}

Result<void> SimTreeEditor::put(std::string_view path, const EntryMeta& meta, ByteSource* content) {
  const bool directory = meta.type == EntryType::Directory;
  if (absolute(path) == "/" && !directory) return vfs_error(Errno::Busy, "put", path);
  if (meta.type == EntryType::CharDevice && meta.device_major == 0 && meta.device_minor == 0)
    return make_error(ErrorKind::Invalid, "tree.device", "put", path, "a device 0:0 would be taken for a deletion");
  if (meta.type == EntryType::Symlink && meta.link_target.empty()) return vfs_error(Errno::NoEntry, "put", path);
  TRY(make_parents(path));
  if (meta.type == EntryType::HardLink) return put_link(path, meta);
  Ref<Content> bytes;
  if (meta.type == EntryType::File) bytes = TRY(read_content(path, meta.size, content));
  Mounts all = TRY(tree("put", path));
  const Place place = TRY(walk(path, LastLink::Keep, "put", all));
  UnionTree& merged = all.tree(0);
  if (place.exists() && place.found->is_directory()) {
    if (!directory) return vfs_error(Errno::IsDirectory, "put", path);
    set_attributes(merged.copy_up(place.inner), meta);
    return success();
  }
  merged.create(place.inner, make_node(meta, std::move(bytes), merged.fresh_inode()));
  return success();
}

Result<void> SimTreeEditor::put_link(std::string_view path, const EntryMeta& meta) {
  Mounts all = TRY(tree("link", path));
  const Place target = TRY(walk(meta.link_target, LastLink::Keep, "link", all));
  if (!target.exists()) return vfs_error(Errno::NoEntry, "link", meta.link_target);
  if (target.found->is_directory()) return vfs_error(Errno::NotPermitted, "link", meta.link_target);
  const Place place = TRY(walk(path, LastLink::Keep, "link", all));
  if (place.exists() && place.found->is_directory()) return vfs_error(Errno::IsDirectory, "link", path);
  if (place.path == target.path) return success();
  UnionTree& merged = all.tree(0);
  if (place.exists()) merged.remove(place.inner);
  merged.link(target.inner, place.inner);
  return success();
}

Result<void> SimTreeEditor::remove(std::string_view path) {
  Mounts all = TRY(tree("remove", path));
  const Place place = TRY(walk(path, LastLink::Keep, "remove", all));
  if (!place.exists()) return vfs_error(Errno::NoEntry, "remove", path);
  if (place.mount_root()) return vfs_error(Errno::Busy, "remove", path);
  all.tree(0).remove(place.inner);
  return success();
}

}  // namespace strates::sim
