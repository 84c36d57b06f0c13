// strates registry serve
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <thread>

#include "base/text.hpp"
#include "http/server.hpp"
#include "registry/program/program.hpp"

namespace strates::registry::server {

namespace {

using cli::bool_flag;
using cli::bytes_flag;
using cli::integer_flag;
using cli::list_flag;
using cli::text_flag;

constexpr cli::FlagSpec kFlags[] = {
    text_flag("root", 0, ""),       list_flag("listen", 'l', ""),         text_flag("mirror", 0, ""),  bool_flag("mirror-login", 0, ""), text_flag("htpasswd", 0, ""), bool_flag("anonymous-read", 0, ""),
    text_flag("tlscert", 0, ""),    text_flag("tlskey", 0, ""),           bytes_flag("max-blob", 0, ""), integer_flag("connections", 0, ""), integer_flag("ready-fd", 0, ""),
    bool_flag("log", 0, ""),        {"gc-every", 0, cli::FlagKind::Duration, "duration", {}, "1h"},
};
constexpr char kUsage[] = "strates registry serve [--listen ADDR:PORT] [--mirror URL] [--htpasswd FILE] [...]";
constexpr std::chrono::milliseconds kIdle{60'000};
// A modem brings four times as much.
constexpr std::uint64_t kLeastRate = 1024;
constexpr std::chrono::milliseconds kBodyIdle{30'000};

bool is_loopback(const std::string& address) {
  return address.starts_with("127.") || address.starts_with("[::1]:") || address.starts_with("localhost:");
}

Result<ShopOptions> shop_options(const cli::ParsedFlags& flags) {
  ShopOptions options;
  options.root = root_of(flags);
  TRY(read_mirror(flags, "", options));
  options.htpasswd = flags.text("htpasswd");
  options.anonymous = flags.boolean("anonymous-read") ? Anonymous::Read : Anonymous::Nothing;
  if (flags.changed("max-blob")) options.registry.largest_blob = options.mirror.largest_blob = static_cast<std::uint64_t>(flags.bytes("max-blob"));
  options.scheme = flags.text("tlscert").empty() ? "http" : "https";
  return options;
}

// What a client sent, fit for a terminal.
std::string shown(std::string text) {
  for (char& c : text)
    if (static_cast<unsigned char>(c) < ' ' || c == 0x7f) c = '?';
  return text;
}

// Blocked before any thread is started; one thread takes them.
class Stopper {
 public:
  Stopper() {
    sigemptyset(&set_);
    for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGUSR2}) sigaddset(&set_, number);
    pthread_sigmask(SIG_BLOCK, &set_, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
  }
  void watch(std::function<void()> stop) {
    thread_ = std::thread([this, stop = std::move(stop)] {
      int number = 0;
      sigwait(&set_, &number);
      if (number != SIGUSR2) stop();
    });
  }
  ~Stopper() {
    if (!thread_.joinable()) return;
    pthread_kill(thread_.native_handle(), SIGUSR2);
    thread_.join();
  }

 private:
  sigset_t set_{};
  std::thread thread_;
};

// Takes away now and then what no manifest needs any more.
class Janitor {
 public:
  Janitor(Shop& shop, std::chrono::nanoseconds every) {
    if (every.count() <= 0) return;
    thread_ = std::thread([this, &shop, every] {
      std::unique_lock lock(mutex_);
      while (!changed_.wait_for(lock, every, [this] { return stopping_; })) {
        HttpRequest request{"POST", "/control/gc", {}, {}, std::make_shared<StringSpool>("")};
        shop.control(request);
      }
    });
  }
  ~Janitor() {
    {
      const std::lock_guard guard(mutex_);
      stopping_ = true;
      changed_.notify_all();
    }
    if (thread_.joinable()) thread_.join();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  std::thread thread_;
};

void warn(const Call& call, const cli::ParsedFlags& flags, const std::vector<std::string>& addresses) {
  for (const std::string& address : addresses) {
    if (address.starts_with('/') || is_loopback(address)) continue;
    if (flags.text("tlscert").empty() && flags.text("htpasswd").empty()) call.console.err(tr(Text::RegistryWarnOpen, address) + "\n");
    else if (flags.text("tlscert").empty()) call.console.err(tr(Text::RegistryWarnClear, address) + "\n");
    else if (flags.text("htpasswd").empty()) call.console.err(tr(Text::RegistryWarnNobody, address) + "\n");
  }
}

void say_ready(int descriptor) {
  if (descriptor < 0) return;
  ignore(::write(descriptor, "ready\n", 6) == 6 ? success() : Result<void>(system_error("write", "--ready-fd", errno)));
  ::close(descriptor);
}

}  // namespace

Result<int> serve_command(const Call& call) {
  const auto read = TRY(read_flags(call, kFlags, kUsage, Text::RegistryServeHelp));
  if (!read) return 0;
  const cli::ParsedFlags& flags = *read;
  if (!flags.arguments.empty()) return usage_error(tr(Text::CliUnexpectedArgument, flags.arguments[0]));
  if (flags.text("tlscert").empty() != flags.text("tlskey").empty()) return usage_error(tr(Text::RegistryTlsPair));
  if (flags.boolean("anonymous-read") && flags.text("htpasswd").empty()) return usage_error(tr(Text::RegistryAnonymousAlone));
  Stopper signals;
  std::shared_ptr<http::TlsServer> tls;
  if (!flags.text("tlscert").empty()) tls = TRY(http::TlsServer::open({flags.text("tlscert"), flags.text("tlskey"), ""}));
  const ShopOptions wanted = TRY(shop_options(flags));
  const auto shop = TRY(Shop::open(call.machine, wanted));

  http::ServerOptions options;
  options.request_body = http::RequestBody::Streamed;
  options.refusal = refusal;
  options.body_limit = std::max(options.body_limit, wanted.registry.largest_blob);
  options.body_idle = kBodyIdle;
  options.idle = kIdle;
  options.least_rate = kLeastRate;
  if (flags.changed("connections")) options.connections = static_cast<int>(std::clamp<std::int64_t>(flags.integer("connections"), 1, 100'000));
  http::ServerOptions control = options;
  control.socket_path = control_socket(root_of(flags));
  control.mode = 0600;
  auto listen = flags.list("listen");
  if (listen.empty()) listen = {"127.0.0.1:5000"};
  for (const std::string& address : listen) options.tcp.push_back({address, tls});
  const bool log = flags.boolean("log");
  const HttpHandler handler = [&shop, &call, log](const HttpRequest& request) {
    HttpResponse response = shop->handle(request);
    if (log) call.console.err(rfc3339(call.machine.clock.now()) + " " + std::to_string(response.status) + " " + request.method + " " + shown(request.path) + "\n");
    return response;
  };
  const auto server = TRY(http::Server::listen(options, call.machine.spooler, handler));
  const auto controller = TRY(http::Server::listen(control, call.machine.spooler, [&shop](const HttpRequest& request) { return shop->control(request); }));
  const Janitor janitor(*shop, std::chrono::nanoseconds(flags.changed("gc-every") ? flags.nanoseconds("gc-every") : 3600 * kSecond));

  const auto addresses = server->addresses();
  for (const std::string& address : addresses) call.console.out(tr(Text::RegistryListening, (tls ? "https://" : "http://") + address, root_of(flags)) + "\n");
  warn(call, flags, addresses);
  if (!flags.text("mirror").empty()) call.console.out(tr(Text::RegistryMirroring, flags.text("mirror")) + "\n");
  std::thread control_thread([&] { controller->run(); });
  signals.watch([&] {
    shop->stop();
    controller->stop();
    server->stop();
  });
  say_ready(flags.changed("ready-fd") ? static_cast<int>(flags.integer("ready-fd")) : -1);
  server->run();
  controller->stop();
  control_thread.join();
  call.console.out(tr(Text::RegistryStopped) + "\n");
  return 0;
}

}  // namespace strates::registry::server
