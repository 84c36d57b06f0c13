#include <fcntl.h>
#include <sys/fanotify.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <map>

#include "linux/watch/directory_events.hpp"

namespace strates::linux_world {

namespace {

constexpr std::uint64_t kMask = FAN_CREATE | FAN_DELETE | FAN_MOVED_FROM | FAN_MOVED_TO | FAN_ONDIR;

// The kernel's identity of a file: type and bytes of its handle. All uppers lie in one store, so the file system needs no telling.
std::string handle_text(const file_handle& handle) {
  return std::to_string(handle.handle_type) + ":" + std::string(reinterpret_cast<const char*>(handle.f_handle), handle.handle_bytes);
}

Result<std::string> handle_of(int directory) {
  alignas(file_handle) char space[sizeof(file_handle) + MAX_HANDLE_SZ];
  auto* handle = reinterpret_cast<file_handle*>(space);
  handle->handle_bytes = MAX_HANDLE_SZ;
  int mount_id = 0;
  if (::name_to_handle_at(directory, "", handle, &mount_id, AT_EMPTY_PATH) != 0) return system_error("take file handle of", "directory", errno);
  return handle_text(*handle);
}

class FanotifyDirectories : public DirectoryEvents {
 public:
  explicit FanotifyDirectories(UniqueFd group) : group_(std::move(group)) {}

  int poll_fd() const override { return group_.get(); }

  Result<DirectoryId> add(int directory) override {
    const std::string handle = TRY(handle_of(directory));
    const auto known = ids_.find(handle);
    if (known != ids_.end()) return known->second;
    if (::fanotify_mark(group_.get(), FAN_MARK_ADD | FAN_MARK_ONLYDIR, kMask, directory, nullptr) != 0) return system_error("watch", "directory", errno);
    const DirectoryId id = ++last_;
    ids_[handle] = id;
    handles_[id] = handle;
    return id;
  }

  void remove(DirectoryId id, int directory) override {
    if (directory >= 0) ::fanotify_mark(group_.get(), FAN_MARK_REMOVE, kMask, directory, nullptr);
    const auto known = handles_.find(id);
    if (known == handles_.end()) return;
    ids_.erase(known->second);
    handles_.erase(known);
  }

  Result<DirectoryBatch> read() override {
    DirectoryBatch batch;
    alignas(fanotify_event_metadata) char buffer[64 << 10];
    for (;;) {
      const ssize_t got = ::read(group_.get(), buffer, sizeof buffer);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0 && errno == EAGAIN) return batch;
      if (got < 0) return system_error("read", "fanotify events of directories", errno);
      // Names make events of any multiple of four bytes: the header, which holds 64-bit numbers, is copied out.
      for (const char *at = buffer, *end = buffer + got; at + sizeof(fanotify_event_metadata) <= end;) {
        fanotify_event_metadata event;
        std::memcpy(&event, at, sizeof event);
        if (event.event_len < sizeof event || event.event_len > static_cast<size_t>(end - at)) break;
        take(event, at, batch);
        at += event.event_len;
      }
    }
  }

 private:
  void take(const fanotify_event_metadata& event, const char* start, DirectoryBatch& batch) {
    if (event.fd >= 0) ::close(event.fd);
    if ((event.mask & FAN_Q_OVERFLOW) != 0) batch.overflow = true;
    const char* at = start + event.metadata_len;
    const char* end = start + event.event_len;
    while (at + sizeof(fanotify_event_info_header) <= end) {
      const auto* header = reinterpret_cast<const fanotify_event_info_header*>(at);
      if (header->len < sizeof *header || at + header->len > end) return;
      if (header->info_type == FAN_EVENT_INFO_TYPE_DFID_NAME) take_name(event.mask, *reinterpret_cast<const fanotify_event_info_fid*>(at), at + header->len, batch);
      at += header->len;
    }
  }

  void take_name(std::uint64_t mask, const fanotify_event_info_fid& info, const char* end, DirectoryBatch& batch) {
    const auto* handle = reinterpret_cast<const file_handle*>(info.handle);
    const char* name = reinterpret_cast<const char*>(handle->f_handle) + handle->handle_bytes;
    if (name >= end) return;
    const auto known = ids_.find(handle_text(*handle));
    if (known == ids_.end()) return;
    DirectoryEvent event;
    event.directory = known->second;
    event.name.assign(name, ::strnlen(name, static_cast<size_t>(end - name)));
    event.appeared = (mask & (FAN_CREATE | FAN_MOVED_TO)) != 0;
    event.vanished = (mask & (FAN_DELETE | FAN_MOVED_FROM)) != 0;
    event.is_directory = (mask & FAN_ONDIR) != 0;
    if (!event.name.empty() && event.name != ".") batch.events.push_back(std::move(event));
  }

  UniqueFd group_;
  std::map<std::string, DirectoryId> ids_;
  std::map<DirectoryId, std::string> handles_;
  DirectoryId last_ = 0;
};

}  // namespace

Result<std::unique_ptr<DirectoryEvents>> open_fanotify_directories() {
  UniqueFd group(::fanotify_init(FAN_CLASS_NOTIF | FAN_REPORT_DFID_NAME | FAN_UNLIMITED_MARKS | FAN_CLOEXEC | FAN_NONBLOCK, O_RDONLY | O_CLOEXEC));
  if (!group) return system_error("open", "fanotify group for directories", errno).with_advice("run `strates doctor`");
  return std::unique_ptr<DirectoryEvents>(std::make_unique<FanotifyDirectories>(std::move(group)));
}

}  // namespace strates::linux_world
