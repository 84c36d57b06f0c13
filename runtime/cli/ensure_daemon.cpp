#include "cli/ensure_daemon.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#include "base/strings.hpp"
#include "base/text.hpp"
#include "base/unique_fd.hpp"
#include "cli/file_source.hpp"
#include "cli/neighbours.hpp"

namespace strates::cli {

namespace {

constexpr int kReadyMilliseconds = 30'000;

Result<void> make_directories(const std::string& path) {
  for (size_t at = 1; at != std::string::npos;) {
    at = path.find('/', at + 1);
    const std::string part = path.substr(0, at);
    if (mkdir(part.c_str(), 0700) != 0 && errno != EEXIST) return system_error("mkdir", part, errno);
  }
  return success();
}

Error not_started(const std::string& log, const std::string& cause) {
  std::string tail = cause;
  if (const auto text = read_file(log, 64 << 20); text.ok()) {
    std::vector<std::string> lines = split_lines(text.value());
    if (lines.size() > 8) lines.erase(lines.begin(), lines.end() - 8);
    if (!lines.empty() && !trim(text.value()).empty()) tail += "\n  " + join(lines, "\n  ") + "\n ";
  }
  return make_error(ErrorKind::Unavailable, "daemon.start", tr(Text::CliStartDaemon), "strates-daemon", tail, tr(Text::CliDaemonAdvice, log));
}

struct Child {
  pid_t pid = -1;
  UniqueFd ready;
};

// A session of its own, so that it outlives the terminal; its standard output and error are the log.
Result<Child> launch(const EngineChoice& choice, const std::string& program, const std::string& log) {
  int pipe_ends[2];
  if (pipe2(pipe_ends, O_CLOEXEC) != 0) return system_error("pipe", "", errno);
  Child child;
  child.ready.reset(pipe_ends[0]);
  UniqueFd writer(pipe_ends[1]);
  UniqueFd output(::open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!output) return system_error("open", log, errno);
  UniqueFd input(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (!input) return system_error("open", "/dev/null", errno);
  const std::string lang = language() == Language::English ? "en" : "fr", world = choice.world == World::Linux ? "linux" : "sim", ready = std::to_string(writer.get());
  const char* argv[] = {program.c_str(), "--socket",   choice.socket.c_str(), "--root", choice.root.c_str(), "--world",
                        world.c_str(),   "--ready-fd", ready.c_str(),         "--lang", lang.c_str(),        nullptr};
  child.pid = fork();
  if (child.pid < 0) return system_error("fork", program, errno);
  if (child.pid == 0) {
    setsid();
    dup2(input.get(), STDIN_FILENO);
    dup2(output.get(), STDOUT_FILENO);
    dup2(output.get(), STDERR_FILENO);
    fcntl(writer.get(), F_SETFD, 0);
    std::signal(SIGPIPE, SIG_DFL);
    if (chdir("/") == 0) execv(program.c_str(), const_cast<char* const*>(argv));
    _exit(127);
  }
  return child;
}

}  // namespace

bool answers(const std::string& socket_path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket_path.size() >= sizeof address.sun_path) return false;
  std::memcpy(address.sun_path, socket_path.c_str(), socket_path.size() + 1);
  const UniqueFd connection(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  return connection && connect(connection.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

Result<DaemonState> ensure_daemon(const EngineChoice& choice) {
  if (answers(choice.socket)) return DaemonState::Answering;
  if (!choice.ours())
    return make_error(ErrorKind::Unavailable, "client.not-ours", tr(Text::CliStartDaemon), choice.host(), tr(Text::CliNotOurs), tr(Text::CliNotOursAdvice));
  const std::string program = TRY(neighbour("strates-daemon"));
  TRY(make_directories(choice.root));
  TRY(make_directories(dir_name(choice.socket)));
  const std::string lock_path = choice.root + "/starting.lock", log = choice.root + "/daemon.log";
  const UniqueFd lock(::open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!lock) return system_error("open", lock_path, errno);
  if (flock(lock.get(), LOCK_EX) != 0) return system_error("flock", lock_path, errno);
  if (answers(choice.socket)) return DaemonState::Answering;  // somebody else started it meanwhile

  Child child = TRY(launch(choice, program, log));
  pollfd ready{child.ready.get(), POLLIN, 0};
  int polled = 0;
  while ((polled = poll(&ready, 1, kReadyMilliseconds)) < 0 && errno == EINTR) {
  }
  if (polled == 0) {
    kill(child.pid, SIGTERM);
    return make_error(ErrorKind::Unavailable, "daemon.slow", tr(Text::CliStartDaemon), program, tr(Text::CliDaemonSlow, kReadyMilliseconds / 1000),
                      tr(Text::CliDaemonAdvice, log));
  }
  char byte = 0;
  if (::read(child.ready.get(), &byte, 1) == 1) return DaemonState::Started;
  int status = 0;
  std::string cause = tr(Text::CliDaemonClosed);
  if (waitpid(child.pid, &status, 0) == child.pid && WIFEXITED(status)) cause = tr(Text::CliDaemonExited, WEXITSTATUS(status));
  return not_started(log, cause);
}

}  // namespace strates::cli
