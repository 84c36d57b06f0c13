// The front's commands that start another program or speak to the engine: docker, daemon, learn, view, grade, registry,
// bundle, version.
#include "cli/front_commands.hpp"

#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include "api/client.hpp"
#include "base/strings.hpp"
#include "base/unique_fd.hpp"
#include "cli/docker_front.hpp"
#include "cli/docker_version.hpp"
#include "cli/ensure_daemon.hpp"
#include "cli/machine_clock.hpp"
#include "cli/neighbours.hpp"
#include "cli/usage.hpp"

namespace strates::cli {

namespace {

// Remembers that nobody answered, so that what to do can be said after Docker's own sentence.
class NoticingTransport : public api::Transport {
 public:
  NoticingTransport(std::unique_ptr<api::Transport> inner, bool& no_answer) : inner_(std::move(inner)), no_answer_(no_answer) {}
  Result<api::ClientResponse> send(const api::ClientRequest& request) override {
    auto response = inner_->send(request);
    if (!response.ok() && response.error().code == "client.connect") no_answer_ = true;
    return response;
  }
  std::string description() const override { return inner_->description(); }

 private:
  std::unique_ptr<api::Transport> inner_;
  bool& no_answer_;
};

Result<EngineChoice> choose(const FrontOptions& options) { return choose_engine(options.host, process_surroundings()); }

bool asks_for_help(const std::vector<std::string>& words) {
  for (const std::string& word : words)
    if (word == "--help" || word == "-h" || word == "help") return true;
  return false;
}

// Starts a neighbour that talks to the engine, after making sure that one answers.
Result<int> with_engine(const FrontCall& call, const std::string& program) {
  std::vector<std::string> arguments = call.words;
  if (!call.options.lang.empty()) arguments.insert(arguments.begin(), {"--lang", call.options.lang});
  TRY(neighbour(program));
  std::vector<std::string> environment;
  bool names_host = asks_for_help(call.words);
  for (const std::string& word : call.words) names_host = names_host || word == "--list" || word.starts_with("--host") || word.starts_with("-H");
  if (!names_host) {
    const EngineChoice choice = TRY(choose(call.options));
    if (TRY(ensure_daemon(choice)) == DaemonState::Started) call.console.err(tr(Text::CliDaemonStarted, describe(choice)) + "\n");
    environment.push_back("STRATES_HOST=" + choice.host());
  }
  return exec_neighbour(program, arguments, environment);
}

// The process that listens at a socket, from its credentials; 0 when nobody does.
pid_t listener_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return 0;
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  const UniqueFd connection(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!connection || connect(connection.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return 0;
  ucred peer{};
  socklen_t size = sizeof peer;
  return getsockopt(connection.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 ? peer.pid : 0;
}

Result<int> stop_daemon(const FrontCall& call, const EngineChoice& choice) {
  if (!choice.ours()) return make_error(ErrorKind::Invalid, "client.not-ours", "strates daemon --stop", choice.host(), tr(Text::CliNotOurs), "");
  const pid_t pid = listener_of(choice.socket);
  if (pid <= 0) {
    call.console.out(tr(Text::CliDaemonNotRunning, describe(choice)) + "\n");
    return 0;
  }
  if (kill(pid, SIGTERM) != 0) return system_error("kill", "strates-daemon " + std::to_string(pid), errno);
  for (int i = 0; i < 150; ++i) {
    if (!answers(choice.socket)) {
      call.console.out(tr(Text::CliDaemonStopped, pid) + "\n");
      return 0;
    }
    const timespec pause{0, 100'000'000};
    nanosleep(&pause, nullptr);
  }
  return make_error(ErrorKind::Unavailable, "daemon.stop", "strates daemon --stop", std::to_string(pid), tr(Text::CliDaemonStillThere), "");
}

bool given(const std::vector<std::string>& words, std::string_view option) {
  for (const std::string& word : words)
    if (word == option || word.starts_with(std::string(option) + "=")) return true;
  return false;
}

Result<int> exec_compose(const FrontCall& call, const EngineChoice& choice, std::vector<std::string> words) {
  if (!call.options.lang.empty()) words.insert(words.begin(), {"--lang", call.options.lang});
  return exec_neighbour("strates-compose", words, {"STRATES_HOST=" + choice.host()});
}

}  // namespace

Result<int> compose_command(const FrontCall& call) { return exec_compose(call, TRY(choose(call.options)), call.words); }

Result<int> docker_command(const FrontCall& call) {
  const auto globals = docker_globals(call.words);
  if (!globals.ok()) {
    call.console.err(globals.error().message() + "\nSee 'docker --help'.\n" + docker_help() + "\n");
    return 125;
  }
  // An environment variable, since credential helpers and Compose read it as well.
  if (!globals.value().config.empty()) setenv("DOCKER_CONFIG", globals.value().config.c_str(), 1);
  const std::string host = globals.value().host.empty() ? call.options.host : globals.value().host;
  if (const auto checked = check_globals(globals.value(), host); !checked.ok()) {
    call.console.err(checked.error().message() + "\n");
    return 1;
  }
  if (globals.value().version) {
    call.console.out(std::string("Docker version ") + kDockerVersion + ", build " + kDockerBuild + "\n");
    return 0;
  }
  const EngineChoice choice = TRY(choose_engine(host, process_surroundings()));
  // Compose is a program of its own: it needs YAML, the front does not.
  const std::vector<std::string>& rest = globals.value().rest;
  if (!globals.value().help && !rest.empty() && (rest[0] == "compose" || (rest.size() > 1 && rest[0] == "help" && rest[1] == "compose"))) {
    std::vector<std::string> words(rest.begin() + (rest[0] == "compose" ? 1 : 2), rest.end());
    if (rest[0] == "help") words.insert(words.begin(), "help");
    return exec_compose(call, choice, std::move(words));
  }
  bool no_answer = false;
  api::Client client(std::make_unique<NoticingTransport>(api::unix_transport(choice.socket), no_answer));
  MachineClock clock;
  Session session{client, call.console, clock};
  const int code = run_docker(session, globals.value().help ? std::vector<std::string>{} : globals.value().rest);
  if (no_answer && choice.ours()) call.console.err(tr(Text::CliNoEngine, describe(choice)) + "\n");
  return code;
}

Result<int> learn_command(const FrontCall& call) { return with_engine(call, "strates-learn"); }
Result<int> view_command(const FrontCall& call) { return with_engine(call, "strates-view"); }
Result<int> grade_command(const FrontCall& call) { return with_engine(call, "strates-grade"); }

namespace {

Result<int> with_registry(const FrontCall& call, const char* group) {
  std::vector<std::string> arguments{group};
  arguments.insert(arguments.end(), call.words.begin(), call.words.end());
  if (!call.options.lang.empty()) arguments.insert(arguments.begin(), {"--lang", call.options.lang});
  return exec_neighbour("strates-registry", arguments);
}

}  // namespace

Result<int> registry_command(const FrontCall& call) { return with_registry(call, "registry"); }
Result<int> bundle_command(const FrontCall& call) { return with_registry(call, "bundle"); }

Result<int> daemon_command(const FrontCall& call) {
  if (asks_for_help(call.words)) {
    call.console.out(front_help("strates daemon [--ensure | --status | --stop | ...]", Text::CliDaemonHelp));
    return 0;
  }
  const EngineChoice choice = TRY(choose(call.options));
  if (given(call.words, "--ensure")) {
    const DaemonState state = TRY(ensure_daemon(choice));
    call.console.out(tr(state == DaemonState::Started ? Text::CliDaemonStarted : Text::CliDaemonAnswers, describe(choice)) + "\n");
    return 0;
  }
  if (given(call.words, "--status")) {
    const bool running = answers(choice.socket);
    call.console.out(tr(running ? Text::CliDaemonAnswers : Text::CliDaemonNotRunning, describe(choice)) + "\n");
    return running ? 0 : 1;
  }
  if (given(call.words, "--stop")) return stop_daemon(call, choice);
  std::vector<std::string> arguments = call.words;
  const auto add = [&](const char* option, const std::string& value) {
    if (given(arguments, option) || value.empty()) return;
    arguments.emplace_back(option);
    arguments.push_back(value);
  };
  add("--socket", choice.socket);
  if (choice.ours()) {
    add("--root", choice.root);
    add("--world", choice.world == World::Linux ? "linux" : "sim");
  }
  return exec_neighbour("strates-daemon", arguments);
}

Result<int> version_command(const FrontCall& call) {
  call.console.out("Strates " STRATES_VERSION "\n");
  const auto choice = choose(call.options);
  if (choice.ok()) call.console.out(describe(choice.value()) + "\n");
  return 0;
}

}  // namespace strates::cli
