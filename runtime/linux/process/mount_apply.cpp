#include "linux/process/mount_apply.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

#include <cerrno>

#include "base/strings.hpp"
#include "linux/process/small_file.hpp"

namespace strates::linux_world {

namespace {

constexpr int kMostLinks = 40;  // as the kernel follows (path_resolution(7))

Result<void> make_file(const std::string& path) {
  TRY(ensure_directory(dir_name(path), 0755));
  const UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0644));
  return file ? success() : Result<void>(system_error("create mount point", path, errno));
}

// An image may have a link here whose target does not exist yet (/etc/resolv.conf of many): it is made, below the container's own root like all else.
Result<void> make_target(const std::string& path, bool directory, int links = 0) {
  struct stat about {};
  if (::stat(path.c_str(), &about) == 0) return success();
  char target[4096];
  const ssize_t length = ::readlink(path.c_str(), target, sizeof target);
  if (length <= 0) return directory ? ensure_directory(path, 0755) : make_file(path);
  if (links == kMostLinks) return system_error("create mount point", path, ELOOP);
  const std::string to(target, static_cast<size_t>(length));
  return make_target(to.front() == '/' ? to : dir_name(path) + "/" + to, directory, links + 1);
}

// A remount replaces all flags: those the mount already has are kept.
Result<void> restrict_mount(const std::string& target, std::uint64_t flags) {
  struct statvfs about {};
  if (::statvfs(target.c_str(), &about) != 0) return system_error("statvfs", target, errno);
  const std::uint64_t kept = about.f_flag & (MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RDONLY);
  const auto remount = [&] { return ::mount("none", target.c_str(), nullptr, MS_REMOUNT | MS_BIND | kept | flags, nullptr) == 0; };
  if (remount()) return success();
  if (errno != EINVAL) return system_error("remount", target, errno);
  // Not a mount point yet.
  if (::mount(target.c_str(), target.c_str(), nullptr, MS_BIND | MS_REC, nullptr) != 0) return system_error("bind", target, errno);
  if (!remount()) return system_error("remount", target, errno);
  return success();
}

Result<Applied> mask(const std::string& target) {
  struct stat about {};
  if (::stat(target.c_str(), &about) != 0) return Applied::Skipped;
  if (S_ISDIR(about.st_mode)) {
    if (::mount("tmpfs", target.c_str(), "tmpfs", MS_RDONLY, "size=0k") != 0) return system_error("mask with tmpfs", target, errno);
  } else if (::mount("/dev/null", target.c_str(), nullptr, MS_BIND, nullptr) != 0) {
    return system_error("mask with /dev/null", target, errno);
  }
  return Applied::Yes;
}

Result<void> attach(const MountStep& step, const UniqueFd& source) {
  struct stat about {};
  if (::fstat(source.get(), &about) != 0) return system_error("stat", step.source, errno);
  TRY(make_target(step.target, S_ISDIR(about.st_mode)));
  if (::move_mount(source.get(), "", AT_FDCWD, step.target.c_str(), MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_SYMLINKS) != 0)
    return system_error("move_mount " + step.source, step.target, errno);
  // Before anything is mounted below: what the container mounts must not show where the source is.
  if (step.propagation != 0 && ::mount(nullptr, step.target.c_str(), nullptr, step.propagation, nullptr) != 0)
    return system_error("set propagation of", step.target, errno);
  const std::uint64_t flags = step.flags & ~static_cast<std::uint64_t>(MS_REC);
  return flags == 0 ? success() : restrict_mount(step.target, flags);
}

// A mount of another container, taken without leaving a trace on the host: into its namespace, and back.
Result<UniqueFd> open_in_namespace(const MountStep& step) {
  const UniqueFd own(::open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC));
  const UniqueFd other(::open(step.source.c_str(), O_RDONLY | O_CLOEXEC));
  if (!own || !other) return system_error("open", step.source, errno);
  if (::setns(other.get(), CLONE_NEWNS) != 0) return system_error("setns", step.source, errno);
  UniqueFd tree(::open_tree(AT_FDCWD, step.data.c_str(), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_SYMLINK_NOFOLLOW));
  const int number = errno;
  if (::setns(own.get(), CLONE_NEWNS) != 0) return system_error("setns", "back", errno);
  if (!tree) return system_error("open_tree", step.data, number);
  return tree;
}

}  // namespace

Result<std::vector<UniqueFd>> open_bind_sources(const std::vector<MountStep>& steps) {
  std::vector<UniqueFd> out;
  for (const auto& step : steps) {
    UniqueFd& fd = out.emplace_back();
    if (step.kind == StepKind::OtherBind) fd = TRY(open_in_namespace(step));
    if (step.kind != StepKind::HostBind) continue;
    fd = UniqueFd(::open_tree(AT_FDCWD, step.source.c_str(), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | ((step.flags & MS_REC) != 0 ? AT_RECURSIVE : 0U)));
    if (!fd && errno == ENOENT && step.presence == Presence::Optional) continue;
    if (!fd) return system_error("open_tree", step.source, errno);
  }
  return out;
}

Result<void> pivot_into(const std::string& root) {
  if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return system_error("make mounts private", "/", errno);
  // pivot_root wants a mount point.
  if (::mount(root.c_str(), root.c_str(), nullptr, MS_BIND | MS_REC, nullptr) != 0) return system_error("bind", root, errno);
  if (::chdir(root.c_str()) != 0) return system_error("chdir", root, errno);
  // The old root lands on the new one (pivot_root(2), "pivot_root(".", ".")"), and is taken off.
  if (::syscall(SYS_pivot_root, ".", ".") != 0) return system_error("pivot_root", root, errno);
  if (::umount2(".", MNT_DETACH) != 0) return system_error("umount old root", root, errno);
  if (::chdir("/") != 0) return system_error("chdir", "/", errno);
  return success();
}

Result<Applied> apply_mount(const MountStep& step, const UniqueFd& source) {
  if (step.kind == StepKind::Mask) return mask(step.target);
  struct stat about {};
  const bool existed = ::stat(step.target.c_str(), &about) == 0;
  if (step.presence == Presence::Optional && !existed) return Applied::Skipped;
  switch (step.kind) {
    case StepKind::OtherBind:
    case StepKind::HostBind:
      if (!source && step.presence == Presence::Optional) return Applied::Skipped;
      TRY(attach(step, source));
      break;
    case StepKind::Rebind: TRY(restrict_mount(step.target, step.flags)); break;
    default:
      TRY(make_target(step.target, true));
      if (const auto flags = step.type == "tmpfs" ? step.flags & ~static_cast<std::uint64_t>(MS_RDONLY) : step.flags;
          ::mount(step.source.c_str(), step.target.c_str(), step.type.c_str(), flags, step.data.empty() ? nullptr : step.data.c_str()) != 0)
        return system_error("mount " + step.type, step.target, errno);
      // An image's directory keeps its mode under a tmpfs that asks for none (runc).
      if (existed && step.type == "tmpfs" && step.data.find("mode=") == std::string::npos && ::chmod(step.target.c_str(), about.st_mode & 07777) != 0)
        return system_error("chmod", step.target, errno);
      if (step.type == "tmpfs" && (step.flags & MS_RDONLY) != 0) TRY(restrict_mount(step.target, MS_RDONLY));
  }
  return Applied::Yes;
}

Result<void> make_device(const DeviceStep& device) {
  TRY(ensure_directory(dir_name(device.path), 0755));
  if (::mknod(device.path.c_str(), device.mode, ::makedev(device.major, device.minor)) != 0) return system_error("mknod", device.path, errno);
  return success();
}

Result<void> make_link(const LinkStep& link) {
  if (::symlink(link.target.c_str(), link.path.c_str()) != 0) return system_error("symlink", link.path, errno);
  return success();
}

}  // namespace strates::linux_world
