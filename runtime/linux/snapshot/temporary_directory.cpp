#include "linux/snapshot/temporary_directory.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>

namespace strates::linux_world {

Result<TemporaryDirectory> TemporaryDirectory::make(int parent, std::string name) {
  if (::mkdirat(parent, name.c_str(), 0700) != 0) return system_error("make directory", name, errno);
  TemporaryDirectory temporary(parent, std::move(name));
  temporary.fd_ = TRY(open_directory_at(parent, temporary.name_));
  return temporary;
}

TemporaryDirectory::TemporaryDirectory(TemporaryDirectory&& other) noexcept
    : parent_(other.parent_), name_(std::exchange(other.name_, {})), fd_(std::move(other.fd_)) {}

TemporaryDirectory::~TemporaryDirectory() {
  fd_.reset();
  if (!name_.empty()) ignore(remove_tree(parent_, name_));
}

Result<UniqueFd> TemporaryDirectory::make_inside(const std::string& name) {
  if (::mkdirat(fd_.get(), name.c_str(), 0755) != 0) return system_error("make directory", name, errno);
  UniqueFd made = TRY(open_directory_at(fd_.get(), name));
  if (::fchmod(made.get(), 0755) != 0) return system_error("set mode of", name, errno);  // whatever the umask
  return made;
}

Result<void> TemporaryDirectory::rename_to(const std::string& name) {
  if (::renameat2(parent_, name_.c_str(), parent_, name.c_str(), RENAME_NOREPLACE) != 0) return system_error("keep", name, errno);
  name_.clear();
  return success();
}

}  // namespace strates::linux_world
