#include <sys/inotify.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "linux/watch/directory_events.hpp"

namespace strates::linux_world {

namespace {

constexpr std::uint32_t kMask = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ONLYDIR;

// A watch descriptor is the id: inotify gives the same one for a directory that is watched already.
class InotifyDirectories : public DirectoryEvents {
 public:
  explicit InotifyDirectories(UniqueFd fd) : fd_(std::move(fd)) {}

  int poll_fd() const override { return fd_.get(); }

  Result<DirectoryId> add(int directory) override {
    const int watch = ::inotify_add_watch(fd_.get(), ("/proc/self/fd/" + std::to_string(directory)).c_str(), kMask);
    if (watch >= 0) return static_cast<DirectoryId>(watch);
    Error error = system_error("watch", "directory", errno);
    if (errno == ENOSPC) return std::move(error).with_advice("raise fs.inotify.max_user_watches");
    return error;
  }

  void remove(DirectoryId id, int) override { ::inotify_rm_watch(fd_.get(), static_cast<int>(id)); }

  Result<DirectoryBatch> read() override {
    DirectoryBatch batch;
    alignas(inotify_event) char buffer[64 << 10];
    for (;;) {
      const ssize_t got = ::read(fd_.get(), buffer, sizeof buffer);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0 && errno == EAGAIN) return batch;
      if (got < 0) return system_error("read", "inotify events", errno);
      for (const char* at = buffer; at < buffer + got;) {
        const auto* event = reinterpret_cast<const inotify_event*>(at);
        at += sizeof *event + event->len;
        if ((event->mask & IN_Q_OVERFLOW) != 0) batch.overflow = true;
        if (event->len == 0 || event->wd < 0) continue;
        batch.events.push_back({static_cast<DirectoryId>(event->wd), std::string(event->name, ::strnlen(event->name, event->len)),
                                (event->mask & (IN_CREATE | IN_MOVED_TO)) != 0, (event->mask & (IN_DELETE | IN_MOVED_FROM)) != 0, (event->mask & IN_ISDIR) != 0});
      }
    }
  }

 private:
  UniqueFd fd_;
};

}  // namespace

Result<std::unique_ptr<DirectoryEvents>> open_inotify_directories() {
  UniqueFd fd(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  if (!fd) return system_error("open", "inotify", errno).with_advice("close programs that watch files, or raise fs.inotify.max_user_instances");
  return std::unique_ptr<DirectoryEvents>(std::make_unique<InotifyDirectories>(std::move(fd)));
}

}  // namespace strates::linux_world
