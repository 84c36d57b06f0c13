#include "linux/storage/files.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>

#include "base/strings.hpp"

namespace strates::linux_world {

Result<void> make_directories(const std::string& path, unsigned mode) {
  if (::mkdir(path.c_str(), mode) == 0) return success();
  if (errno == ENOENT && dir_name(path) != path) {
    TRY(make_directories(dir_name(path), mode));
    if (::mkdir(path.c_str(), mode) == 0) return success();
  }
  if (errno != EEXIST) return system_error("make directory", path, errno);
  TRY(open_directory(path));
  return success();
}

Result<UniqueFd> open_directory(const std::string& path) {
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) return system_error("open directory", path, errno);
  return fd;
}

Result<UniqueFd> open_directory_at(int directory, const std::string& name) {
  UniqueFd fd(::openat(directory, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!fd) return system_error("open directory", name, errno);
  return fd;
}

Result<std::vector<ListedEntry>> entries_in(int directory, std::string_view shown) {
  // A fresh description: the directory's own offset may have been used.
  const int again = ::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (again < 0) return system_error("list directory", shown, errno);
  std::unique_ptr<DIR, int (*)(DIR*)> stream(::fdopendir(again), &::closedir);
  if (!stream) {
    const int number = errno;
    ::close(again);
    return system_error("list directory", shown, number);
  }
  std::vector<ListedEntry> entries;
  for (;;) {
    errno = 0;
    const dirent* entry = ::readdir(stream.get());
    if (entry == nullptr) break;
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") entries.push_back({std::string(name), entry->d_type});
  }
  if (errno != 0) return system_error("list directory", shown, errno);
  std::sort(entries.begin(), entries.end(), [](const ListedEntry& a, const ListedEntry& b) { return a.name < b.name; });
  return entries;
}

Result<std::vector<std::string>> names_in(int directory, std::string_view shown) {
  std::vector<std::string> names;
  std::vector<ListedEntry> entries = TRY(entries_in(directory, shown));
  names.reserve(entries.size());
  for (ListedEntry& entry : entries) names.push_back(std::move(entry.name));
  return names;
}

Result<std::optional<struct stat>> stat_at(int directory, const std::string& name) {
  struct stat st{};
  if (::fstatat(directory, name.c_str(), &st, AT_SYMLINK_NOFOLLOW) == 0) return std::optional(st);
  if (errno == ENOENT || errno == ENOTDIR) return std::optional<struct stat>();
  return system_error("stat", name, errno);
}

Result<std::string> read_file_at(int directory, const std::string& name, std::uint64_t limit) {
  auto fd = std::make_shared<UniqueFd>(::openat(directory, name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!*fd) return system_error("open", name, errno);
  FileSource source(fd, name);
  return read_all(source, limit);
}

Result<void> write_all(int file, std::string_view bytes, std::string_view shown) {
  while (!bytes.empty()) {
    const ssize_t done = ::write(file, bytes.data(), bytes.size());
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) return system_error("write", shown, errno);
    bytes.remove_prefix(static_cast<size_t>(done));
  }
  return success();
}

Result<void> replace_file_at(int directory, const std::string& name, std::string_view bytes, Durability durability) {
  const std::string temporary = ".new-" + name;
  UniqueFd fd(::openat(directory, temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!fd) return system_error("create", temporary, errno);
  auto written = write_all(fd.get(), bytes, name);
  if (written.ok() && durability == Durability::Power && ::fdatasync(fd.get()) != 0) written = system_error("sync", name, errno);
  if (written.ok() && ::renameat(directory, temporary.c_str(), directory, name.c_str()) != 0) written = system_error("replace", name, errno);
  if (!written.ok()) {
    ::unlinkat(directory, temporary.c_str(), 0);
    return written;
  }
  if (durability == Durability::Power && ::fsync(directory) != 0) return system_error("sync directory of", name, errno);
  return success();
}

Result<size_t> FileSource::read(std::span<char> buffer) {
  for (;;) {
    const ssize_t got = ::pread(file_->get(), buffer.data(), buffer.size(), static_cast<off_t>(at_));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_error("read", shown_, errno);
    at_ += static_cast<std::uint64_t>(got);
    return static_cast<size_t>(got);
  }
}

}  // namespace strates::linux_world
