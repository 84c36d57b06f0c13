// A connected unix socket, read through a buffer. Blocking. One thread may read while another writes; `cancel` comes from any.
#pragma once

#include <atomic>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace strates::http {

class UnixConnection {
 public:
  // codes client.connect (nobody answers), client.permission, client.path-too-long; wire: Docker's sentences
  static Result<UnixConnection> open(const std::string& path);
  UnixConnection(UnixConnection&& other) noexcept
      : fd_(std::move(other.fd_)), buffer_(std::move(other.buffer_)), cancelled_(other.cancelled_.load()) {}

  // Whatever is there, at most `limit` bytes; empty at the end or once cancelled. code client.read
  Result<std::string> read_some(size_t limit);
  // A line without its line end. codes client.framing, client.cut-short
  Result<std::string> read_line(size_t limit);
  Result<void> write(std::string_view bytes);  // code client.write
  void close_write();
  void cancel();
  bool cancelled() const { return cancelled_; }

 private:
  explicit UnixConnection(UniqueFd fd) : fd_(std::move(fd)) {}
  Result<bool> fill();

  UniqueFd fd_;
  std::string buffer_;
  std::atomic<bool> cancelled_{false};
};

}  // namespace strates::http
