#include "sim/tree/overlay_view.hpp"

#include <algorithm>
#include <set>

#include "base/strings.hpp"
#include "sim/tree/synthetic.hpp"

namespace strates::sim {

namespace {

constexpr unsigned kSetUid = 04000, kSetGid = 02000, kSticky = 01000;

// The device files that a kernel answers itself, wherever they lie (Linux, admin-guide/devices.txt, "1 char" and "5 char").
enum class Device { Null, Zero, Full, Random, Other };
Device device_of(const Node& node) {
  if (node.kind != Kind::CharDevice || node.device_major != 1) return Device::Other;
  switch (node.device_minor) {
    case 3: return Device::Null;
    case 5: return Device::Zero;
    case 7: return Device::Full;
    case 8:
    case 9: return Device::Random;
    default: return Device::Other;
  }
}

bool is_device(const Node& node) { return node.kind == Kind::CharDevice || node.kind == Kind::BlockDevice || node.kind == Kind::Fifo; }

std::string parent_of(const Place& place) { return std::string(split_last(place.inner).first); }

std::string mounts_text(const engine::MountedSnapshot& paths, const std::vector<RunMount>& mounts) {
  std::string more;
  for (const auto& mount : mounts) {
    const std::string access = mount.writable ? "rw" : "ro";
    if (mount.volume.empty()) more += "tmpfs " + mount.path + " tmpfs " + access + "," + mount.options + " 0 0\n";
    else more += "/dev/sim " + mount.path + " ext4 " + access + ",relatime 0 0\n";
  }
  return "overlay / overlay rw,relatime,lowerdir=" + join(paths.lower, ":") + ",upperdir=" + paths.upper + ",workdir=" + paths.work +
         " 0 0\nproc /proc proc rw,nosuid,nodev,noexec,relatime 0 0\ntmpfs /dev tmpfs rw,nosuid,size=65536k,mode=755 0 0\n"
         "sysfs /sys sysfs ro,nosuid,nodev,noexec,relatime 0 0\n" + more;
}

image::EntryMeta meta_at(const Place& place) { return place.bound != nullptr ? place.bound->meta : meta_of(place.found->node()); }

FileStat stat_at(Mounts& mounts, const Place& place) {
  if (place.bound == nullptr) return mounts.tree(place.mount).stat(*place.found);
  FileStat stat;
  stat.meta = place.bound->meta;
  stat.meta.size = place.bound->content ? place.bound->content->bytes.size() : 0;
  stat.inode = place.bound->inode;
  return stat;
}

}  // namespace

Result<Mounts> OverlayView::mounts(std::string_view operation, std::string_view path) {
  SnapshotState* snapshot = store_.find(key_);
  if (snapshot == nullptr) return vfs_error(Errno::InputOutput, operation, path);
  RunState& run = store_.run_of(*snapshot);
  Mounts all(store_.merged(key_, *snapshot), &run.bound);
  std::uint64_t& inodes = store_.state().inodes;
  Clock& clock = store_.clock();
  all.add("/dev", MountKind::Memory, UnionTree(run.dev, {}, inodes, clock, nullptr));
  const auto made = [&inodes, &clock](Tree tree) {
    auto kept = std::make_shared<Tree>(std::move(tree));
    return std::pair(kept, UnionTree(*kept, {}, inodes, clock, nullptr));
  };
  all.add("/proc", MountKind::Proc, [this, snapshot, made, keep = std::make_shared<std::shared_ptr<Tree>>()] {
    const auto& list = snapshot->run->processes;
    const auto text = mounts_text(paths_of(key_, *snapshot), snapshot->run->mounts);
    auto [tree, merged] = made(make_proc(list ? list() : std::vector<ProcEntry>(), who_.pid == 0 ? 1 : who_.pid, text, store_.clock().now()));
    *keep = tree;
    return merged;
  });
  all.add("/sys", MountKind::ReadOnly, [this, made, keep = std::make_shared<std::shared_ptr<Tree>>()] {
    auto [tree, merged] = made(make_sys(store_.clock().now()));
    *keep = tree;
    return merged;
  });
  store_.add_mounts(run, all);
  return all;
}

std::int64_t OverlayView::trace_pid() const {
  if (who_.host_pid != 0) return who_.host_pid;
  const Watch* watch = store_.watch_of(key_);
  return watch != nullptr ? watch->host_pid : 0;
}

void OverlayView::report_read(Mounts& mounts, const Place& place) {
  UnionTree& tree = mounts.tree(place.mount);
  if (place.bound != nullptr || !tree.watched() || is_device(place.found->node())) return;
  tree.report(event::FileRead{.path = place.path, .layer = std::string(tree.label(*place.found)), .pid = trace_pid()});
}

void OverlayView::report_written(Mounts& mounts, const Place& place) {
  UnionTree& tree = mounts.tree(place.mount);
  if (tree.watched()) tree.report(event::FileWritten{.path = place.path, .pid = trace_pid()});
}

Result<Place> OverlayView::existing(Mounts& mounts, std::string_view path, LastLink last, std::string_view operation) const {
  Place place = TRY(walk_path(mounts, who_, path, last, operation));
  if (!place.exists()) return vfs_error(Errno::NoEntry, operation, path);
  return place;
}

// ------------------------------------------------------------------------------------------------------------------------------ looking

Result<FileStat> OverlayView::stat_of(std::string_view path, LastLink last, std::string_view operation) {
  Mounts all = TRY(mounts(operation, path));
  const Place place = TRY(existing(all, path, last, operation));
  return stat_at(all, place);
}

Result<FileStat> OverlayView::stat(std::string_view path) { return stat_of(path, LastLink::Follow, "stat"); }
Result<FileStat> OverlayView::lstat(std::string_view path) { return stat_of(path, LastLink::Keep, "lstat"); }

Result<std::vector<std::string>> OverlayView::list(std::string_view path) {
  Mounts all = TRY(mounts("list", path));
  const Place place = TRY(existing(all, path, LastLink::Follow, "list"));
  if (place.bound != nullptr || !place.found->is_directory()) return vfs_error(Errno::NotDirectory, "list", path);
  if (!may(who_, place.found->node(), kRead)) return vfs_error(Errno::AccessDenied, "list", path);
  std::vector<std::string> names = all.tree(place.mount).names(*place.found);
  for (auto& name : all.names_in(place.path)) names.push_back(std::move(name));
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

Result<std::string> OverlayView::read(std::string_view path) {
  Mounts all = TRY(mounts("read", path));
  const Place place = TRY(existing(all, path, LastLink::Follow, "read"));
  if (!may(who_, meta_at(place), kRead)) return vfs_error(Errno::AccessDenied, "read", path);
  if (place.bound != nullptr) return place.bound->content ? place.bound->content->bytes : std::string();
  const Node& node = place.found->node();
  if (node.is_directory()) return vfs_error(Errno::IsDirectory, "read", path);
  if (is_device(node)) {
    switch (device_of(node)) {
      case Device::Null: return std::string();
      case Device::Zero:
      case Device::Full:
      case Device::Random: return vfs_error(Errno::FileTooBig, "read", path);  // without end: cannot be read whole
      case Device::Other: return vfs_error(Errno::InputOutput, "read", path);
    }
  }
  report_read(all, place);
  return std::string(node.bytes());
}

Result<std::string> OverlayView::read_for_exec(std::string_view path) {
  Mounts all = TRY(mounts("execute", path));
  const Place place = TRY(existing(all, path, LastLink::Follow, "execute"));
  const image::EntryMeta meta = meta_at(place);
  // Even root needs one execute bit.
  if (meta.type != image::EntryType::File || (meta.mode & 0111) == 0 || !may(who_, meta, kExecute))
    return vfs_error(Errno::AccessDenied, "execute", path);
  if (place.bound != nullptr) return place.bound->content ? place.bound->content->bytes : std::string();
  report_read(all, place);
  return std::string(place.found->node().bytes());
}

Result<std::string> OverlayView::read_link(std::string_view path) {
  Mounts all = TRY(mounts("readlink", path));
  const Place place = TRY(existing(all, path, LastLink::Keep, "readlink"));
  if (place.bound != nullptr || place.found->node().kind != Kind::Symlink) return vfs_error(Errno::Invalid, "readlink", path);
  return std::string(place.found->node().bytes());
}

Result<std::string> OverlayView::real_path(std::string_view path) {
  Mounts all = TRY(mounts("realpath", path));
  return TRY(existing(all, path, LastLink::Follow, "realpath")).path;
}

// ------------------------------------------------------------------------------------------------------------------------------ changing

Result<void> OverlayView::check_change(const Mounts& mounts, const Place& place, std::string_view operation) const {
  switch (mounts.kind(place.mount)) {
    case MountKind::Root:
    case MountKind::Memory: return success();
    case MountKind::Proc: return place.bound != nullptr ? success() : vfs_error(Errno::AccessDenied, operation, place.path);
    case MountKind::ReadOnly: return place.bound != nullptr ? success() : vfs_error(Errno::ReadOnly, operation, place.path);
  }
  return success();
}

Result<void> OverlayView::check_create(const Mounts& mounts, const Place& place, std::string_view operation) const {
  if (place.exists()) return vfs_error(Errno::Exists, operation, place.path);
  if (mounts.kind(place.mount) == MountKind::Proc) return vfs_error(Errno::NoEntry, operation, place.path);
  TRY(check_change(mounts, place, operation));
  if (!may(who_, place.parent->node(), kWrite | kExecute)) return vfs_error(Errno::AccessDenied, operation, place.path);
  return success();
}

Result<void> OverlayView::check_remove(const Mounts& mounts, const Place& place, std::string_view operation) const {
  if (place.bound != nullptr || place.mount_root()) return vfs_error(Errno::Busy, operation, place.path);
  if (mounts.kind(place.mount) == MountKind::Proc) return vfs_error(Errno::NotPermitted, operation, place.path);
  TRY(check_change(mounts, place, operation));
  // What carries a mount somewhere below cannot go either.
  if (!mounts.names_in(place.path).empty()) return vfs_error(Errno::Busy, operation, place.path);
  const Node& parent = place.parent->node();
  if (!may(who_, parent, kWrite | kExecute)) return vfs_error(Errno::AccessDenied, operation, place.path);
  const bool sticky = (parent.mode & kSticky) != 0 && who_.uid != 0 && who_.uid != parent.uid && who_.uid != place.found->node().uid;
  if (sticky) return vfs_error(Errno::NotPermitted, operation, place.path);
  return success();
}

Result<void> OverlayView::create(Mounts& mounts, const Place& place, image::EntryMeta meta, Ref<Content> content) {
  UnionTree& tree = mounts.tree(place.mount);
  meta.uid = who_.uid;
  meta.gid = who_.gid;
  meta.mtime = store_.clock().now();
  const Node& parent = place.parent->node();
  if ((parent.mode & kSetGid) != 0) {
    meta.gid = parent.gid;
    if (meta.type == image::EntryType::Directory) meta.mode |= kSetGid;
  }
  tree.create(place.inner, make_node(meta, std::move(content), tree.fresh_inode()));
  return success();
}

Result<void> OverlayView::write(std::string_view path, std::string_view bytes, Write how, std::uint32_t mode) {
  Mounts all = TRY(mounts("write", path));
  const Place place = TRY(walk_path(all, who_, path, LastLink::Follow, "write"));
  if (place.exists()) return write_existing(all, place, bytes, how);
  if (path.ends_with('/')) return vfs_error(Errno::IsDirectory, "write", path);
  TRY(check_create(all, place, "create"));
  if (bytes.size() > kMostFileBytes) return vfs_error(Errno::FileTooBig, "write", path);
  image::EntryMeta meta;
  meta.mode = mode & 07777;
  TRY(create(all, place, meta, make_ref<Content>(std::string(bytes))));
  if (!bytes.empty()) report_written(all, place);
  return success();
}

Result<void> OverlayView::write_existing(Mounts& mounts, const Place& place, std::string_view bytes, Write how) {
  const image::EntryMeta meta = meta_at(place);
  if (meta.type == image::EntryType::Directory) return vfs_error(Errno::IsDirectory, "write", place.path);
  const bool device = place.bound == nullptr && is_device(place.found->node());
  if (!device) TRY(check_change(mounts, place, "write"));
  if (!may(who_, meta, kWrite)) return vfs_error(Errno::AccessDenied, "write", place.path);
  if (device) {
    switch (device_of(place.found->node())) {
      case Device::Null:
      case Device::Zero:
      case Device::Random: return success();
      case Device::Full: return bytes.empty() ? success() : vfs_error(Errno::NoSpace, "write", place.path);
      case Device::Other: return vfs_error(Errno::InputOutput, "write", place.path);
    }
  }
  const size_t before = place.bound != nullptr ? (place.bound->content ? place.bound->content->bytes.size() : 0) : meta.size;
  const size_t kept = how == Write::Append ? before : 0;
  if (kept + bytes.size() > kMostFileBytes) return vfs_error(Errno::FileTooBig, "write", place.path);
  const auto change = [&](Ref<Content>& content) {
    if (how == Write::Truncate || !content) content = make_ref<Content>(std::string(bytes));
    else if (!bytes.empty()) content.edit().bytes.append(bytes);
  };
  // Opening for writing copies up; only bytes, or cutting what was there, change the file.
  const bool changes = !bytes.empty() || (how == Write::Truncate && before > 0);
  if (place.bound != nullptr) {
    change(place.bound->content);
    if (changes) place.bound->meta.mtime = store_.clock().now();
    return success();
  }
  Node& node = mounts.tree(place.mount).copy_up(place.inner);
  if (how == Write::Truncate || changes) {
    change(node.content);
    node.mtime = store_.clock().now();
    if (who_.uid != 0) node.mode = static_cast<std::uint16_t>(node.mode & ~(kSetUid | ((node.mode & 010) != 0 ? kSetGid : 0)));
  }
  if (changes) report_written(mounts, place);
  return success();
}

Result<void> OverlayView::make_directory(std::string_view path, std::uint32_t mode) {
  Mounts all = TRY(mounts("mkdir", path));
  while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  const Place place = TRY(walk_path(all, who_, path, LastLink::Keep, "mkdir"));
  TRY(check_create(all, place, "mkdir"));
  image::EntryMeta meta;
  meta.type = image::EntryType::Directory;
  meta.mode = mode & 01777;
  return create(all, place, meta, {});
}

Result<void> OverlayView::symlink(std::string_view target, std::string_view path) {
  if (target.empty()) return vfs_error(Errno::NoEntry, "symlink", path);
  if (target.size() > kMostPath) return vfs_error(Errno::NameTooLong, "symlink", path);
  Mounts all = TRY(mounts("symlink", path));
  const Place place = TRY(walk_path(all, who_, path, LastLink::Keep, "symlink"));
  TRY(check_create(all, place, "symlink"));
  image::EntryMeta meta;
  meta.type = image::EntryType::Symlink;
  meta.link_target = target;
  return create(all, place, meta, {});
}

Result<void> OverlayView::remove_directory(std::string_view path) {
  Mounts all = TRY(mounts("rmdir", path));
  while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  const Place place = TRY(existing(all, path, LastLink::Keep, "rmdir"));
  if (place.bound == nullptr && !place.found->is_directory()) return vfs_error(Errno::NotDirectory, "rmdir", path);
  TRY(check_remove(all, place, "rmdir"));
  UnionTree& tree = all.tree(place.mount);
  if (!tree.names(*place.found).empty()) return vfs_error(Errno::NotEmpty, "rmdir", path);
  tree.remove(place.inner);
  return success();
}

Result<void> OverlayView::unlink(std::string_view path) {
  Mounts all = TRY(mounts("unlink", path));
  const Place place = TRY(existing(all, path, LastLink::Keep, "unlink"));
  if (place.bound == nullptr && place.found->is_directory()) return vfs_error(Errno::IsDirectory, "unlink", path);
  TRY(check_remove(all, place, "unlink"));
  all.tree(place.mount).remove(place.inner);
  return success();
}

Result<void> OverlayView::rename(std::string_view from, std::string_view to) {
  Mounts all = TRY(mounts("rename", from));
  const Place source = TRY(existing(all, from, LastLink::Keep, "rename"));
  const Place target = TRY(walk_path(all, who_, to, LastLink::Keep, "rename"));
  if (source.mount != target.mount) return vfs_error(Errno::CrossDevice, "rename", from);
  if (source.path == target.path) return success();
  TRY(check_remove(all, source, "rename"));
  if (target.exists()) TRY(check_remove(all, target, "rename"));
  else TRY(check_create(all, target, "rename"));
  // A directory's ".." changes with its parent.
  if (source.found->is_directory() && parent_of(source) != parent_of(target) && !may(who_, source.found->node(), kWrite))
    return vfs_error(Errno::AccessDenied, "rename", from);
  return all.tree(source.mount).rename(source.inner, target.inner);
}

Result<void> OverlayView::link(std::string_view existing_path, std::string_view path) {
  Mounts all = TRY(mounts("link", existing_path));
  const Place source = TRY(existing(all, existing_path, LastLink::Keep, "link"));
  const Place target = TRY(walk_path(all, who_, path, LastLink::Keep, "link"));
  if (target.exists()) return vfs_error(Errno::Exists, "link", path);
  if (source.mount != target.mount || source.bound != nullptr) return vfs_error(Errno::CrossDevice, "link", path);
  const Node& node = source.found->node();
  if (node.is_directory()) return vfs_error(Errno::NotPermitted, "link", existing_path);
  // protected_hardlinks (Linux, admin-guide/sysctl/fs.rst): a file of somebody else must be plain, readable and writable.
  const bool plain = node.kind == Kind::File && (node.mode & kSetUid) == 0 && (node.mode & (kSetGid | 010)) != (kSetGid | 010);
  if (!owner_of(meta_of(node)) && !(plain && may(who_, node, kRead | kWrite))) return vfs_error(Errno::NotPermitted, "link", existing_path);
  TRY(check_create(all, target, "link"));
  all.tree(source.mount).link(source.inner, target.inner);
  return success();
}

Result<void> OverlayView::change_mode(std::string_view path, std::uint32_t mode) {
  Mounts all = TRY(mounts("chmod", path));
  const Place place = TRY(existing(all, path, LastLink::Follow, "chmod"));
  TRY(check_change(all, place, "chmod"));
  const image::EntryMeta meta = meta_at(place);
  if (!owner_of(meta)) return vfs_error(Errno::NotPermitted, "chmod", path);
  mode &= 07777;
  const bool in_group = who_.gid == meta.gid || std::find(who_.groups.begin(), who_.groups.end(), meta.gid) != who_.groups.end();
  if (who_.uid != 0 && !in_group) mode &= ~kSetGid;
  if (place.bound != nullptr) place.bound->meta.mode = mode;
  else all.tree(place.mount).copy_up(place.inner).mode = static_cast<std::uint16_t>(mode);
  return success();
}

Result<void> OverlayView::change_owner(std::string_view path, std::uint32_t uid, std::uint32_t gid) {
  Mounts all = TRY(mounts("chown", path));
  const Place place = TRY(existing(all, path, LastLink::Follow, "chown"));
  TRY(check_change(all, place, "chown"));
  const image::EntryMeta meta = meta_at(place);
  const bool own_group = gid == meta.gid || gid == who_.gid || std::find(who_.groups.begin(), who_.groups.end(), gid) != who_.groups.end();
  if (who_.uid != 0 && (who_.uid != meta.uid || uid != meta.uid || !own_group)) return vfs_error(Errno::NotPermitted, "chown", path);
  // A program keeps its special bits for one owner only, whoever changes it.
  std::uint32_t mode = meta.mode;
  if (meta.type == image::EntryType::File && (mode & 0111) != 0) mode &= ~(kSetUid | ((mode & 010) != 0 ? kSetGid : 0));
  if (place.bound != nullptr) {
    place.bound->meta.uid = uid;
    place.bound->meta.gid = gid;
    place.bound->meta.mode = mode;
    return success();
  }
  Node& node = all.tree(place.mount).copy_up(place.inner);
  node.uid = uid;
  node.gid = gid;
  node.mode = static_cast<std::uint16_t>(mode);
  return success();
}

Result<void> OverlayView::set_times(std::string_view path, Nanos mtime) {
  Mounts all = TRY(mounts("utimes", path));
  const Place place = TRY(existing(all, path, LastLink::Follow, "utimes"));
  TRY(check_change(all, place, "utimes"));
  const image::EntryMeta meta = meta_at(place);
  if (!owner_of(meta) && !may(who_, meta, kWrite)) return vfs_error(Errno::NotPermitted, "utimes", path);
  if (place.bound != nullptr) place.bound->meta.mtime = mtime;
  else all.tree(place.mount).copy_up(place.inner).mtime = mtime;
  return success();
}

}  // namespace strates::sim
