#include "http/server/listener.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>

#include "base/strings.hpp"

namespace strates::http {

namespace {

constexpr int kBacklog = 256;

Result<void> make_parents(const std::string& path) {
  const std::string parent = dir_name(path);
  if (parent.empty() || parent == "/" || parent == ".") return {};
  struct stat status {};
  if (::stat(parent.c_str(), &status) == 0) return {};
  TRY(make_parents(parent));
  if (::mkdir(parent.c_str(), 0755) != 0 && errno != EEXIST) return system_error("create directory", parent, errno);
  return {};
}

Result<sockaddr_un> address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path)
    return make_error(ErrorKind::Invalid, "http.path-too-long", "listen on", path,
                      "a socket's path has 1 to " + std::to_string(sizeof address.sun_path - 1) + " bytes", "choose a shorter --socket");
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

Result<UniqueFd> open_socket(const std::string& path) {
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd) return system_error("create socket", path, errno);
  return fd;
}

// What lies at the path already: nothing, a dead socket (removed), or something to refuse.
Result<void> clear_path(const std::string& path, const sockaddr_un& address) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) {
    if (errno == ENOENT) return {};
    return system_error("look at", path, errno);
  }
  if (!S_ISSOCK(status.st_mode))
    return make_error(ErrorKind::Conflict, "http.socket-exists", "listen on", path, "a file that is not a socket lies there", "move it away, or choose another --socket");
  const UniqueFd probe = TRY(open_socket(path));
  if (::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
    return make_error(ErrorKind::Conflict, "http.socket-in-use", "listen on", path, "somebody answers there already", "stop that daemon, or choose another --socket");
  if (errno != ECONNREFUSED && errno != ENOENT) return system_error("probe socket", path, errno);
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return system_error("remove the dead socket", path, errno);
  return {};
}

}  // namespace

Result<Listener> Listener::bind(const std::string& path, std::uint32_t mode) {
  const sockaddr_un address = TRY(address_of(path));
  TRY(make_parents(path));
  TRY(clear_path(path, address));
  UniqueFd fd = TRY(open_socket(path));
  // Restricted from its first moment: on Linux a socket's file takes its mode from the socket's inode, less the umask.
  if (::fchmod(fd.get(), mode) != 0) return system_error("set the mode of", path, errno);
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return system_error("bind", path, errno);
  struct stat status {};
  if (::chmod(path.c_str(), mode) != 0 || ::lstat(path.c_str(), &status) != 0) {
    const int error = errno;
    ::unlink(path.c_str());
    return system_error("set the mode of", path, error);
  }
  if (::listen(fd.get(), kBacklog) != 0) {
    const int error = errno;
    ::unlink(path.c_str());
    return system_error("listen on", path, error);
  }
  return Listener(std::move(fd), path, status.st_dev, status.st_ino);
}

Result<Listener> Listener::bind_tcp(const std::string& address) {
  const size_t colon = address.rfind(':');
  std::string host = address.substr(0, std::min(colon, address.size()));
  const std::string port = colon == std::string::npos ? "" : address.substr(colon + 1);
  const bool bracketed = host.starts_with('[') && host.ends_with(']');
  if (bracketed) host = host.substr(1, host.size() - 2);
  std::uint16_t number = 0;
  const auto [end, failed] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (port.empty() || failed != std::errc() || end != port.data() + port.size() || (!bracketed && host.find(':') != std::string::npos))
    return make_error(ErrorKind::Invalid, "http.address", "listen on", address, "an address and a port are expected", "for example 127.0.0.1:5000 or [::1]:5000");
  addrinfo hints{}, *found = nullptr;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  if (const int why = ::getaddrinfo(host.empty() ? nullptr : host.c_str(), port.c_str(), &hints, &found); why != 0)
    return make_error(ErrorKind::Invalid, "http.address", "listen on", address, ::gai_strerror(why));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owned(found, ::freeaddrinfo);
  UniqueFd fd(::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return system_error("create socket", address, errno);
  const int one = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (::bind(fd.get(), found->ai_addr, found->ai_addrlen) != 0) {
    if (errno == EADDRINUSE) return make_error(ErrorKind::Conflict, "http.port-in-use", "listen on", address, "somebody listens there already", "choose another port; 0 is a free one");
    return system_error("bind", address, errno);
  }
  if (::listen(fd.get(), kBacklog) != 0) return system_error("listen on", address, errno);
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  if (::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&bound), &size) != 0) return system_error("look at", address, errno);
  const in_port_t real = bound.ss_family == AF_INET6 ? reinterpret_cast<const sockaddr_in6*>(&bound)->sin6_port : reinterpret_cast<const sockaddr_in*>(&bound)->sin_port;
  return Listener(std::move(fd), address.substr(0, colon + 1) + std::to_string(ntohs(real)));
}

void Listener::remove_file() {
  if (path_.empty()) return;
  struct stat status {};
  if (::lstat(path_.c_str(), &status) == 0 && status.st_dev == device_ && status.st_ino == inode_) ::unlink(path_.c_str());
}

}  // namespace strates::http
