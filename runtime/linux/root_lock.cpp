#include "linux/root_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>

#include "base/strings.hpp"
#include "base/text.hpp"
#include "linux/process/small_file.hpp"

namespace strates::linux_world {

Result<RootLock> RootLock::take(const std::string& root) {
  const std::string path = root + "/lock";
  // O_CLOEXEC: the lock lives as long as its last descriptor, and no child may keep it.
  UniqueFd file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file) return system_error(tr(Text::LinuxLockRoot), path, errno);
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return system_error(tr(Text::LinuxLockRoot), path, errno);
    const std::string pid(trim(read_small_file(path, 64).value_or("")));
    return make_error(ErrorKind::Conflict, "daemon.root-in-use", tr(Text::LinuxLockRoot), root, tr(Text::LinuxRootInUse, pid.empty() ? "?" : pid),
                      tr(Text::LinuxRootInUseAdvice, pid.empty() ? "PID" : pid));
  }
  const std::string pid = std::to_string(::getpid()) + "\n";
  if (::ftruncate(file.get(), 0) != 0 || ::pwrite(file.get(), pid.data(), pid.size(), 0) < 0) return system_error(tr(Text::LinuxLockRoot), path, errno);
  return RootLock(std::move(file));
}

}  // namespace strates::linux_world
