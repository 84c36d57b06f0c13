#include "fake_registry.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <cstdlib>

#include "base/strings.hpp"

namespace strates::tests {

namespace {

bool ready(int fd, const std::atomic<bool>& stopping) {
  while (!stopping) {
    pollfd one{fd, POLLIN, 0};
    if (::poll(&one, 1, 20) > 0) return true;
  }
  return false;
}

void send_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) return;
    bytes.remove_prefix(static_cast<size_t>(count));
  }
}

}  // namespace

FakeRegistry::FakeRegistry(Handler handler) : handler_(std::move(handler)), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_.get(), 64) != 0) std::abort();
  ::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { serve(); });
}

FakeRegistry::~FakeRegistry() {
  stopping_ = true;
  acceptor_.join();
  for (auto& thread : threads_) thread.join();
}

std::vector<Heard> FakeRegistry::heard() {
  const std::lock_guard lock(mutex_);
  return heard_;
}

void FakeRegistry::serve() {
  while (ready(listener_.get(), stopping_)) {
    const int fd = ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) continue;
    ++connections_;
    threads_.emplace_back([this, fd] { talk(fd); });
  }
}

void FakeRegistry::talk(int raw) {
  const UniqueFd fd(raw);
  std::string buffer;
  const auto more = [&] {
    if (!ready(fd.get(), stopping_)) return false;
    char bytes[16 << 10];
    const ssize_t got = ::recv(fd.get(), bytes, sizeof bytes, 0);
    if (got <= 0) return false;
    buffer.append(bytes, static_cast<size_t>(got));
    return true;
  };
  for (;;) {
    size_t end = 0;
    while ((end = buffer.find("\r\n\r\n")) == std::string::npos)
      if (!more()) return;
    Heard heard;
    const auto lines = split_lines(replace_all(buffer.substr(0, end), "\r\n", "\n"));
    buffer.erase(0, end + 4);
    const auto first = split(lines[0], ' ');
    heard.method = first[0];
    heard.target = first[1];
    for (size_t i = 1; i < lines.size(); ++i)
      if (const size_t colon = lines[i].find(':'); colon != std::string::npos) heard.headers.emplace_back(lines[i].substr(0, colon), std::string(trim(lines[i].substr(colon + 1))));
    if (heard.header("Transfer-Encoding") == "chunked") {
      for (;;) {
        size_t line = 0;
        while ((line = buffer.find("\r\n")) == std::string::npos)
          if (!more()) return;
        const size_t size = std::strtoul(buffer.substr(0, line).c_str(), nullptr, 16);
        while (buffer.size() < line + 2 + size + 2)
          if (!more()) return;
        heard.body += buffer.substr(line + 2, size);
        buffer.erase(0, line + 2 + size + 2);
        if (size == 0) break;
      }
    } else if (const size_t length = std::strtoul(heard.header("Content-Length").c_str(), nullptr, 10); length > 0) {
      while (buffer.size() < length)
        if (!more()) return;
      heard.body = buffer.substr(0, length);
      buffer.erase(0, length);
    }
    {
      const std::lock_guard lock(mutex_);
      heard_.push_back(heard);
    }
    const Reply reply = handler_(heard);
    if (reply.raw) {
      send_all(fd.get(), *reply.raw);
      return;
    }
    std::string head = "HTTP/1.1 " + std::to_string(reply.status) + " X\r\n";
    for (const auto& [name, value] : reply.headers) head += name + ": " + value + "\r\n";
    const std::string length = reply.length.value_or(std::to_string(reply.body.size()));
    if (!length.empty()) head += "Content-Length: " + length + "\r\n";
    send_all(fd.get(), head + "\r\n");
    if (heard.method != "HEAD") send_all(fd.get(), std::string_view(reply.body).substr(0, reply.cut_after.value_or(reply.body.size())));
    if (reply.stall)
      while (!stopping_) ready(fd.get(), stopping_);
    if (reply.cut_after || reply.stall || length.empty()) return;
  }
}

}  // namespace strates::tests
