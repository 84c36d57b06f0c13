#include "http/server.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <mutex>
#include <set>
#include <system_error>
#include <thread>

#include "http/server/connection.hpp"
#include "http/server/listener.hpp"
#include "http/server/response_head.hpp"

namespace strates::http {

namespace {

// A place where clients come in.
struct Door {
  Listener listener;
  std::shared_ptr<TlsServer> tls;
};

constexpr int kBreathe = 50;  // milliseconds to wait when the process has no descriptor left

class SocketServer : public Server {
 public:
  SocketServer(ServerOptions options, std::vector<Door> doors, UniqueFd stop, engine::Spooler& spooler, HttpHandler handler)
      : options_(std::move(options)), doors_(std::move(doors)), stop_(std::move(stop)), spooler_(spooler), handler_(std::move(handler)) {}

  ~SocketServer() override {
    stop();
    drain();
  }

  std::vector<std::string> addresses() const override {
    std::vector<std::string> out;
    for (const Door& door : doors_) out.push_back(door.listener.address());
    return out;
  }

  void run() override {
    while (!stopping_) {
      std::vector<pollfd> entries{{stop_.get(), POLLIN, 0}};
      for (const Door& door : doors_) entries.push_back({door.listener.fd(), POLLIN, 0});
      if (::poll(entries.data(), entries.size(), -1) < 0 && errno != EINTR) break;
      if (stopping_) break;
      for (size_t i = 0; i < doors_.size(); ++i)
        if ((entries[i + 1].revents & POLLIN) != 0) accept_one(doors_[i]);
    }
    drain();
  }

  void stop() override {
    if (stopping_.exchange(true)) return;
    for (Door& door : doors_) door.listener.remove_file();
    const std::uint64_t one = 1;
    while (::write(stop_.get(), &one, sizeof one) < 0 && errno == EINTR) {
    }
  }

 private:
  void accept_one(const Door& door) {
    // Non-blocking: a client that takes nothing is waited for with a limit, everywhere.
    UniqueFd fd(::accept4(door.listener.fd(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!fd) {
      if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
        pollfd entry{stop_.get(), POLLIN, 0};
        ::poll(&entry, 1, kBreathe);
      }
      return;
    }
    const int one = 1;
    ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);  // a unix socket knows neither, and is left as it is
    ::setsockopt(fd.get(), SOL_SOCKET, SO_KEEPALIVE, &one, sizeof one);
    auto socket = std::make_shared<Socket>(std::move(fd));
    socket->expect({options_.least_rate, options_.rate_patience});
    {
      const std::lock_guard guard(mutex_);
      if (live_.size() >= static_cast<size_t>(options_.connections)) return turn_away(*socket, door);
      live_.insert(socket);
    }
    try {
      std::thread([this, socket, tls = door.tls] {
        if (!tls || socket->start_tls(*tls, options_.head_deadline)) ServerConnection(socket, options_, spooler_, handler_).serve();
        leave(socket);
      }).detach();
    } catch (const std::system_error&) {
      turn_away(*socket, door);
      leave(socket);
    }
  }

  void turn_away(Socket& socket, const Door& door) const {
    if (door.tls) return socket.hang_up();  // a handshake would hold up everybody else
    const HttpResponse response = refusal_response(options_, 503, "too many connections at once");
    const auto& body = std::get<std::string>(response.body);
    socket.send_some(response_head(response, Framing::Length, body.size(), KeepAlive::No, false) + body);
    socket.close_politely();
  }

  void leave(const std::shared_ptr<Socket>& socket) {
    // Notified under the lock: once `drain` sees an empty set, this object may go.
    const std::lock_guard guard(mutex_);
    live_.erase(socket);
    left_.notify_all();
  }

  void drain() {
    std::unique_lock lock(mutex_);
    for (const auto& socket : live_) ::shutdown(socket->fd(), SHUT_RDWR);
    left_.wait(lock, [this] { return live_.empty(); });
  }

  ServerOptions options_;
  std::vector<Door> doors_;
  UniqueFd stop_;
  engine::Spooler& spooler_;
  HttpHandler handler_;
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::condition_variable left_;
  std::set<std::shared_ptr<Socket>> live_;
};

}  // namespace

Result<std::unique_ptr<Server>> Server::listen(ServerOptions options, engine::Spooler& spooler, HttpHandler handler) {
  UniqueFd stop(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!stop) return system_error("create", "eventfd", errno);
  std::vector<Door> doors;
  if (!options.socket_path.empty() || options.tcp.empty()) doors.push_back({TRY(Listener::bind(options.socket_path, options.mode)), nullptr});
  for (const TcpPort& port : options.tcp) {
    auto listener = Listener::bind_tcp(port.address);
    if (!listener.ok()) {
      for (Door& door : doors) door.listener.remove_file();
      return std::move(listener).error();
    }
    doors.push_back({std::move(listener).value(), port.tls});
  }
  return std::unique_ptr<Server>(std::make_unique<SocketServer>(std::move(options), std::move(doors), std::move(stop), spooler, std::move(handler)));
}

}  // namespace strates::http
