// The listening end of a unix socket (binds where nobody answers, and takes its file away again) or of a TCP port.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace strates::http {

class Listener {
 public:
  // Parents are created (0755). A socket that nobody answers on is replaced. codes http.socket-in-use, http.socket-exists, http.path-too-long, system.*
  static Result<Listener> bind(const std::string& path, std::uint32_t mode);
  // "127.0.0.1:5000", "[::1]:5000", "localhost:0" (a free port), ":5000" (every address). codes http.address, http.port-in-use, system.*
  static Result<Listener> bind_tcp(const std::string& address);
  Listener(Listener&&) noexcept = default;
  Listener& operator=(Listener&&) noexcept = default;

  int fd() const { return fd_.get(); }
  // The socket's path, or the address with the port it really has.
  const std::string& address() const { return address_; }
  // Removes the file if it is still the one that was bound.
  void remove_file();

 private:
  Listener(UniqueFd fd, std::string path, std::uint64_t device, std::uint64_t inode)
      : fd_(std::move(fd)), address_(path), path_(std::move(path)), device_(device), inode_(inode) {}
  Listener(UniqueFd fd, std::string address) : fd_(std::move(fd)), address_(std::move(address)) {}

  UniqueFd fd_;
  std::string address_;
  std::string path_;  // empty: TCP
  std::uint64_t device_ = 0, inode_ = 0;
};

}  // namespace strates::http
