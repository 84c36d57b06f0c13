// Unix sockets that keep messages apart (SOCK_SEQPACKET) and carry descriptors (unix(7), SCM_RIGHTS).
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace strates::linux_world {

// A message is at most this long: below the kernel's default send buffer, so that it always fits whole.
constexpr size_t kMessageLimit = 96 * 1024;
constexpr size_t kMessageDescriptors = 4;

struct Message {
  std::string_view bytes;  // in the receiver's buffer, until the next receive; empty: the peer is gone
  std::vector<UniqueFd> descriptors;
};

enum class Sent { Yes, WouldBlock };

class MessageSocket {
 public:
  MessageSocket() = default;
  explicit MessageSocket(UniqueFd fd) : fd_(std::move(fd)) {}

  static Result<std::pair<MessageSocket, MessageSocket>> pair();
  // A socket file in `directory`; through its descriptor, because socket paths are short (108 bytes) and roots may be long.
  static Result<MessageSocket> listen(const std::string& directory, const std::string& name);
  static Result<MessageSocket> connect(const std::string& directory, const std::string& name);
  Result<MessageSocket> accept();

  enum class Wait { Yes, No };
  Result<Sent> send(std::string_view bytes, Wait wait = Wait::Yes, const std::vector<const UniqueFd*>& descriptors = {});
  Result<Message> receive();
  // False when nothing came within `milliseconds`.
  Result<bool> readable(int milliseconds);
  void hang_up();  // both directions; wakes a receiver in another thread
  void close() { fd_.reset(); }

  const UniqueFd& fd() const { return fd_; }
  explicit operator bool() const { return static_cast<bool>(fd_); }

 private:
  UniqueFd fd_;
  std::vector<char> buffer_;
};

}  // namespace strates::linux_world
