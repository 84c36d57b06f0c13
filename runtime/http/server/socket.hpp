// One accepted connection: its descriptor and what was read from it but not used yet.
//
// Reading belongs to the connection's threads, one at a time; `send_some` may be called by whoever holds the outgoing side's lock.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace strates::http {

using Milliseconds = std::chrono::milliseconds;

enum class HeadRead { Complete, Closed, TooLarge, TimedOut };

class Socket {
 public:
  explicit Socket(UniqueFd fd) : fd_(std::move(fd)) {}
  int fd() const { return fd_.get(); }

  // Waits up to `idle` for a request to begin, then up to `deadline` for the empty line that ends its head. `head` gets the lines, without the empty one.
  HeadRead read_head(std::string& head, size_t limit, Milliseconds idle, Milliseconds deadline);
  // At most `size` bytes, those left over first; 0 at the end. code http.timeout after `idle` without any.
  Result<size_t> read(char* buffer, size_t size, Milliseconds idle);
  // A line without its CRLF. code http.framing when longer than `limit` or ended by a bare LF.
  Result<std::string> read_line(size_t limit, Milliseconds idle);
  // What was read beyond the request, taken.
  std::string take_leftover() { return std::exchange(buffer_, {}); }

  // As much as the kernel takes now, without waiting: 0 when it takes nothing, -1 when the client is gone.
  ssize_t send_some(std::string_view bytes);
  // All of it; false when the client is gone or takes nothing for `idle`.
  bool send_all(std::string_view bytes, Milliseconds idle);
  // Waits for room to send; false when none came in time or the client is gone.
  bool wait_writable(Milliseconds idle);
  // Waits until the client has taken all that was sent out of the kernel (TIOCOUTQ, of the same value as SIOCOUTQ), `most` at the longest. On TCP: until it arrived.
  void wait_taken(Milliseconds most);
  // Both ways; what the client sent and nobody read is thrown away, so that it still gets all that was sent to it.
  void close_politely();

 private:
  bool fill(Milliseconds idle, bool& timed_out);

  UniqueFd fd_;
  std::string buffer_;
};

}  // namespace strates::http
