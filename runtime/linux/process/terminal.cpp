#include "linux/process/terminal.hpp"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/vfs.h>

#include <cerrno>

namespace strates::linux_world {

Result<Terminal> open_terminal() {
  constexpr const char* kMultiplexer = "/dev/pts/ptmx";
  Terminal terminal;
  terminal.master = UniqueFd(::open(kMultiplexer, O_RDWR | O_NOCTTY | O_CLOEXEC | O_NOFOLLOW));
  if (!terminal.master) return system_error("open", kMultiplexer, errno);
  struct statfs about {};
  if (::fstatfs(terminal.master.get(), &about) != 0) return system_error("statfs", kMultiplexer, errno);
  if (about.f_type != DEVPTS_SUPER_MAGIC) return make_error(ErrorKind::Internal, "process.setup", "open terminal", kMultiplexer, "not on a devpts file system");
  int locked = 0;
  if (::ioctl(terminal.master.get(), TIOCSPTLCK, &locked) != 0) return system_error("unlock terminal", kMultiplexer, errno);
  unsigned number = 0;
  if (::ioctl(terminal.master.get(), TIOCGPTN, &number) != 0) return system_error("number of terminal", kMultiplexer, errno);
  terminal.path = "/dev/pts/" + std::to_string(number);
  terminal.slave = UniqueFd(::ioctl(terminal.master.get(), TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!terminal.slave) return system_error("open terminal", terminal.path, errno);
  return terminal;
}

Result<void> set_terminal_size(const UniqueFd& terminal, std::uint16_t rows, std::uint16_t columns) {
  if (rows == 0 && columns == 0) return success();
  const winsize size{rows, columns, 0, 0};
  if (::ioctl(terminal.get(), TIOCSWINSZ, &size) != 0) return system_error("resize", "terminal", errno);
  return success();
}

}  // namespace strates::linux_world
