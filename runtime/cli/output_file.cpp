#include "cli/output_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/strings.hpp"
#include "base/unique_fd.hpp"
#include "cli/file_source.hpp"

namespace strates::cli {

namespace {

Error refuse(std::string sentence) { return docker_error(ErrorKind::Invalid, "cli.output", std::move(sentence)); }

std::string directory_of(const std::string& path) {
  const size_t slash = path.find_last_not_of('/') == std::string::npos ? 0 : path.rfind('/', path.find_last_not_of('/'));
  return slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace

Result<void> check_output_path(const std::string& path) {
  struct stat st {};
  const std::string directory = directory_of(path);
  if (::stat(directory.c_str(), &st) != 0 && errno == ENOENT) return refuse("invalid output path: directory " + go_quote(directory) + " does not exist");
  if (::stat(path.c_str(), &st) != 0 || S_ISDIR(st.st_mode) || S_ISREG(st.st_mode)) return {};
  const bool device = S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode);
  return refuse("invalid output path: " + go_quote(path) + " must be a directory or a regular file: got " + (device ? "a device" : "an irregular file"));
}

Result<void> write_output_file(api::ClientStream& stream, const std::string& path) {
  struct stat st {};
  const std::string directory = directory_of(path);
  const std::string partial = (directory == "/" ? "" : directory) + "/.docker_temp_" + std::to_string(::getpid());
  // Docker writes it whole, and finds out as it renames.
  if (::stat(path.c_str(), &st) == 0 && S_ISDIR(st.st_mode)) return refuse("rename " + partial + " " + path + ": file exists");
  UniqueFd file(::open(partial.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!file) return refuse("open " + path + ": " + to_lower(std::strerror(errno)));
  const auto copy = [&]() -> Result<void> {
    for (;;) {
      const std::string bytes = TRY(stream.read());
      if (bytes.empty()) break;
      TRY(write_all(file, bytes, partial));
    }
    if (::rename(partial.c_str(), path.c_str()) != 0) return system_error("rename", path, errno);
    return {};
  };
  auto done = copy();
  if (!done.ok()) ::unlink(partial.c_str());
  return done;
}

Result<void> write_output(api::ClientStream& stream, Console& console) {
  for (;;) {
    const std::string bytes = TRY(stream.read());
    if (bytes.empty() || console.out_is_gone()) return {};
    console.out(bytes);
  }
}

}  // namespace strates::cli
