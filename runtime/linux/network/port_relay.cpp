#include "linux/network/port_relay.hpp"

#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "engine/network_facts.hpp"

namespace strates::linux_world {

namespace {

constexpr size_t kBuffer = 64 * 1024;
constexpr size_t kMostConnections = 1024;  // of one port
constexpr size_t kMostPeers = 256;
constexpr auto kPeerIdle = std::chrono::seconds(90);

struct SocketAddress {
  sockaddr_storage bytes{};
  socklen_t length = sizeof bytes;
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&bytes); }
  std::string key() const { return {reinterpret_cast<const char*>(&bytes), length}; }
};

SocketAddress socket_address(const IpAddress& address, std::uint16_t port) {
  SocketAddress out;
  if (address.v6) {
    auto& six = reinterpret_cast<sockaddr_in6&>(out.bytes);
    six.sin6_family = AF_INET6;
    six.sin6_port = htons(port);
    std::memcpy(&six.sin6_addr, address.bytes.data(), 16);
    out.length = sizeof six;
  } else {
    auto& four = reinterpret_cast<sockaddr_in&>(out.bytes);
    four.sin_family = AF_INET;
    four.sin_port = htons(port);
    std::memcpy(&four.sin_addr, address.bytes.data(), 4);
    out.length = sizeof four;
  }
  return out;
}

// Go's words, as docker-proxy's error shows them.
Error listen_error(const engine::Publication& port, int number) {
  const char* code = number == EADDRINUSE ? "network.port-busy" : number == EAFNOSUPPORT ? "network.no-v6" : "network.port-address";
  const std::string what = number == EADDRINUSE ? "bind: address already in use"
                           : number == EADDRNOTAVAIL ? "bind: cannot assign requested address"
                           : number == EACCES ? "bind: permission denied"
                                              : "bind: " + errno_name(number);
  const std::string at = engine::endpoint_text(port.host, port.host_port);
  return make_error(ErrorKind::Internal, code, "listen on", at, "listen " + std::string(engine::to_string(port.protocol)) + (port.host.v6 ? "6 " : "4 ") + at + ": " + what);
}

Result<UniqueFd> bound(const engine::Publication& port) {
  const int family = port.host.v6 ? AF_INET6 : AF_INET;
  const bool tcp = port.protocol == engine::Protocol::Tcp;
  const int protocol = port.protocol == engine::Protocol::Sctp ? IPPROTO_SCTP : 0;
  UniqueFd socket(::socket(family, (port.protocol == engine::Protocol::Udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol));
  if (!socket) return listen_error(port, errno);
  const int yes = 1;
  if (tcp) ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);  // connections of the last holder may still be closing
  if (port.host.v6) ::setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof yes);
  auto at = socket_address(port.host, port.host_port);
  if (::bind(socket.get(), at.get(), at.length) != 0) return listen_error(port, port.host.v6 && errno == EADDRNOTAVAIL && port.host == IpAddress{{}, true} ? EAFNOSUPPORT : errno);
  if (port.protocol != engine::Protocol::Udp && ::listen(socket.get(), SOMAXCONN) != 0) return listen_error(port, errno);
  return socket;
}

}  // namespace

struct PortRelay::Peer {
  UniqueFd socket;
  Reactor::Timer timer = 0;
};

struct PortRelay::Held {
  engine::Publication port;
  UniqueFd socket;
  std::map<std::string, Peer> peers;
  std::vector<std::shared_ptr<Connection>> connections;
};

struct PortRelay::Connection {
  std::weak_ptr<Held> held;
  struct Way {
    std::string bytes;  // read from one side, not yet written to the other
    bool ended = false, shut = false;
  };
  UniqueFd client, server;
  Way in, out;  // towards the container, and back
  bool connected = false;
  std::uint32_t client_events = 0, server_events = EPOLLOUT;  // what the reactor was asked for
};

PortRelay::~PortRelay() {
  reactor_.run([&] {
    for (auto& [id, list] : held_)
      for (auto& one : list) close(one);
    held_.clear();
  });
}

Result<void> PortRelay::hold(const ContainerId& container, const engine::Publication& port) {
  auto held = std::make_shared<Held>();
  held->port = port;
  held->socket = TRY(bound(port));
  reactor_.run([&] {
    held_[container.str()].push_back(held);
    const int fd = held->socket.get();
    if (port.protocol == engine::Protocol::Udp) reactor_.watch(fd, EPOLLIN, [this, held](std::uint32_t) { take_datagrams(held); });
    else reactor_.watch(fd, EPOLLIN, [this, held](std::uint32_t) { accept(held); });
  });
  return success();
}

void PortRelay::update(const ContainerId& container, const std::vector<engine::Publication>& ports) {
  reactor_.run([&] {
    auto& list = held_[container.str()];
    std::erase_if(list, [&](const std::shared_ptr<Held>& held) {
      const auto wanted = std::find_if(ports.begin(), ports.end(), [&](const engine::Publication& port) {
        return port.protocol == held->port.protocol && port.host == held->port.host && port.host_port == held->port.host_port;
      });
      if (wanted != ports.end()) {
        held->port = *wanted;
        return false;
      }
      close(held);
      return true;
    });
  });
}

void PortRelay::let_go(const ContainerId& container) {
  reactor_.run([&] {
    const auto found = held_.find(container.str());
    if (found == held_.end()) return;
    for (auto& one : found->second) close(one);
    held_.erase(found);
  });
}

void PortRelay::close(const std::shared_ptr<Held>& held) {
  reactor_.forget(held->socket.get());
  held->socket.reset();
  for (auto& [key, peer] : held->peers) {
    reactor_.cancel(peer.timer);
    reactor_.forget(peer.socket.get());
  }
  held->peers.clear();
  const auto open = held->connections;
  for (const auto& connection : open) end(connection);
}

// ------------------------------------------------------------------------------------------------------------------------- TCP

void PortRelay::accept(const std::shared_ptr<Held>& held) {
  UniqueFd client(::accept4(held->socket.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (client && held->connections.size() < kMostConnections) begin(held, std::move(client));
}

void PortRelay::begin(const std::shared_ptr<Held>& held, UniqueFd client) {
  auto connection = std::make_shared<Connection>();
  connection->held = held;
  connection->client = std::move(client);
  connection->server = UniqueFd(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, held->port.protocol == engine::Protocol::Sctp ? IPPROTO_SCTP : 0));
  auto at = socket_address(held->port.container, held->port.container_port);
  if (!connection->server || (::connect(connection->server.get(), at.get(), at.length) != 0 && errno != EINPROGRESS)) return;
  held->connections.push_back(connection);
  // A reset, or a server that is not there: nothing more goes either way, and the kernel would say so again and again.
  reactor_.watch(connection->client.get(), 0, [this, connection](std::uint32_t events) { (events & EPOLLERR) != 0 ? end(connection) : carry(connection); });
  reactor_.watch(connection->server.get(), EPOLLOUT, [this, connection](std::uint32_t events) {
    if ((events & EPOLLERR) != 0) return end(connection);
    connection->connected = true;
    carry(connection);
  });
}

void PortRelay::end(const std::shared_ptr<Connection>& connection) {
  if (connection->client) {
    reactor_.forget(connection->client.get());
    reactor_.forget(connection->server.get());
  }
  connection->client.reset();
  connection->server.reset();
  if (const auto held = connection->held.lock()) std::erase(held->connections, connection);
}

void PortRelay::carry(const std::shared_ptr<Connection>& connection) {
  if (!connection->client) return;
  // Reads while there is room, writes what it has, passes the end on. False: the connection is broken.
  const auto move = [](Connection::Way& way, const UniqueFd& from, const UniqueFd& to) {
    char buffer[kBuffer];
    if (!way.ended && way.bytes.empty()) {
      const ssize_t count = ::recv(from.get(), buffer, sizeof buffer, 0);
      if (count > 0) way.bytes.assign(buffer, static_cast<size_t>(count));
      else if (count == 0) way.ended = true;
      else if (errno != EAGAIN && errno != EINTR) return false;
    }
    if (!way.bytes.empty()) {
      const ssize_t count = ::send(to.get(), way.bytes.data(), way.bytes.size(), MSG_NOSIGNAL);
      if (count > 0) way.bytes.erase(0, static_cast<size_t>(count));
      else if (count < 0 && errno != EAGAIN && errno != EINTR) return false;
    }
    if (way.ended && way.bytes.empty() && !way.shut) {
      ::shutdown(to.get(), SHUT_WR);
      way.shut = true;
    }
    return true;
  };
  if (!connection->connected) return;
  const bool whole = move(connection->in, connection->client, connection->server) && move(connection->out, connection->server, connection->client);
  if (!whole || (connection->in.shut && connection->out.shut)) return end(connection);
  const auto wanted = [](const Connection::Way& from, const Connection::Way& to) {
    const std::uint32_t events = (from.ended || !from.bytes.empty() ? 0u : static_cast<std::uint32_t>(EPOLLIN)) | (to.bytes.empty() ? 0u : static_cast<std::uint32_t>(EPOLLOUT));
    return events == 0 ? static_cast<std::uint32_t>(EPOLLET) : events;  // what has hung up says so whatever is wanted: once is enough
  };
  const auto want = [this](const UniqueFd& fd, std::uint32_t events, std::uint32_t& before) {
    if (events != before) reactor_.change(fd.get(), events);
    before = events;
  };
  want(connection->client, wanted(connection->in, connection->out), connection->client_events);
  want(connection->server, wanted(connection->out, connection->in), connection->server_events);
}

// ------------------------------------------------------------------------------------------------------------------------- UDP

void PortRelay::take_datagrams(const std::shared_ptr<Held>& held) {
  char buffer[kBuffer];
  for (int i = 0; i < 16; ++i) {
    SocketAddress from;
    const ssize_t count = ::recvfrom(held->socket.get(), buffer, sizeof buffer, 0, from.get(), &from.length);
    if (count < 0) return;
    const std::string key = from.key();
    auto found = held->peers.find(key);
    if (found == held->peers.end()) {
      if (held->peers.size() >= kMostPeers) continue;
      Peer peer{UniqueFd(::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0))};
      auto at = socket_address(held->port.container, held->port.container_port);
      if (!peer.socket || ::connect(peer.socket.get(), at.get(), at.length) != 0) continue;
      const int fd = peer.socket.get();
      reactor_.watch(fd, EPOLLIN, [held, fd, from](std::uint32_t) mutable {
        char reply[kBuffer];
        const ssize_t length = ::recv(fd, reply, sizeof reply, 0);
        if (length >= 0 && held->socket) ::sendto(held->socket.get(), reply, static_cast<size_t>(length), MSG_DONTWAIT, from.get(), from.length);
      });
      found = held->peers.emplace(key, std::move(peer)).first;
    } else {
      reactor_.cancel(found->second.timer);
    }
    found->second.timer = reactor_.after(kPeerIdle, [this, held, key] {
      const auto idle = held->peers.find(key);
      if (idle == held->peers.end()) return;
      reactor_.forget(idle->second.socket.get());
      held->peers.erase(idle);
    });
    ::send(found->second.socket.get(), buffer, static_cast<size_t>(count), MSG_DONTWAIT);
  }
}

}  // namespace strates::linux_world
