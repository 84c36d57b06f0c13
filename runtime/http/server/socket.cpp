#include "http/server/socket.hpp"

#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <thread>

namespace strates::http {

namespace {

using Steady = std::chrono::steady_clock;

constexpr size_t kReadSize = 16 * 1024;

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

bool Socket::fill(Milliseconds idle, bool& timed_out) {
  for (;;) {
    if (!wait_for(fd_.get(), POLLIN, idle)) {
      timed_out = true;
      return false;
    }
    char bytes[kReadSize];
    const ssize_t count = ::recv(fd_.get(), bytes, sizeof bytes, MSG_DONTWAIT);
    if (count > 0) {
      buffer_.append(bytes, static_cast<size_t>(count));
      return true;
    }
    if (count == 0 || (errno != EAGAIN && errno != EINTR)) return false;
  }
}

HeadRead Socket::read_head(std::string& head, size_t limit, Milliseconds idle, Milliseconds deadline) {
  bool timed_out = false;
  while (buffer_.empty())
    if (!fill(idle, timed_out)) return HeadRead::Closed;
  const auto end = Steady::now() + deadline;
  size_t searched = 0;
  for (;;) {
    const auto found = buffer_.find("\r\n\r\n", searched);
    if (found != std::string::npos) {
      if (found + 2 > limit) return HeadRead::TooLarge;
      head = buffer_.substr(0, found + 2);
      buffer_.erase(0, found + 4);
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
    if (!fill(idle, timed_out)) {
      if (timed_out) return make_error(ErrorKind::Invalid, "http.timeout", "read a request's body", "", "nothing came for too long");
      return size_t{0};
    }
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
    const ssize_t count = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count >= 0) return count;
    if (errno == EINTR) continue;
    return errno == EAGAIN ? 0 : -1;
  }
}

bool Socket::wait_writable(Milliseconds idle) { return wait_for(fd_.get(), POLLOUT, idle); }

bool Socket::send_all(std::string_view bytes, Milliseconds idle) {
  while (!bytes.empty()) {
    const ssize_t count = send_some(bytes);
    if (count < 0 || (count == 0 && !wait_writable(idle))) return false;
    bytes.remove_prefix(static_cast<size_t>(count));
  }
  return true;
}

void Socket::wait_taken(Milliseconds most) {
  const auto end = Steady::now() + most;
  int unread = 0;
  while (::ioctl(fd_.get(), TIOCOUTQ, &unread) == 0 && unread > 0 && Steady::now() < end) std::this_thread::sleep_for(std::chrono::microseconds(20));
}

void Socket::close_politely() {
  ::shutdown(fd_.get(), SHUT_RDWR);
  char bytes[kReadSize];
  for (int rounds = 0; rounds < 64 && ::recv(fd_.get(), bytes, sizeof bytes, MSG_DONTWAIT) > 0; ++rounds) {
  }
}

}  // namespace strates::http
