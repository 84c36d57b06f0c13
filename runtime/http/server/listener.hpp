// The listening end of a unix socket: binds where nobody answers, and takes its file away again.
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
  Listener(Listener&&) noexcept = default;
  Listener& operator=(Listener&&) noexcept = default;

  int fd() const { return fd_.get(); }
  // Removes the file if it is still the one that was bound.
  void remove_file();

 private:
  Listener(UniqueFd fd, std::string path, std::uint64_t device, std::uint64_t inode)
      : fd_(std::move(fd)), path_(std::move(path)), device_(device), inode_(inode) {}

  UniqueFd fd_;
  std::string path_;
  std::uint64_t device_, inode_;
};

}  // namespace strates::http
