#include "cli/file_source.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace strates::cli {

Result<FileSource> FileSource::open(const std::string& path) {
  UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return system_error("open", path, errno);
  return FileSource(std::move(file), path);
}

Result<size_t> FileSource::read(std::span<char> buffer) {
  for (;;) {
    const ssize_t got = ::read(file_.get(), buffer.data(), buffer.size());
    if (got >= 0) return static_cast<size_t>(got);
    if (errno != EINTR) return system_error("read", path_, errno);
  }
}

Result<void> write_all(const UniqueFd& file, std::string_view bytes, std::string_view path) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(file.get(), bytes.data(), bytes.size());
    if (put >= 0) bytes.remove_prefix(static_cast<size_t>(put));
    else if (errno != EINTR) return system_error("write", path, errno);
  }
  return success();
}

Result<void> FileSink::write(std::string_view bytes) { return write_all(file_, bytes, path_); }

Result<std::string> read_file(const std::string& path, std::uint64_t limit) {
  FileSource source = TRY(FileSource::open(path));
  return read_all(source, limit);
}

Result<UniqueFd> anonymous_file() {
  const char* directory = std::getenv("TMPDIR");
  const std::string in = directory != nullptr && *directory == '/' ? directory : "/tmp";
  UniqueFd file(::open(in.c_str(), O_RDWR | O_TMPFILE | O_CLOEXEC, 0600));
  if (file) return file;
  std::string name = in + "/strates-XXXXXX";  // a file system without O_TMPFILE
  file.reset(::mkostemp(name.data(), O_CLOEXEC));
  if (!file) return system_error("create temporary file in", in, errno);
  ::unlink(name.c_str());
  return file;
}

}  // namespace strates::cli
