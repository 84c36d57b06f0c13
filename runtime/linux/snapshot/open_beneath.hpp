// openat2(2): paths the kernel itself keeps inside a directory.
#pragma once

#include <string>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace strates::linux_world {

enum class Resolve {
  Strict,  // no symbolic link anywhere, nothing above the root: for layers
  InRoot,  // links are followed as after chroot(root): for merged trees
};

// Errors are the call's own (system.ENOENT, system.ELOOP, ...); system.ENOSYS advises a kernel of 5.6 or later.
Result<UniqueFd> open_beneath(int root, const std::string& path, int flags, Resolve how);

}  // namespace strates::linux_world
