#include "linux/process/small_file.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <vector>

#include "base/strings.hpp"

namespace strates::linux_world {

namespace {

Result<void> write_all(const UniqueFd& file, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(file.get(), bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_error("write", path, errno);
    bytes.remove_prefix(static_cast<size_t>(count));
  }
  return success();
}

using Directory = Handle<DIR*, static_cast<DIR*>(nullptr), ::closedir>;

Result<void> remove_below(const UniqueFd& parent, const std::string& name, const std::string& shown) {
  if (::unlinkat(parent.get(), name.c_str(), 0) == 0 || errno == ENOENT) return success();
  if (errno != EISDIR && errno != EPERM) return system_error("remove", shown, errno);
  UniqueFd inside(::openat(parent.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!inside) return system_error("open directory", shown, errno);
  UniqueFd copy(::fcntl(inside.get(), F_DUPFD_CLOEXEC, 0));
  if (!copy) return system_error("duplicate", shown, errno);
  const Directory listing(::fdopendir(copy.get()));
  if (!listing) return system_error("list", shown, errno);
  static_cast<void>(copy.release());  // the listing owns it now
  while (const dirent* entry = ::readdir(listing.get())) {
    const std::string child = entry->d_name;
    if (child != "." && child != "..") TRY(remove_below(inside, child, shown + "/" + child));
  }
  if (::unlinkat(parent.get(), name.c_str(), AT_REMOVEDIR) != 0 && errno != ENOENT) return system_error("remove directory", shown, errno);
  return success();
}

}  // namespace

Result<std::string> read_small_file(const std::string& path, size_t limit) {
  // O_NONBLOCK: a pipe put where a file should be must not hold us.
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file) return system_error("open", path, errno);
  struct stat about {};
  if (::fstat(file.get(), &about) != 0) return system_error("stat", path, errno);
  if (!S_ISREG(about.st_mode)) return make_error(ErrorKind::Invalid, "file.type", "read", path, "not a regular file");
  std::string out;
  char buffer[16384];
  for (;;) {
    const ssize_t count = ::read(file.get(), buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_error("read", path, errno);
    if (count == 0) return out;
    out.append(buffer, static_cast<size_t>(count));
    if (out.size() > limit) return make_error(ErrorKind::Invalid, "file.too-large", "read", path, "more than " + std::to_string(limit) + " bytes");
  }
}

Result<void> write_small_file(const std::string& path, std::string_view bytes, mode_t mode) {
  const UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode));
  if (!file) return system_error("create", path, errno);
  if (::fchmod(file.get(), mode) != 0) return system_error("chmod", path, errno);
  return write_all(file, bytes, path);
}

Result<void> replace_small_file(const std::string& path, std::string_view bytes, mode_t mode) {
  const std::string beside = path + ".new";
  TRY(write_small_file(beside, bytes, mode));
  if (::rename(beside.c_str(), path.c_str()) != 0) return system_error("rename over", path, errno);
  return success();
}

Result<void> ensure_directory(const std::string& path, mode_t mode) {
  if (::mkdir(path.c_str(), mode) == 0 || errno == EEXIST) return success();
  if (errno != ENOENT || path == "/" || path == ".") return system_error("create directory", path, errno);
  TRY(ensure_directory(dir_name(path), mode));
  if (::mkdir(path.c_str(), mode) != 0 && errno != EEXIST) return system_error("create directory", path, errno);
  return success();
}

Result<void> remove_directory_tree(const std::string& path) {
  const std::string parent_path = dir_name(path);
  const UniqueFd parent(::open(parent_path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!parent) return errno == ENOENT ? success() : Result<void>(system_error("open directory", parent_path, errno));
  return remove_below(parent, base_name(path), path);
}

}  // namespace strates::linux_world
