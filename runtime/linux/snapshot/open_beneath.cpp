#include "linux/snapshot/open_beneath.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

namespace strates::linux_world {

Result<UniqueFd> open_beneath(int root, const std::string& path, int flags, Resolve how) {
  open_how request{};
  request.flags = static_cast<std::uint64_t>(static_cast<unsigned>(flags | O_CLOEXEC));
  request.resolve = RESOLVE_NO_MAGICLINKS;
  request.resolve |= how == Resolve::Strict ? RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV : RESOLVE_IN_ROOT;
  const std::string inside = path.empty() || path == "/" ? "." : path;
  for (int attempt = 0;; ++attempt) {
    UniqueFd fd(static_cast<int>(::syscall(SYS_openat2, root, inside.c_str(), &request, sizeof request)));
    if (fd) return fd;
    // EAGAIN: a rename elsewhere raced with "..", the kernel could not be sure.
    if ((errno == EAGAIN && attempt < 100) || errno == EINTR) continue;
    Error error = system_error("open", path, errno);
    if (errno == ENOSYS) return std::move(error).with_advice("a kernel of 5.6 or later is needed; run `strates doctor`");
    return error;
  }
}

}  // namespace strates::linux_world
