// One daemon per root directory: flock on ROOT/lock, which holds the daemon's pid. The kernel lets go when the daemon dies, however it dies.
#pragma once

#include <string>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace strates::linux_world {

class RootLock {
 public:
  // `root` exists. code daemon.root-in-use: the cause names the other daemon's pid.
  static Result<RootLock> take(const std::string& root);

 private:
  explicit RootLock(UniqueFd file) : file_(std::move(file)) {}
  UniqueFd file_;
};

}  // namespace strates::linux_world
