#include "cli/compose/disk_files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/unique_fd.hpp"
#include "compose/yaml_reader.hpp"

namespace strates::cli {

namespace {

constexpr size_t kLimit = 4 << 20;

std::string reason(int error) { return error == ENOENT ? "no such file or directory" : error == EACCES ? "permission denied" : error == EISDIR ? "is a directory" : errno_name(error); }

}  // namespace

bool DiskFiles::exists(const std::string& path) {
  struct stat info{};
  return path == "-" || stat(path.c_str(), &info) == 0;
}

Result<std::string> DiskFiles::read(const std::string& path) {
  if (const auto found = kept_.find(path); found != kept_.end()) return found->second;
  std::string text;
  if (path == "-") {
    InputSource input(console_);
    text = TRY(read_all(input, kLimit));
  } else {
    const auto refuse = [&](std::string_view call, int error) { return compose::compose_error("no-file", {}, std::string(call) + " " + path + ": " + reason(error)); };
    UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
    if (!file) return refuse("open", errno);
    struct stat info{};
    if (fstat(file.get(), &info) != 0) return refuse("stat", errno);
    if (S_ISDIR(info.st_mode)) return refuse("read", EISDIR);
    char buffer[16384];
    for (;;) {
      const ssize_t got = ::read(file.get(), buffer, sizeof buffer);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return refuse("read", errno);
      if (got == 0) break;
      text.append(buffer, static_cast<size_t>(got));
      if (text.size() > kLimit) return refuse("read", EFBIG);
    }
  }
  return kept_[path] = std::move(text);
}

}  // namespace strates::cli
