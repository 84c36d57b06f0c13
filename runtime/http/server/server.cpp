#include "http/server.hpp"

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

constexpr int kBreathe = 50;  // milliseconds to wait when the process has no descriptor left

class UnixServer : public Server {
 public:
  UnixServer(ServerOptions options, Listener listener, UniqueFd stop, engine::Spooler& spooler, HttpHandler handler)
      : options_(std::move(options)), listener_(std::move(listener)), stop_(std::move(stop)), spooler_(spooler), handler_(std::move(handler)) {}

  ~UnixServer() override {
    stop();
    drain();
  }

  void run() override {
    while (!stopping_) {
      pollfd entries[] = {{listener_.fd(), POLLIN, 0}, {stop_.get(), POLLIN, 0}};
      if (::poll(entries, 2, -1) < 0 && errno != EINTR) break;
      if (stopping_) break;
      if ((entries[0].revents & POLLIN) != 0) accept_one();
    }
    drain();
  }

  void stop() override {
    if (stopping_.exchange(true)) return;
    listener_.remove_file();
    const std::uint64_t one = 1;
    while (::write(stop_.get(), &one, sizeof one) < 0 && errno == EINTR) {
    }
  }

 private:
  void accept_one() {
    UniqueFd fd(::accept4(listener_.fd(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!fd) {
      if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
        pollfd entry{stop_.get(), POLLIN, 0};
        ::poll(&entry, 1, kBreathe);
      }
      return;
    }
    auto socket = std::make_shared<Socket>(std::move(fd));
    {
      const std::lock_guard guard(mutex_);
      if (live_.size() >= static_cast<size_t>(options_.connections)) return turn_away(*socket);
      live_.insert(socket);
    }
    try {
      std::thread([this, socket] {
        Connection(socket, options_, spooler_, handler_).serve();
        leave(socket);
      }).detach();
    } catch (const std::system_error&) {
      turn_away(*socket);
      leave(socket);
    }
  }

  static void turn_away(Socket& socket) {
    const HttpResponse response = message_response(503, "too many connections at once");
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
  Listener listener_;
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
  Listener listener = TRY(Listener::bind(options.socket_path, options.mode));
  return std::unique_ptr<Server>(std::make_unique<UnixServer>(std::move(options), std::move(listener), std::move(stop), spooler, std::move(handler)));
}

}  // namespace strates::http
