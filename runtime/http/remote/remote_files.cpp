#include "http/remote/remote_files.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "base/unique_fd.hpp"
#include "http/client/url_get.hpp"

namespace strates::http {

namespace {

// What arrives goes through a file without a name, so that the spooler can read it at its own pace.
class TemporaryBytes : public ByteSink, public ByteSource {
 public:
  static Result<TemporaryBytes> make() {
    const char* const folder = std::getenv("TMPDIR");
    UniqueFd fd(::open(folder != nullptr && *folder != '\0' ? folder : "/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
    if (!fd) fd.reset(::memfd_create("download", MFD_CLOEXEC));
    if (!fd) return system_error("make a temporary file", "", errno);
    return TemporaryBytes(std::move(fd));
  }
  Result<void> write(std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t count = ::write(fd_.get(), bytes.data(), bytes.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return system_error("write", "download", errno);
      bytes.remove_prefix(static_cast<size_t>(count));
    }
    return success();
  }
  Result<size_t> read(std::span<char> buffer) override {
    for (;;) {
      const ssize_t count = ::pread(fd_.get(), buffer.data(), buffer.size(), static_cast<off_t>(at_));
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return system_error("read", "download", errno);
      at_ += static_cast<std::uint64_t>(count);
      return static_cast<size_t>(count);
    }
  }

 private:
  explicit TemporaryBytes(UniqueFd fd) : fd_(std::move(fd)) {}
  UniqueFd fd_;
  std::uint64_t at_ = 0;
};

}  // namespace

Result<engine::RemoteFile> UrlFiles::get(const std::string& url, std::uint64_t limit, const std::function<bool()>& cancelled) {
  TemporaryBytes bytes = TRY(TemporaryBytes::make());
  UrlLimits limits;
  limits.body = limit;
  auto head = get_url(url, bytes, limits, cancelled);
  if (!head.ok()) {
    Error error = std::move(head).error();
    if (error.code == "remote.cancelled") return docker_error(ErrorKind::Conflict, "build.cancelled", "Build cancelled");
    return error;
  }
  engine::RemoteFile out;
  out.bytes = TRY(spooler_.keep(bytes, limit));
  out.content_type = head.value().content_type;
  out.content_disposition = head.value().content_disposition;
  out.last_modified = head.value().last_modified;
  return out;
}

}  // namespace strates::http
