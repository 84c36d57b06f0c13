#include "http_support.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include <doctest/doctest.h>

namespace strates::http::test {

// As the programs with a server do: TLS and sendfile have no MSG_NOSIGNAL.
[[maybe_unused]] const auto kNoPipeSignal = std::signal(SIGPIPE, SIG_IGN);

Result<std::shared_ptr<Spool>> MemorySpooler::keep(ByteSource& from, std::uint64_t limit) {
  return std::shared_ptr<Spool>(std::make_shared<StringSpool>(TRY(strates::read_all(from, limit))));
}

TemporaryDirectory::TemporaryDirectory() {
  char name[] = "/tmp/strates-http-XXXXXX";
  REQUIRE(mkdtemp(name) != nullptr);
  path_ = name;
}

TemporaryDirectory::~TemporaryDirectory() { std::filesystem::remove_all(path_); }

RunningServer::RunningServer(HttpHandler handler, ServerOptions options) : socket_(directory_.path() + "/api.sock") {
  options.socket_path = socket_;
  auto server = Server::listen(std::move(options), spooler_, std::move(handler));
  REQUIRE(server.ok());
  server_ = std::move(server).value();
  thread_ = std::thread([this] { server_->run(); });
}

void RunningServer::stop() {
  if (!thread_.joinable()) return;
  server_->stop();
  thread_.join();
}

RawClient::RawClient(const std::string& socket) : fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, socket.data(), socket.size());
  REQUIRE(connect(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
}

void RawClient::say(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) return;  // refused in the middle: the test reads why
    bytes.remove_prefix(static_cast<size_t>(count));
  }
}

void RawClient::close_write() { shutdown(fd_.get(), SHUT_WR); }

std::string RawClient::read_until(std::string_view enough) {
  for (;;) {
    if (!enough.empty())
      if (const auto found = pending_.find(enough); found != std::string::npos) {
        std::string out = pending_.substr(0, found + enough.size());
        pending_.erase(0, found + enough.size());
        return out;
      }
    pollfd entry{fd_.get(), POLLIN, 0};
    if (poll(&entry, 1, 10'000) <= 0) return std::exchange(pending_, {}) + "<timeout>";
    char bytes[16 * 1024];
    const ssize_t count = recv(fd_.get(), bytes, sizeof bytes, 0);
    if (count <= 0) return std::exchange(pending_, {});
    pending_.append(bytes, static_cast<size_t>(count));
  }
}

bool eventually(const std::function<bool()>& holds) {
  for (int i = 0; i < 1000; ++i) {
    if (holds()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

std::string get(std::string_view path, std::string_view more) { return "GET " + std::string(path) + " HTTP/1.1\r\nHost: x\r\n" + std::string(more) + "\r\n"; }

}  // namespace strates::http::test
