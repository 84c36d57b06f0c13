#include "http/client/unix_connection.hpp"

#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace strates::http {

namespace {

constexpr size_t kReadSize = 64 * 1024;

// Docker's sentences for a daemon that cannot be reached (docker/cli, 20.10: client/errors.go).
Error connect_error(const std::string& path, int number) {
  const std::string host = "unix://" + path;
  Error error = system_error("connect to", path, number);
  if (number == EACCES || number == EPERM) {
    error.kind = ErrorKind::Forbidden;
    error.code = "client.permission";
    error.advice = "run as root, or ask for access to the socket";
    error.wire = "Got permission denied while trying to connect to the Docker daemon socket at " + host + ": dial unix " + path + ": connect: permission denied";
  } else {
    error.kind = ErrorKind::Unavailable;
    error.code = "client.connect";
    error.advice = "start it with `strates daemon`";
    error.wire = "Cannot connect to the Docker daemon at " + host + ". Is the docker daemon running?";
  }
  return error;
}

}  // namespace

Result<UnixConnection> UnixConnection::open(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path)
    return make_error(ErrorKind::Invalid, "client.path-too-long", "connect to", path, "a socket's path has 1 to " + std::to_string(sizeof address.sun_path - 1) + " bytes");
  std::memcpy(address.sun_path, path.data(), path.size());
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd) return system_error("create socket", path, errno);
  while (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    if (errno != EINTR) return connect_error(path, errno);
  return UnixConnection(std::move(fd));
}

Result<bool> UnixConnection::fill() {
  const size_t before = buffer_.size();
  for (;;) {
    buffer_.resize(before + kReadSize);
    const ssize_t count = ::recv(fd_.get(), buffer_.data() + before, kReadSize, 0);
    buffer_.resize(before + static_cast<size_t>(std::max<ssize_t>(count, 0)));
    if (count > 0) return true;
    if (count == 0 || cancelled_) return false;
    if (errno != EINTR) {
      Error error = system_error("read from", "the engine", errno);
      error.code = "client.read";
      return error;
    }
  }
}

Result<std::string> UnixConnection::read_some(size_t limit) {
  if (cancelled_) return std::string();
  if (buffer_.empty() && !TRY(fill())) return std::string();
  if (buffer_.size() <= limit) return std::exchange(buffer_, {});
  std::string part = buffer_.substr(0, limit);
  buffer_.erase(0, limit);
  return part;
}

Result<std::string> UnixConnection::read_line(size_t limit) {
  for (;;) {
    const auto end = buffer_.find('\n');
    if (end != std::string::npos && end <= limit) {
      std::string line = buffer_.substr(0, end > 0 && buffer_[end - 1] == '\r' ? end - 1 : end);
      buffer_.erase(0, end + 1);
      return line;
    }
    if (buffer_.size() > limit) return make_error(ErrorKind::Internal, "client.framing", "read from", "the engine", "a line without end");
    if (!TRY(fill())) return make_error(ErrorKind::Unavailable, "client.cut-short", "read from", "the engine", "the answer was cut short", "look at the daemon's messages");
  }
}

Result<void> UnixConnection::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count >= 0) {
      bytes.remove_prefix(static_cast<size_t>(count));
    } else if (errno != EINTR) {
      Error error = system_error("write to", "the engine", errno);
      error.code = "client.write";
      return error;
    }
  }
  return {};
}

void UnixConnection::close_write() { ::shutdown(fd_.get(), SHUT_WR); }

void UnixConnection::cancel() {
  cancelled_ = true;
  ::shutdown(fd_.get(), SHUT_RDWR);
}

}  // namespace strates::http
