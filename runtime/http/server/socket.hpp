// One accepted connection: its descriptor and what was read from it but not used yet.
//
// Reading belongs to the connection's threads, one at a time; `send_some` may be called by whoever holds the outgoing side's lock.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "http/tls/tls_server.hpp"

namespace strates::http {

using Milliseconds = std::chrono::milliseconds;

// What a client is waited for while a request's bodies move: `least` bytes a second on average, once it was waited for longer than `patience`. Only waiting
// counts, not our own work. Who sends a byte now and then would otherwise hold a connection for ever. 0: any pace.
struct Pace {
  std::uint64_t least = 0;
  Milliseconds patience{30'000};
};

enum class HeadRead { Complete, Closed, TooLarge, TimedOut };

class Socket {
 public:
  explicit Socket(UniqueFd fd) : fd_(std::move(fd)) {}
  int fd() const { return fd_.get(); }
  // From now on everything goes through TLS; false when the client's handshake failed or did not come in time. The descriptor is non-blocking.
  bool start_tls(TlsServer& tls, Milliseconds deadline);

  void expect(const Pace& pace) { pace_ = pace; }
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
  // `length` bytes of a file from `offset` on, by the kernel alone where nothing is encrypted. False: as above, or the file is shorter.
  bool send_file(int file, std::uint64_t offset, std::uint64_t length, Milliseconds idle);
  // Waits for room to send; false when none came in time or the client is gone.
  bool wait_writable(Milliseconds idle);
  // Waits until the client has taken all that was sent out of the kernel (TIOCOUTQ, of the same value as SIOCOUTQ), `most` at the longest. On TCP: until it arrived.
  void wait_taken(Milliseconds most);
  // Both ways; what the client sent and nobody read is thrown away, so that it still gets all that was sent to it.
  void close_politely();
  // The same for a client that is still sending what nobody wants: it is listened to for at most `patience`, so that it reads the answer first.
  void close_after_answer(Milliseconds patience);
  // Ends both ways, from any thread; whoever waits for this connection wakes.
  void hang_up();

 private:
  bool fill(Milliseconds idle, bool& timed_out);
  // As recv(2) without waiting.
  ssize_t receive(char* buffer, size_t size);
  // Waits for bytes unless some are there: as `receive`, -1 with `timed_out` set when none came.
  ssize_t receive_in(char* buffer, size_t size, Milliseconds idle, bool& timed_out);

  // Waits for `events`; false when they did not come in time, or the client is too slow altogether.
  bool wait(short events, Milliseconds idle);
  void moved(std::uint64_t bytes) {
    if (pace_.least != 0) moved_ += bytes;
  }

  Pace pace_;
  bool paced_ = false;  // between requests a client may be as slow as it likes
  std::uint64_t moved_ = 0;
  Milliseconds waited_{0};
  UniqueFd fd_;
  std::unique_ptr<TlsSession> tls_;  // after fd_: goes first
  std::string buffer_;
};

}  // namespace strates::http
