#include "linux/watch/mount_accesses.hpp"

#include <fcntl.h>
#include <sys/fanotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace strates::linux_world {

namespace {

constexpr std::uint64_t kMask = FAN_OPEN | FAN_ACCESS | FAN_OPEN_EXEC | FAN_MODIFY | FAN_CLOSE_WRITE;
constexpr std::string_view kDeleted = " (deleted)";

Result<std::uint64_t> mount_id_at(int directory, const char* path, int flags) {
  struct statx stx{};
  if (::statx(directory, path, flags, STATX_MNT_ID | STATX_SIZE, &stx) != 0) return system_error("stat", path, errno);
  if ((stx.stx_mask & STATX_MNT_ID) == 0) return make_error(ErrorKind::NotImplemented, "watch.mount-id", "watch mount", path, "a kernel of 5.8 or later is needed");
  return stx.stx_mnt_id;
}

}  // namespace

Result<std::uint64_t> mount_id_of(const std::string& path) { return mount_id_at(AT_FDCWD, path.c_str(), 0); }

Result<MountAccesses> MountAccesses::open() {
  UniqueFd group(::fanotify_init(FAN_CLASS_NOTIF | FAN_CLOEXEC | FAN_NONBLOCK, O_RDONLY | O_LARGEFILE | O_CLOEXEC));
  if (!group) return system_error("open", "fanotify group for mounts", errno).with_advice("the daemon needs CAP_SYS_ADMIN; run `strates doctor`");
  return MountAccesses(std::move(group));
}

Result<std::uint64_t> MountAccesses::add(const std::string& path) {
  const std::uint64_t id = TRY(mount_id_of(path));
  if (::fanotify_mark(group_.get(), FAN_MARK_ADD | FAN_MARK_MOUNT, kMask, AT_FDCWD, path.c_str()) != 0) return system_error("watch mount", path, errno);
  return id;
}

void MountAccesses::remove(const std::string& path) { ::fanotify_mark(group_.get(), FAN_MARK_REMOVE | FAN_MARK_MOUNT, kMask, AT_FDCWD, path.c_str()); }

Result<AccessBatch> MountAccesses::read() {
  AccessBatch batch;
  alignas(fanotify_event_metadata) char buffer[16 << 10];
  for (;;) {
    const ssize_t got = ::read(group_.get(), buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) return batch;
    if (got < 0) return system_error("read", "fanotify events of mounts", errno);
    auto left = static_cast<size_t>(got);
    for (const auto* event = reinterpret_cast<const fanotify_event_metadata*>(buffer); FAN_EVENT_OK(event, left); event = FAN_EVENT_NEXT(event, left)) {
      if ((event->mask & FAN_Q_OVERFLOW) != 0) batch.overflow = true;
      const UniqueFd file(event->fd);
      if (!file || event->pid == ::getpid()) continue;
      const auto id = mount_id_at(file.get(), "", AT_EMPTY_PATH);
      char target[4097];
      const ssize_t length = ::readlink(("/proc/self/fd/" + std::to_string(file.get())).c_str(), target, sizeof target);
      if (!id.ok() || length <= 0 || target[0] != '/') continue;
      MountAccess access;
      access.mount_id = id.value();
      access.path.assign(target, static_cast<size_t>(length));
      if (access.path.ends_with(kDeleted)) access.path.resize(access.path.size() - kDeleted.size());
      access.pid = event->pid;
      access.opened = (event->mask & FAN_OPEN) != 0;
      access.read = (event->mask & (FAN_ACCESS | FAN_OPEN_EXEC)) != 0;
      access.written = (event->mask & FAN_MODIFY) != 0;
      access.closed_after_writing = (event->mask & FAN_CLOSE_WRITE) != 0;
      struct stat st{};
      access.empty = ::fstat(file.get(), &st) == 0 && st.st_size == 0;
      batch.accesses.push_back(std::move(access));
    }
  }
}

}  // namespace strates::linux_world
