// A registry on loopback that does what a test tells it: answers, cuts, stalls, and remembers what it was asked. One thread a connection.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/http.hpp"
#include "base/unique_fd.hpp"

namespace strates::tests {

struct Heard {
  std::string method, target, body;
  HttpHeaders headers;
  std::string header(std::string_view name) const { return http_header(headers, name).value_or(""); }
};

struct Reply {
  int status = 200;
  HttpHeaders headers;
  std::string body;
  std::optional<std::size_t> cut_after;  // bytes of the body; then the connection is closed
  bool stall = false;                    // after the head and what `cut_after` allows, nothing more comes
  std::optional<std::string> length;     // another Content-Length than the body's; "" for none
  std::optional<std::string> raw;        // instead of all that
};

class FakeRegistry {
 public:
  using Handler = std::function<Reply(const Heard&)>;
  explicit FakeRegistry(Handler handler);
  ~FakeRegistry();
  std::string host() const { return "127.0.0.1:" + std::to_string(port_); }
  std::string url() const { return "http://" + host(); }
  std::vector<Heard> heard();
  size_t connections() const { return connections_; }

 private:
  void serve();
  void talk(int fd);

  Handler handler_;
  UniqueFd listener_;
  int port_ = 0;
  std::atomic<bool> stopping_{false};
  std::atomic<size_t> connections_{0};
  std::mutex mutex_;
  std::vector<Heard> heard_;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

}  // namespace strates::tests
