#include "http/server/socket.hpp"

#include <poll.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <thread>
#include <utility>

namespace strates::http {

namespace {

using Steady = std::chrono::steady_clock;

constexpr size_t kReadSize = 16 * 1024;
constexpr size_t kFilePiece = 1 << 20;

// Waits for `events`; false on time-out. An interrupted poll goes on with what is left.
bool wait_for(int fd, short events, Milliseconds limit) {
  const auto end = Steady::now() + limit;
  for (;;) {
    const auto left = std::chrono::duration_cast<Milliseconds>(end - Steady::now());
    pollfd entry{fd, events, 0};
    const int count = ::poll(&entry, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
    if (count > 0) return true;
    if (count == 0 || errno != EINTR) return false;
  }
}

}  // namespace

bool Socket::start_tls(TlsServer& tls, Milliseconds deadline) {
  auto session = tls.accept(fd_.get());
  if (!session || !session->handshake(deadline)) return false;
  tls_ = std::move(session);
  return true;
}

bool Socket::wait(short events, Milliseconds idle) {
  const auto from = Steady::now();
  if (!wait_for(fd_.get(), events, idle)) return false;
  if (!paced_ || pace_.least == 0) return true;
  waited_ += std::chrono::duration_cast<Milliseconds>(Steady::now() - from);
  return waited_ <= pace_.patience || moved_ * 1000 >= pace_.least * static_cast<std::uint64_t>(waited_.count());
}

ssize_t Socket::receive(char* buffer, size_t size) { return tls_ ? tls_->receive(buffer, size) : ::recv(fd_.get(), buffer, size, MSG_DONTWAIT); }

ssize_t Socket::receive_in(char* buffer, size_t size, Milliseconds idle, bool& timed_out) {
  for (;;) {
    // First what is there: bytes that TLS has decrypted already are not seen by poll.
    const ssize_t count = receive(buffer, size);
    if (count > 0) moved(static_cast<std::uint64_t>(count));
    if (count >= 0) return count;
    if (errno == EINTR) continue;
    if (errno != EAGAIN) return -1;
    if (!wait(POLLIN, idle)) {
      timed_out = true;
      return -1;
    }
  }
}

bool Socket::fill(Milliseconds idle, bool& timed_out) {
  char bytes[kReadSize];
  const ssize_t count = receive_in(bytes, sizeof bytes, idle, timed_out);
  if (count <= 0) return false;
  buffer_.append(bytes, static_cast<size_t>(count));
  return true;
}

HeadRead Socket::read_head(std::string& head, size_t limit, Milliseconds idle, Milliseconds deadline) {
  bool timed_out = false;
  paced_ = false;
  while (buffer_.empty())
    if (!fill(idle, timed_out)) return HeadRead::Closed;
  const auto end = Steady::now() + deadline;
  size_t searched = 0;
  for (;;) {
    // Not HTTP at all, most often a client that tries TLS first: it waits for an answer, and is to have one at once.
    if (const auto first = static_cast<unsigned char>(buffer_[0]); (first < 'A' || first > 'z') && first != '\r' && first != '\n') {
      head = std::exchange(buffer_, {});
      return HeadRead::Complete;
    }
    const auto found = buffer_.find("\r\n\r\n", searched);
    if (found != std::string::npos) {
      if (found + 2 > limit) return HeadRead::TooLarge;
      head = buffer_.substr(0, found + 2);
      buffer_.erase(0, found + 4);
      paced_ = true;
      moved_ = 0;
      waited_ = Milliseconds(0);
      return HeadRead::Complete;
    }
    // A bare LF where a line should end will never become right: let the parser say so instead of waiting for the deadline.
    const auto bare = buffer_.find("\n\n");
    if (bare != std::string::npos) {
      head = buffer_.substr(0, bare + 1);
      buffer_.clear();
      return HeadRead::Complete;
    }
    if (buffer_.size() > limit) return HeadRead::TooLarge;
    searched = buffer_.size() < 3 ? 0 : buffer_.size() - 3;
    const auto left = std::chrono::duration_cast<Milliseconds>(end - Steady::now());
    if (left.count() <= 0) return HeadRead::TimedOut;
    if (!fill(left, timed_out)) return timed_out ? HeadRead::TimedOut : HeadRead::Closed;
  }
}

Result<size_t> Socket::read(char* buffer, size_t size, Milliseconds idle) {
  if (buffer_.empty()) {
    bool timed_out = false;
    const ssize_t got = receive_in(buffer, size, idle, timed_out);
    if (timed_out) return make_error(ErrorKind::Invalid, "http.timeout", "read a request's body", "", "nothing, or too little, came for too long");
    return static_cast<size_t>(std::max<ssize_t>(got, 0));
  }
  const size_t count = std::min(size, buffer_.size());
  std::memcpy(buffer, buffer_.data(), count);
  buffer_.erase(0, count);
  return count;
}

Result<std::string> Socket::read_line(size_t limit, Milliseconds idle) {
  const auto framing = [](std::string_view why) { return make_error(ErrorKind::Invalid, "http.framing", "read a request's body", "", why); };
  for (;;) {
    const auto end = buffer_.find('\n');
    if (end != std::string::npos && end <= limit) {
      if (end == 0 || buffer_[end - 1] != '\r') return framing("a line that does not end in CRLF");
      std::string line = buffer_.substr(0, end - 1);
      buffer_.erase(0, end + 1);
      return line;
    }
    if (buffer_.size() > limit) return framing("a line without end");
    bool timed_out = false;
    if (!fill(idle, timed_out)) return framing(timed_out ? "nothing came for too long" : "the client left in the middle");
  }
}

ssize_t Socket::send_some(std::string_view bytes) {
  for (;;) {
    const ssize_t count = tls_ ? tls_->send(bytes) : ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count >= 0) return count;
    if (errno == EINTR) continue;
    return errno == EAGAIN ? 0 : -1;
  }
}

bool Socket::wait_writable(Milliseconds idle) { return wait(POLLOUT, idle); }

bool Socket::send_all(std::string_view bytes, Milliseconds idle) {
  while (!bytes.empty()) {
    const ssize_t count = send_some(bytes);
    if (count < 0 || (count == 0 && !wait_writable(idle))) return false;
    moved(static_cast<std::uint64_t>(count));
    bytes.remove_prefix(static_cast<size_t>(count));
  }
  return true;
}

void Socket::wait_taken(Milliseconds most) {
  const auto end = Steady::now() + most;
  int unread = 0;
  while (::ioctl(fd_.get(), TIOCOUTQ, &unread) == 0 && unread > 0 && Steady::now() < end) std::this_thread::sleep_for(std::chrono::microseconds(20));
}

bool Socket::send_file(int file, std::uint64_t offset, std::uint64_t length, Milliseconds idle) {
  auto at = static_cast<off_t>(offset);
  const std::uint64_t end = offset + length;
  std::string piece;
  while (static_cast<std::uint64_t>(at) < end) {
    const size_t wanted = static_cast<size_t>(std::min<std::uint64_t>(end - static_cast<std::uint64_t>(at), kFilePiece));
    if (tls_) {
      piece.resize(wanted);
      const ssize_t count = ::pread(file, piece.data(), wanted, at);
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0 || !send_all(std::string_view(piece).substr(0, static_cast<size_t>(count)), idle)) return false;
      at += count;
      continue;
    }
    const ssize_t count = ::sendfile(fd_.get(), file, &at, wanted);
    if (count > 0) {
      moved(static_cast<std::uint64_t>(count));
      continue;
    }
    if (count == 0) return false;
    if (errno == EINTR) continue;
    if (errno != EAGAIN || !wait_writable(idle)) return false;
  }
  return true;
}

void Socket::hang_up() {
  if (tls_) tls_->close_write();
  ::shutdown(fd_.get(), SHUT_RDWR);
}

void Socket::close_politely() {
  hang_up();
  char bytes[kReadSize];
  for (int rounds = 0; rounds < 64 && ::recv(fd_.get(), bytes, sizeof bytes, MSG_DONTWAIT) > 0; ++rounds) {
  }
}

void Socket::close_after_answer(Milliseconds patience) {
  if (tls_) tls_->close_write();
  ::shutdown(fd_.get(), SHUT_WR);
  const auto end = Steady::now() + patience;
  char bytes[kReadSize];
  for (;;) {
    const auto left = std::chrono::duration_cast<Milliseconds>(end - Steady::now());
    if (left.count() <= 0 || !wait_for(fd_.get(), POLLIN, left)) break;
    const ssize_t count = ::recv(fd_.get(), bytes, sizeof bytes, MSG_DONTWAIT);
    if (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)) break;
  }
  ::shutdown(fd_.get(), SHUT_RDWR);
}

}  // namespace strates::http
