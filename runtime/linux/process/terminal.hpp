// Pseudo-terminals out of a container's own devpts (pts(4)).
#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace strates::linux_world {

struct Terminal {
  UniqueFd master, slave;
  std::string path;  // "/dev/pts/0"
};

// From /dev/pts of the calling process's root, which is checked to be devpts: a container could have put something else there.
Result<Terminal> open_terminal();
// 0 keeps what is.
Result<void> set_terminal_size(const UniqueFd& terminal, std::uint16_t rows, std::uint16_t columns);

}  // namespace strates::linux_world
