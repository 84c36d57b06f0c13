#include "linux/network/resolver.hpp"

#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "linux/network/dns_message.hpp"

namespace strates::linux_world {

namespace {

constexpr size_t kMostForwards = 1024;  // questions under way, of all containers
constexpr size_t kMostServers = 3;
constexpr size_t kMostStreams = 64;     // of one container
constexpr auto kPatience = std::chrono::seconds(4);
constexpr size_t kMostDatagram = 4096;

sockaddr_in local_address() {
  sockaddr_in out{};
  out.sin_family = AF_INET;
  out.sin_port = htons(53);
  const unsigned char bytes[4] = {127, 0, 0, 11};
  std::memcpy(&out.sin_addr, bytes, sizeof bytes);
  return out;
}

Result<UniqueFd> bound(int type) {
  UniqueFd out(::socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const sockaddr_in at = local_address();
  const int yes = 1;
  if (!out) return make_error(ErrorKind::Internal, "network.resolver", "socket", "127.0.0.11:53", errno_name(errno));
  ::setsockopt(out.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (::bind(out.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0) return make_error(ErrorKind::Internal, "network.resolver", "bind", "127.0.0.11:53", errno_name(errno));
  if (type == SOCK_STREAM && ::listen(out.get(), 16) != 0) return make_error(ErrorKind::Internal, "network.resolver", "listen", "127.0.0.11:53", errno_name(errno));
  return out;
}

UniqueFd connected_to(const std::string& server) {
  const auto address = IpAddress::parse(server);
  if (!address) return {};
  UniqueFd out(::socket(address->v6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  sockaddr_storage at{};
  socklen_t length = 0;
  if (address->v6) {
    auto& six = reinterpret_cast<sockaddr_in6&>(at);
    six.sin6_family = AF_INET6;
    six.sin6_port = htons(53);
    std::memcpy(&six.sin6_addr, address->bytes.data(), 16);
    length = sizeof six;
  } else {
    auto& four = reinterpret_cast<sockaddr_in&>(at);
    four.sin_family = AF_INET;
    four.sin_port = htons(53);
    std::memcpy(&four.sin_addr, address->bytes.data(), 4);
    length = sizeof four;
  }
  if (!out || ::connect(out.get(), reinterpret_cast<const sockaddr*>(&at), length) != 0) return {};
  return out;
}

}  // namespace

struct Resolver::Client {
  ContainerId container;
  Sockets sockets;
  std::vector<std::string> servers;
  Emit emit;
  size_t streams = 0;
  bool stopped = false;

  void say(event::Network fact) const {
    if (emit) emit(Payload(std::move(fact)));
  }
};

struct Resolver::Forward {
  std::shared_ptr<Client> client;
  std::string query;
  DnsQuestion question;
  Reply reply;
  size_t next_server = 0;
  UniqueFd socket;
  Reactor::Timer timer = 0;
};

struct Resolver::Stream {
  ~Stream() {
    if (client) --client->streams;
  }
  std::shared_ptr<Client> client;
  UniqueFd socket;
  std::string input;
  Reactor::Timer timer = 0;
};

Resolver::~Resolver() {
  std::vector<ContainerId> all;
  reactor_.run([&] {
    for (const auto& [id, client] : clients_) all.push_back(client->container);
  });
  for (const auto& id : all) stop(id);
}

Result<Resolver::Sockets> Resolver::listen() {
  Sockets out;
  out.udp = TRY(bound(SOCK_DGRAM));
  out.tcp = TRY(bound(SOCK_STREAM));
  return out;
}

void Resolver::serve(const ContainerId& container, Sockets sockets, std::vector<std::string> servers, Emit emit) {
  stop(container);
  auto client = std::make_shared<Client>();
  client->container = container;
  client->sockets = std::move(sockets);
  client->servers = std::move(servers);
  if (client->servers.size() > kMostServers) client->servers.resize(kMostServers);
  client->emit = std::move(emit);
  reactor_.run([&] {
    clients_[container.str()] = client;
    // The handlers hold it: it goes when they are forgotten.
    reactor_.watch(client->sockets.udp.get(), EPOLLIN, [this, client](std::uint32_t) { read_datagrams(client); });
    reactor_.watch(client->sockets.tcp.get(), EPOLLIN, [this, client](std::uint32_t) { accept(client); });
  });
}

void Resolver::stop(const ContainerId& container) {
  reactor_.run([&] {
    const auto found = clients_.find(container.str());
    if (found == clients_.end()) return;
    const auto client = found->second;
    client->stopped = true;
    clients_.erase(found);
    for (const UniqueFd* fd : {&client->sockets.udp, &client->sockets.tcp}) reactor_.forget(fd->get());
    client->sockets = {};  // a socket keeps its namespace alive
  });
}

void Resolver::set_names(std::vector<engine::NetworkNames> networks, std::vector<engine::ContainerNames> containers) {
  reactor_.run([&] { names_.set(std::move(networks), std::move(containers)); });
}

void Resolver::read_datagrams(const std::shared_ptr<Client>& client) {
  char buffer[kMostDatagram];
  for (int i = 0; i < 16 && !client->stopped; ++i) {  // then somebody else's turn
    sockaddr_in from{};
    socklen_t length = sizeof from;
    const ssize_t count = ::recvfrom(client->sockets.udp.get(), buffer, sizeof buffer, 0, reinterpret_cast<sockaddr*>(&from), &length);
    if (count <= 0) return;
    answer(client, std::string(buffer, static_cast<size_t>(count)), [client, from](const std::string& message) {
      if (!client->stopped) ::sendto(client->sockets.udp.get(), message.data(), message.size(), MSG_DONTWAIT, reinterpret_cast<const sockaddr*>(&from), sizeof from);
    });
  }
}

void Resolver::accept(const std::shared_ptr<Client>& client) {
  UniqueFd socket(::accept4(client->sockets.tcp.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (!socket || client->streams >= kMostStreams) return;
  ++client->streams;
  auto stream = std::make_shared<Stream>();
  stream->client = client;
  stream->socket = std::move(socket);
  const int fd = stream->socket.get();
  stream->timer = reactor_.after(std::chrono::seconds(10), [this, stream, fd] {
    if (!stream->socket) return;
    reactor_.forget(fd);
    stream->socket.reset();
  });
  reactor_.watch(fd, EPOLLIN, [this, stream](std::uint32_t) { read_stream(stream); });
}

// Two bytes of length before each message (RFC 1035, 4.2.2). One question a connection.
void Resolver::read_stream(const std::shared_ptr<Stream>& stream) {
  char buffer[kMostDatagram];
  const ssize_t count = ::recv(stream->socket.get(), buffer, sizeof buffer, 0);
  if (count > 0) stream->input.append(buffer, static_cast<size_t>(count));
  const size_t wanted = stream->input.size() < 2 ? 2 : 2 + (static_cast<unsigned char>(stream->input[0]) << 8 | static_cast<unsigned char>(stream->input[1]));
  const bool whole = stream->input.size() >= 2 && stream->input.size() >= wanted;
  if (count > 0 && !whole && wanted <= kMostDatagram) return;
  reactor_.forget(stream->socket.get());
  reactor_.cancel(stream->timer);
  if (!whole) return stream->socket.reset();
  answer(stream->client, stream->input.substr(2, wanted - 2), [stream](const std::string& message) {
    std::string framed{static_cast<char>(message.size() >> 8 & 0xff), static_cast<char>(message.size() & 0xff)};
    framed += message;
    if (stream->socket) ::send(stream->socket.get(), framed.data(), framed.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    stream->socket.reset();
  });
}

void Resolver::answer(const std::shared_ptr<Client>& client, const std::string& query, Reply reply) {
  const auto question = read_question(query);
  if (!question) return;
  const std::string kind = type_name(question->type);
  client->say(event::NameAsked{client->container, question->name, kind});
  const auto type = static_cast<DnsType>(question->type);
  const auto told = [&](std::vector<std::string> answers) { client->say(event::NameAnswered{client->container, question->name, kind, std::move(answers), "strates"}); };
  if (type == DnsType::A || type == DnsType::Aaaa) {
    if (const auto found = names_.find(client->container, question->name, type == DnsType::Aaaa)) {
      std::vector<std::string> texts;
      for (const auto& address : *found) texts.push_back(address.text());
      reply(answer_addresses(query, *question, *found));
      return told(std::move(texts));
    }
  } else if (type == DnsType::Ptr) {
    if (const auto address = reverse_name(question->name))
      if (const auto name = names_.name_of(client->container, *address)) {
        reply(answer_name(query, *question, *name));
        return told({*name});
      }
  }
  if (client->servers.empty() || forwards_ >= kMostForwards) {
    reply(answer_code(query, *question, DnsCode::ServerFailure));
    return told({});
  }
  auto forward = std::make_shared<Forward>();
  forward->client = client;
  forward->query = query;
  forward->question = *question;
  forward->reply = std::move(reply);
  ++forwards_;
  ask(forward);
}

void Resolver::end_forward(const std::shared_ptr<Forward>& forward) {
  if (forward->socket) {
    reactor_.forget(forward->socket.get());
    forward->socket.reset();
  }
  reactor_.cancel(forward->timer);
}

void Resolver::ask(const std::shared_ptr<Forward>& forward) {
  end_forward(forward);
  const auto& servers = forward->client->servers;
  while (forward->next_server < servers.size() && !forward->client->stopped) {
    const std::string server = servers[forward->next_server++];
    forward->socket = connected_to(server);
    if (!forward->socket) continue;
    if (::send(forward->socket.get(), forward->query.data(), forward->query.size(), MSG_DONTWAIT) < 0) {
      forward->socket.reset();
      continue;
    }
    forward->timer = reactor_.after(kPatience, [this, forward] { ask(forward); });
    reactor_.watch(forward->socket.get(), EPOLLIN, [this, forward, server](std::uint32_t) {
      char buffer[kMostDatagram];
      const ssize_t count = ::recv(forward->socket.get(), buffer, sizeof buffer, 0);
      if (count < 0) return ask(forward);  // refused: the next one
      const std::string_view message(buffer, static_cast<size_t>(count));
      // Of this question only: its number and its letters come back.
      if (count < 12 || message.substr(0, 2) != std::string_view(forward->query).substr(0, 2)) return;
      forward->reply(std::string(message));
      forward->client->say(event::NameAnswered{forward->client->container, forward->question.name, type_name(forward->question.type), read_addresses(message), server});
      end_forward(forward);
      --forwards_;
    });
    return;
  }
  forward->reply(answer_code(forward->query, forward->question, DnsCode::ServerFailure));
  forward->client->say(event::NameAnswered{forward->client->container, forward->question.name, type_name(forward->question.type), {}, "strates"});
  --forwards_;
}

}  // namespace strates::linux_world
