// strates-daemon. Its story: a spawner while there is one thread, a world, an engine over it, a server in front; then it answers until told to stop.
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <thread>

#include "adapters/archive_reader.hpp"
#include "adapters/decompressor.hpp"
#include "adapters/gzip_compressor.hpp"
#include "adapters/openssl_hasher.hpp"
#include "adapters/system_clock.hpp"
#include "api/server.hpp"
#include "base/text.hpp"
#include "daemon/catalogue_route.hpp"
#include "daemon/options.hpp"
#include "daemon/sim_daemon.hpp"
#include "engine/serial_tasks.hpp"
#include "http/remote/remote_files.hpp"
#include "http/server.hpp"
#include "http/tls_client/tls.hpp"
#include "linux/idle_trim.hpp"
#include "linux/network/namespaces.hpp"
#include "linux/process/spawner.hpp"
#include "linux/world.hpp"

using namespace strates;
using namespace strates::daemon;

namespace {

// Stops `server` at the first SIGTERM or SIGINT; a thread takes them, so no handler interrupts anything.
class StopSignals {
 public:
  StopSignals() {
    sigemptyset(&set_);
    for (const int number : {SIGTERM, SIGINT, SIGUSR2}) sigaddset(&set_, number);
    pthread_sigmask(SIG_BLOCK, &set_, nullptr);
  }
  void stop_on_signal(http::Server& server) {
    thread_ = std::thread([this, &server] {
      int number = 0;
      sigwait(&set_, &number);
      if (number != SIGUSR2) server.stop();
    });
  }
  ~StopSignals() {
    if (!thread_.joinable()) return;
    pthread_kill(thread_.native_handle(), SIGUSR2);  // ours alone: the thread ends without stopping anything
    thread_.join();
  }

 private:
  sigset_t set_{};
  std::thread thread_;
};

engine::EngineOptions engine_options(const Options& given) {
  engine::EngineOptions options;
  options.version = STRATES_VERSION;
  options.registries = {given.mirrors, given.insecure};
  // reproducible-builds.org/specs/source-date-epoch: seconds.
  if (const char* epoch = std::getenv("SOURCE_DATE_EPOCH"); epoch != nullptr && *epoch != '\0') options.source_date_epoch = std::atoll(epoch) * kSecond;
  return options;
}

void say_ready(const Options& options, const std::vector<std::string>& addresses) {
  for (const std::string& address : addresses)
    std::cerr << tr(Text::DaemonListening, STRATES_VERSION, options.simulated ? "sim" : "linux", address == options.socket ? address : "tcp://" + address) << std::endl;
  if (options.ready_fd < 0) return;
  ignore(write(options.ready_fd, "ready\n", 6) == 6 ? success() : Result<void>(system_error("write", "--ready-fd", errno)));
  close(options.ready_fd);
}

Result<void> serve(const Options& options, engine::World world, StopSignals& signals) {
  const auto engine = TRY(engine::Engine::open(world, engine_options(options)));
  HttpHandler handler = api::make_handler(*engine);
  if (options.simulated) handler = with_catalogue(*engine, std::move(handler));
  http::ServerOptions server_options;
  server_options.socket_path = options.socket;
  if (!options.tcp.empty()) {
    const auto tls = TRY(http::TlsServer::open({options.tls_certificate, options.tls_key, options.tls_authority}));
    for (const std::string& address : options.tcp) server_options.tcp.push_back({address, tls});
  }
  linux_world::IdleTrim trim;
  const HttpHandler counted = [&trim, handler = std::move(handler)](const HttpRequest& request) {
    trim.touch();
    return handler(request);
  };
  const auto server = TRY(http::Server::listen(server_options, world.spooler, counted));
  signals.stop_on_signal(*server);
  say_ready(options, server->addresses());
  server->run();
  std::cerr << tr(options.simulated ? Text::DaemonStoppingSim : Text::DaemonStopping) << std::endl;
  engine->close();
  return {};
}

Result<void> serve_linux(const Options& options, linux_world::Spawner& spawner, StopSignals& signals) {
  const auto world = TRY(linux_world::LinuxWorld::open(options.root, spawner));
  engine::World ports = world->world();
  http::Transport transport({.tls = http::tls_dialer(options.certs)});
  http::UrlFiles remote(transport, ports.spooler);
  ports.remote = &remote;
  ports.fetcher = &transport;
  return serve(options, std::move(ports), signals);
}

Result<void> serve_simulator(const Options& options, StopSignals& signals) {
  std::error_code error;
  std::filesystem::create_directories(options.root, error);
  if (error) return make_error(ErrorKind::Internal, "daemon.root", tr(Text::DaemonStart), options.root, error.message());
  const auto lock = TRY(linux_world::RootLock::take(options.root));
  adapters::SystemClock real;
  adapters::OpensslHasher hasher;
  // This world is in memory: what an archive may unpack to is bounded by what a machine has of it.
  adapters::LibarchiveReader archives({.bytes = std::uint64_t{2} << 30});
  sim::SimOptions sim_options;
  sim_options.seed = static_cast<std::uint64_t>(real.now());
  sim_options.start_time = real.now();
  sim_options.machine.root_directory = options.root;
  sim_options.decompress = [](ByteSource& source) { return adapters::open_decompressed(source); };
  sim::SimWorld world(sim_options, hasher, archives);
  PacedMonitor monitor(world, real);
  monitor.start_driver();
  // Registries are real for the simulator too: what it pulls, it unpacks in memory. It has no thread: layers come one after another.
  http::Transport transport({.tls = http::tls_dialer(options.certs)});
  adapters::IgzipCompressor compressor;
  engine::SerialTasks tasks;
  engine::World ports = world.world(monitor);
  ports.fetcher = &transport;
  ports.compressor = &compressor;
  ports.tasks = &tasks;
  auto served = serve(options, std::move(ports), signals);
  monitor.stop();
  return served;
}

Result<void> run(const Options& options) {
  for (const auto& [name, value] : {std::pair{"--root", options.root}, std::pair{"--socket", options.socket}})
    if (value.empty())
      return make_error(ErrorKind::Invalid, "daemon.option", tr(Text::DaemonReadOptions), name, tr(Text::DaemonMissing), tr(Text::TryHelp, "strates daemon"));
  std::signal(SIGPIPE, SIG_IGN);
  if (options.simulated) {
    StopSignals signals;
    return serve_simulator(options, signals);
  }
  if (geteuid() != 0) return make_error(ErrorKind::Forbidden, "daemon.no-root", tr(Text::DaemonStart), "", tr(Text::DaemonNeedsRoot), tr(Text::DaemonNeedsRootAdvice));
  if (options.own_network) TRY(linux_world::leave_machine_network());  // the spawner comes along
  // While there is one thread, and before signals are blocked: what the spawner forks inherits neither.
  const auto spawner = TRY(linux_world::Spawner::start());
  StopSignals signals;
  return serve_linux(options, *spawner, signals);
}

}  // namespace

int main(int argc, char** argv) {
  // The spawner is this program executed again: there, this does not return.
  linux_world::Spawner::run_if_spawner();
  linux_world::IdleTrim::share_one_arena();
  set_language(choose_language(""));
  const auto fail = [](const Error& error, int code) {
    std::cerr << "strates: " << tr(Text::ErrorPrefix, error.explanation()) << std::endl;
    return code;
  };
  const auto options = read_options({argv + 1, argv + argc});
  if (!options.ok()) return fail(options.error(), 2);
  set_language(choose_language(options.value().lang));
  if (options.value().help) {
    std::cout << help_text() << "\n";
    return 0;
  }
  const auto result = run(options.value());
  return result.ok() ? 0 : fail(result.error(), 1);
}
