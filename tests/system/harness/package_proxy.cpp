#include "tests/system/harness/package_proxy.hpp"

#include <doctest/doctest.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#include "tests/system/harness/process.hpp"

namespace strates::system_test {

namespace {

// One byte with room for a descriptor (unix(7), SCM_RIGHTS).
struct SocketMessage {
  SocketMessage() {
    head.msg_iov = &data;
    head.msg_iovlen = 1;
    head.msg_control = space;
    head.msg_controllen = sizeof space;
  }
  SocketMessage(const SocketMessage&) = delete;
  SocketMessage& operator=(const SocketMessage&) = delete;

  char byte = 's';
  iovec data{&byte, 1};
  alignas(cmsghdr) char space[CMSG_SPACE(sizeof(int))] = {};
  msghdr head{};
};

void send_socket(int over, int socket) {
  SocketMessage message;
  cmsghdr* rights = CMSG_FIRSTHDR(&message.head);
  rights->cmsg_level = SOL_SOCKET;
  rights->cmsg_type = SCM_RIGHTS;
  rights->cmsg_len = CMSG_LEN(sizeof(int));
  std::memcpy(CMSG_DATA(rights), &socket, sizeof socket);
  REQUIRE(sendmsg(over, &message.head, 0) == 1);
}

UniqueFd receive_socket(int over) {
  SocketMessage message;
  if (recvmsg(over, &message.head, MSG_CMSG_CLOEXEC) != 1) return UniqueFd();
  const cmsghdr* rights = CMSG_FIRSTHDR(&message.head);
  if (rights == nullptr || rights->cmsg_type != SCM_RIGHTS) return UniqueFd();
  int socket = -1;
  std::memcpy(&socket, CMSG_DATA(rights), sizeof socket);
  return UniqueFd(socket);
}

bool write_all(int to, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = send(to, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(count));
  }
  return true;
}

// The server that "GET http://HOST[:PORT]/... HTTP/1.1" asks for; not open when there is none. Servers take such a first line as it is (RFC 9112, 3.2.2).
UniqueFd connect_to_server(const std::string& head) {
  constexpr std::string_view kScheme = "http://";
  const size_t from = head.find(kScheme), slash = head.find('/', from == std::string::npos ? 0 : from + kScheme.size());
  if (from == std::string::npos || slash == std::string::npos || head.find('\n') < slash) return UniqueFd();
  std::string host = head.substr(from + kScheme.size(), slash - from - kScheme.size()), port = "80";
  if (const size_t colon = host.find(':'); colon != std::string::npos) {
    port = host.substr(colon + 1);
    host.resize(colon);
  }
  addrinfo hints{}, *found = nullptr;
  hints.ai_socktype = SOCK_STREAM;
  if (getaddrinfo(host.c_str(), port.c_str(), &hints, &found) != 0) return UniqueFd();
  UniqueFd out;
  for (const addrinfo* at = found; at != nullptr && !out; at = at->ai_next) {
    UniqueFd socket(::socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (socket && connect(socket.get(), at->ai_addr, at->ai_addrlen) == 0) out = std::move(socket);
  }
  freeaddrinfo(found);
  return out;
}

// One connection: its first request says to whom, all that follows goes there (apt keeps one connection a server).
void serve(const UniqueFd& client) {
  std::string head;
  char buffer[65536];
  while (head.find("\r\n\r\n") == std::string::npos && head.size() < sizeof buffer) {
    const ssize_t count = read(client.get(), buffer, sizeof buffer);
    if (count <= 0) return;
    head.append(buffer, static_cast<size_t>(count));
  }
  const UniqueFd server = connect_to_server(head);
  if (!server) {
    write_all(client.get(), "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    return;
  }
  if (!write_all(server.get(), head)) return;
  const int ends[2] = {client.get(), server.get()};
  pollfd waiting[2] = {{ends[0], POLLIN, 0}, {ends[1], POLLIN, 0}};
  while (poll(waiting, 2, 120'000) > 0)
    for (int i = 0; i < 2; ++i) {
      if (waiting[i].revents == 0) continue;
      const ssize_t count = read(ends[i], buffer, sizeof buffer);
      if (count <= 0 || !write_all(ends[1 - i], {buffer, static_cast<size_t>(count)})) return;
    }
}

[[noreturn]] void run_proxy(UniqueFd control) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  std::signal(SIGCHLD, SIG_IGN);
  const UniqueFd listener = receive_socket(control.get());
  control.reset();
  while (listener) {
    const UniqueFd client(accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!client && errno != EINTR && errno != ECONNABORTED) break;
    if (!client || fork() != 0) continue;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    serve(client);
    _exit(0);
  }
  _exit(0);
}

}  // namespace

PackageProxy::PackageProxy() {
  int ends[2];
  REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
  control_.reset(ends[0]);
  UniqueFd other(ends[1]);
  pid_ = fork();
  REQUIRE(pid_ >= 0);
  if (pid_ == 0) {
    control_.reset();
    run_proxy(std::move(other));
  }
  own_process(pid_);
}

PackageProxy::~PackageProxy() {
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  disown_process(pid_);
}

void PackageProxy::open() {
  const UniqueFd listener(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  socklen_t size = sizeof address;
  REQUIRE(bind(listener.get(), reinterpret_cast<sockaddr*>(&address), size) == 0);
  REQUIRE(listen(listener.get(), 64) == 0);
  REQUIRE(getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
  port_ = ntohs(address.sin_port);
  send_socket(control_.get(), listener.get());
}

}  // namespace strates::system_test
