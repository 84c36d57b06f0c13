// What happens to the names in watched directories, in order. Two sources give it: fanotify, and inotify where the file system has no file handles.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace strates::linux_world {

using DirectoryId = std::uint64_t;

struct DirectoryEvent {
  DirectoryId directory = 0;
  std::string name;
  bool appeared = false, vanished = false;  // both: the kernel merged them, in an order it does not say
  bool is_directory = false;
};

struct DirectoryBatch {
  std::vector<DirectoryEvent> events;
  bool overflow = false;  // some were lost
};

// One thread reads, calls are serialised by the owner.
class DirectoryEvents {
 public:
  virtual ~DirectoryEvents() = default;
  virtual int poll_fd() const = 0;
  // A directory watched already keeps its id.
  virtual Result<DirectoryId> add(int directory) = 0;
  // `directory` is the descriptor of the same directory, or -1 when it is gone.
  virtual void remove(DirectoryId id, int directory) = 0;
  // All that is queued, without waiting.
  virtual Result<DirectoryBatch> read() = 0;
};

// Needs CAP_SYS_ADMIN and Linux 5.9; no limit on watches. (fanotify(7), FAN_REPORT_DFID_NAME)
Result<std::unique_ptr<DirectoryEvents>> open_fanotify_directories();
// Bounded by /proc/sys/fs/inotify/max_user_watches. (inotify(7))
Result<std::unique_ptr<DirectoryEvents>> open_inotify_directories();

}  // namespace strates::linux_world
