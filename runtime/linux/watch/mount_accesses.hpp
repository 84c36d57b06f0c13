// What processes do to files through one mount: reads, executions and writes, with who did it. stat(2) and page faults of mapped files are invisible.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace strates::linux_world {

struct MountAccess {
  std::uint64_t mount_id = 0;
  std::string path;  // as the mount's own root sees it: "/etc/motd"
  std::int64_t pid = 0;
  bool opened = false, read = false, written = false, closed_after_writing = false;
  bool empty = false;  // the file holds nothing now
};

struct AccessBatch {
  std::vector<MountAccess> accesses;
  bool overflow = false;
};

// A fanotify group with mount marks (fanotify_mark(2), FAN_MARK_MOUNT). One per daemon. Calls are serialised by the owner.
class MountAccesses {
 public:
  static Result<MountAccesses> open();
  int poll_fd() const { return group_.get(); }
  // Marks the mount that the path lies on; returns its id.
  Result<std::uint64_t> add(const std::string& path);
  void remove(const std::string& path);
  Result<AccessBatch> read();

 private:
  explicit MountAccesses(UniqueFd group) : group_(std::move(group)) {}
  UniqueFd group_;
};

// The kernel's number of the mount that the path lies on (statx(2), STATX_MNT_ID: Linux 5.8).
Result<std::uint64_t> mount_id_of(const std::string& path);

}  // namespace strates::linux_world
