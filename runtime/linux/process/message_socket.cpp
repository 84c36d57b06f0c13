#include "linux/process/message_socket.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>

namespace strates::linux_world {

namespace {

constexpr std::string_view kOperation = "message socket";

Result<std::pair<UniqueFd, sockaddr_un>> address_in(const std::string& directory, const std::string& name) {
  UniqueFd at(::open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!at) return system_error("open directory", directory, errno);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = "/proc/self/fd/" + std::to_string(at.get()) + "/" + name;
  if (path.size() >= sizeof address.sun_path) return make_error(ErrorKind::Invalid, "process.setup", kOperation, name, "name too long");
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return std::pair{std::move(at), address};
}

Result<UniqueFd> new_socket() {
  UniqueFd fd(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  if (!fd) return system_error("socket", "AF_UNIX", errno);
  return fd;
}

}  // namespace

Result<std::pair<MessageSocket, MessageSocket>> MessageSocket::pair() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return system_error("socketpair", "AF_UNIX", errno);
  return std::pair{MessageSocket(UniqueFd(ends[0])), MessageSocket(UniqueFd(ends[1]))};
}

Result<MessageSocket> MessageSocket::listen(const std::string& directory, const std::string& name) {
  const auto [at, address] = TRY(address_in(directory, name));
  UniqueFd fd = TRY(new_socket());
  if (::unlinkat(at.get(), name.c_str(), 0) != 0 && errno != ENOENT) return system_error("remove old socket", directory + "/" + name, errno);
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return system_error("bind", directory + "/" + name, errno);
  if (::listen(fd.get(), 8) != 0) return system_error("listen", directory + "/" + name, errno);
  return MessageSocket(std::move(fd));
}

Result<MessageSocket> MessageSocket::connect(const std::string& directory, const std::string& name) {
  const auto [at, address] = TRY(address_in(directory, name));
  UniqueFd fd = TRY(new_socket());
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return system_error("connect", directory + "/" + name, errno);
  return MessageSocket(std::move(fd));
}

Result<MessageSocket> MessageSocket::accept() {
  UniqueFd fd(::accept4(fd_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  if (!fd) return system_error("accept", kOperation, errno);
  return MessageSocket(std::move(fd));
}

Result<Sent> MessageSocket::send(std::string_view bytes, Wait wait, const std::vector<const UniqueFd*>& descriptors) {
  if (bytes.empty() || bytes.size() > kMessageLimit || descriptors.size() > kMessageDescriptors)
    return make_error(ErrorKind::Invalid, "process.message", "send", kOperation, std::to_string(bytes.size()) + " bytes in one message");
  iovec part{const_cast<char*>(bytes.data()), bytes.size()};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * kMessageDescriptors)] = {};
  if (!descriptors.empty()) {
    header.msg_control = control;
    header.msg_controllen = CMSG_SPACE(sizeof(int) * descriptors.size());
    cmsghdr* rights = CMSG_FIRSTHDR(&header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof(int) * descriptors.size());
    for (size_t i = 0; i < descriptors.size(); ++i) {
      const int raw = descriptors[i]->get();
      std::memcpy(CMSG_DATA(rights) + i * sizeof(int), &raw, sizeof raw);
    }
  }
  for (;;) {
    if (::sendmsg(fd_.get(), &header, MSG_NOSIGNAL | (wait == Wait::No ? MSG_DONTWAIT : 0)) >= 0) return Sent::Yes;
    if (errno == EINTR) continue;
    if (errno == EAGAIN && wait == Wait::No) return Sent::WouldBlock;
    return system_error("send", kOperation, errno);
  }
}

Result<Message> MessageSocket::receive() {
  if (buffer_.empty()) buffer_.resize(kMessageLimit);
  iovec part{buffer_.data(), buffer_.size()};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * kMessageDescriptors)];
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control;
  header.msg_controllen = sizeof control;
  ssize_t count = 0;
  // A peer that ended before it read all of ours is told once, as ECONNRESET, and before what it had still sent (unix_release_sock);
  // asked again, the socket gives that, then the end.
  do count = ::recvmsg(fd_.get(), &header, MSG_CMSG_CLOEXEC);
  while (count < 0 && (errno == EINTR || errno == ECONNRESET));
  if (count < 0) return system_error("receive", kOperation, errno);
  Message message;
  for (cmsghdr* at = CMSG_FIRSTHDR(&header); at != nullptr; at = CMSG_NXTHDR(&header, at)) {
    if (at->cmsg_level != SOL_SOCKET || at->cmsg_type != SCM_RIGHTS) continue;
    for (size_t i = 0; i < (at->cmsg_len - CMSG_LEN(0)) / sizeof(int); ++i) {
      int raw = -1;
      std::memcpy(&raw, CMSG_DATA(at) + i * sizeof(int), sizeof raw);
      message.descriptors.emplace_back(raw);
    }
  }
  if (count > 0 && (header.msg_flags & MSG_TRUNC) != 0) return make_error(ErrorKind::Internal, "process.message", "receive", kOperation, "message too long");
  message.bytes = {buffer_.data(), static_cast<size_t>(count)};
  return message;
}

Result<bool> MessageSocket::readable(int milliseconds) {
  pollfd one{fd_.get(), POLLIN, 0};
  int count = 0;
  do count = ::poll(&one, 1, milliseconds);
  while (count < 0 && errno == EINTR);
  if (count < 0) return system_error("poll", kOperation, errno);
  return count > 0;
}

void MessageSocket::hang_up() {
  if (fd_) ::shutdown(fd_.get(), SHUT_RDWR);
}

}  // namespace strates::linux_world
