#include "http/outbound/connection.hpp"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "base/go_errno.hpp"
#include "base/strings.hpp"

namespace strates::http {

namespace {

constexpr int kPollMilliseconds = 100;

Error fetch_error(std::string_view code, std::string words) { return docker_error(ErrorKind::Unavailable, code, std::move(words)); }

std::string shown(const sockaddr* address, const std::string& port) {
  char text[INET6_ADDRSTRLEN] = "";
  if (address->sa_family == AF_INET6) {
    inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr, text, sizeof text);
    return "[" + std::string(text) + "]:" + port;
  }
  inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in*>(address)->sin_addr, text, sizeof text);
  return std::string(text) + ":" + port;
}

// Go names the server that it asked: " on 10.0.0.1:53".
std::string asked_server() {
  std::ifstream file("/etc/resolv.conf");
  std::string line;
  while (std::getline(file, line)) {
    if (!line.starts_with("nameserver")) continue;
    const std::string address(trim(std::string_view(line).substr(10)));
    return " on " + (address.find(':') == std::string::npos ? address : "[" + address + "]") + ":53";
  }
  return {};
}

class Plain final : public Connection {
 public:
  explicit Plain(UniqueFd fd) : fd_(std::move(fd)) {}

  Result<size_t> read(std::span<char> buffer, const Patience& patience) override {
    for (;;) {
      const ssize_t got = ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
      if (got >= 0) return static_cast<size_t>(got);
      if (errno == EAGAIN) TRY(wait_until(fd_.get(), Ready::Read, patience));
      else if (errno != EINTR) return fetch_error("fetch.truncated", "read tcp: read: " + go_errno(errno));
    }
  }

  Result<void> write(std::string_view bytes, const Patience& patience) override {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent > 0) bytes.remove_prefix(static_cast<size_t>(sent));
      else if (sent < 0 && errno == EAGAIN) TRY(wait_until(fd_.get(), Ready::Write, patience));
      else if (sent < 0 && errno != EINTR) return fetch_error("fetch.truncated", "write tcp: write: " + go_errno(errno));
    }
    return success();
  }

  bool stale() override {
    pollfd one{fd_.get(), POLLIN, 0};
    return ::poll(&one, 1, 0) != 0;
  }

 private:
  UniqueFd fd_;
};

}  // namespace

Result<void> wait_until(int fd, Ready ready, const Patience& patience) {
  for (Nanos waited = 0; waited < patience.silence; waited += kPollMilliseconds * kMillisecond) {
    if (patience.cancelled && patience.cancelled()) return docker_error(ErrorKind::Conflict, "fetch.cancelled", "context canceled");
    pollfd one{fd, static_cast<short>(ready == Ready::Read ? POLLIN : POLLOUT), 0};
    const int count = ::poll(&one, 1, kPollMilliseconds);
    if (count > 0) return success();
    if (count < 0 && errno != EINTR) return fetch_error("fetch.dial", go_errno(errno));
  }
  return fetch_error("fetch.timeout", "net/http: timeout awaiting response headers");
}

Result<UniqueFd> dial(const Url& url, const Patience& patience) {
  addrinfo hints{}, *found = nullptr;
  hints.ai_socktype = SOCK_STREAM;
  if (getaddrinfo(url.host.c_str(), url.port.c_str(), &hints, &found) != 0 || found == nullptr)
    return fetch_error("fetch.dial", "dial tcp: lookup " + url.host + asked_server() + ": no such host");
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owned(found, freeaddrinfo);
  Patience to_connect = patience;
  to_connect.silence = std::min<Nanos>(patience.silence, 30 * kSecond);
  std::string why;
  for (const addrinfo* at = found; at != nullptr; at = at->ai_next) {
    UniqueFd fd(::socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd) continue;
    int number = ::connect(fd.get(), at->ai_addr, at->ai_addrlen) == 0 ? 0 : errno;
    if (number == EINPROGRESS) {
      const auto waited = wait_until(fd.get(), Ready::Write, to_connect);
      if (!waited.ok() && waited.error().code == "fetch.timeout") {
        why = "dial tcp " + shown(at->ai_addr, url.port) + ": i/o timeout";
        continue;
      }
      TRY(waited);
      socklen_t size = sizeof number;
      ::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &number, &size);
    }
    if (number == 0) {
      const int on = 1;
      ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      return fd;
    }
    why = "dial tcp " + shown(at->ai_addr, url.port) + ": connect: " + go_errno(number);
  }
  return fetch_error("fetch.dial", why.empty() ? "dial tcp: no address" : why);
}

std::unique_ptr<Connection> plain_connection(UniqueFd fd) { return std::make_unique<Plain>(std::move(fd)); }

}  // namespace strates::http
