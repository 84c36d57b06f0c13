// rm -rf that a hostile tree cannot lead astray: by descriptor, never through a link, never across a mount, at any depth.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "linux/storage/files.hpp"

namespace strates::linux_world {

namespace {

// A directory deeper than this is first moved up to the top, so that a chain of a million directories takes neither descriptors nor stack.
constexpr int kDeep = 64;

class Remover {
 public:
  Remover(int top, dev_t device) : top_(top), device_(device) {}

  Result<void> empty(int directory, int depth) {
    for (const std::string& name : TRY(names_in(directory, "tree to remove"))) {
      if (::unlinkat(directory, name.c_str(), 0) == 0 || errno == ENOENT) continue;
      if (errno != EISDIR && errno != EPERM && errno != EBUSY) return system_error("remove", name, errno);
      const auto st = TRY(stat_at(directory, name));
      if (!st) continue;
      if (!S_ISDIR(st->st_mode)) return system_error("remove", name, EPERM);
      if (st->st_dev != device_) return make_error(ErrorKind::Conflict, "files.mounted", "remove", name, "a file system is mounted there", "unmount it first");
      if (depth >= kDeep) {
        const std::string moved = ".strates-removing-" + std::to_string(next_++);
        if (::renameat(directory, name.c_str(), top_, moved.c_str()) != 0) return system_error("move up to remove", name, errno);
        continue;
      }
      TRY(remove_directory(directory, name, depth + 1));
    }
    return success();
  }

  Result<void> remove_directory(int parent, const std::string& name, int depth) {
    {
      auto opened = open_directory_at(parent, name);
      if (!opened.ok()) return std::move(opened).error();
      TRY(empty(opened.value().get(), depth));
    }
    if (::unlinkat(parent, name.c_str(), AT_REMOVEDIR) != 0 && errno != ENOENT) return system_error("remove directory", name, errno);
    return success();
  }

 private:
  int top_;
  dev_t device_;
  std::uint64_t next_ = 0;
};

}  // namespace

Result<void> remove_tree(int directory, const std::string& name) {
  if (::unlinkat(directory, name.c_str(), 0) == 0 || errno == ENOENT) return success();
  const auto st = TRY(stat_at(directory, name));
  if (!st) return success();
  if (!S_ISDIR(st->st_mode)) return system_error("remove", name, EPERM);
  UniqueFd top = TRY(open_directory_at(directory, name));
  struct stat parent{};
  if (::fstat(directory, &parent) != 0) return system_error("stat", name, errno);
  if (parent.st_dev != st->st_dev) return make_error(ErrorKind::Conflict, "files.mounted", "remove", name, "a file system is mounted there", "unmount it first");
  Remover remover(top.get(), st->st_dev);
  // What was moved up is only found by listing again.
  for (;;) {
    TRY(remover.empty(top.get(), 0));
    if (TRY(names_in(top.get(), name)).empty()) break;
  }
  top.reset();
  if (::unlinkat(directory, name.c_str(), AT_REMOVEDIR) != 0 && errno != ENOENT) return system_error("remove directory", name, errno);
  return success();
}

}  // namespace strates::linux_world
