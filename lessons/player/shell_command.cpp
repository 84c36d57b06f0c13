#include "lessons/player/shell_command.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>

#include "base/strings.hpp"
#include "base/unique_fd.hpp"

extern char** environ;

namespace strates::lessons {

namespace {

std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> out;
  for (const auto& text : strings) out.push_back(const_cast<char*>(text.c_str()));
  out.push_back(nullptr);
  return out;
}

struct SpawnActions {
  SpawnActions() { posix_spawn_file_actions_init(&actions); }
  ~SpawnActions() { posix_spawn_file_actions_destroy(&actions); }
  SpawnActions(const SpawnActions&) = delete;
  SpawnActions& operator=(const SpawnActions&) = delete;
  posix_spawn_file_actions_t actions{};
};

int exit_code(int status) {
  if (WIFEXITED(status)) return WEXITSTATUS(status);
  return 128 + (WIFSIGNALED(status) ? WTERMSIG(status) : 0);
}

}  // namespace

bool wants_terminal(std::string_view command) {
  const auto words = split(command, ' ');
  bool docker = false;
  for (const auto& word : words) {
    if (word == "docker") docker = true;
    else if (docker && word == "attach") return true;
    else if (docker && word.size() > 1 && word[0] == '-' && word[1] != '-' && word.find('t') != std::string::npos && word.find('i') != std::string::npos && word.size() <= 4)
      return true;
  }
  return false;
}

Result<ShellCommands> ShellCommands::open(const std::string& strates_program, const std::string& host) {
  const char* tmp = std::getenv("TMPDIR");
  std::string directory = std::string(tmp != nullptr && *tmp != '\0' ? tmp : "/tmp") + "/strates-learn-XXXXXX";
  if (mkdtemp(directory.data()) == nullptr) return system_error("create directory", directory, errno);
  if (symlink(strates_program.c_str(), (directory + "/docker").c_str()) != 0 || symlink(strates_program.c_str(), (directory + "/strates").c_str()) != 0) {
    const int number = errno;
    rmdir(directory.c_str());
    return system_error("create link", directory + "/docker", number);
  }
  std::vector<std::string> environment;
  const char* path = std::getenv("PATH");
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view text(*variable);
    if (!text.starts_with("PATH=") && !text.starts_with("DOCKER_HOST=") && !text.starts_with("STRATES_HOST=") && !text.starts_with("DOCKER_CONTEXT=")) environment.emplace_back(text);
  }
  environment.push_back("PATH=" + directory + ":" + (path != nullptr ? path : "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"));
  environment.push_back("DOCKER_HOST=" + host);
  environment.push_back("STRATES_HOST=" + host);
  return ShellCommands(std::move(directory), std::move(environment));
}

ShellCommands::ShellCommands(ShellCommands&& other) noexcept : directory_(std::exchange(other.directory_, {})), environment_(std::move(other.environment_)) {}

ShellCommands::~ShellCommands() {
  if (directory_.empty()) return;
  unlink((directory_ + "/docker").c_str());
  unlink((directory_ + "/strates").c_str());
  rmdir(directory_.c_str());
}

Result<CommandOutcome> ShellCommands::run(const std::string& command, const std::function<void(std::string_view)>& show) {
  if (running_ == kInterrupted) return make_error(ErrorKind::Unavailable, "lesson.interrupted", "run", command, "interrupted");
  const bool terminal = wants_terminal(command);
  UniqueFd read_end, write_end;
  SpawnActions spawn;
  if (!terminal) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return system_error("create pipe", command, errno);
    read_end.reset(ends[0]);
    write_end.reset(ends[1]);
    posix_spawn_file_actions_addopen(&spawn.actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&spawn.actions, write_end.get(), STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&spawn.actions, write_end.get(), STDERR_FILENO);
  }
  const std::vector<std::string> args = {"sh", "-c", command};
  const auto arg_pointers = pointers(args);
  const auto env_pointers = pointers(environment_);
  pid_t pid = 0;
  const int failed = posix_spawn(&pid, "/bin/sh", &spawn.actions, nullptr, arg_pointers.data(), env_pointers.data());
  if (failed != 0) return system_error("run", command, failed);
  if (int idle = 0; !running_.compare_exchange_strong(idle, pid)) kill(pid, SIGINT);
  write_end.reset();
  CommandOutcome outcome;
  if (!terminal) {
    char buffer[16384];
    for (;;) {
      const ssize_t count = read(read_end.get(), buffer, sizeof buffer);
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) break;
      const std::string_view bytes(buffer, static_cast<size_t>(count));
      show(bytes);
      if (outcome.output.size() < kOutputKept) outcome.output.append(bytes);
    }
  }
  // It has ended, but keeps its number until nobody can signal it any more.
  siginfo_t ended{};
  while (waitid(P_PID, static_cast<id_t>(pid), &ended, WEXITED | WNOWAIT) < 0 && errno == EINTR) {
  }
  int mine = pid;
  running_.compare_exchange_strong(mine, 0);
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  outcome.exit_code = exit_code(status);
  return outcome;
}

void ShellCommands::interrupt() {
  const int pid = running_.exchange(kInterrupted);
  if (pid > 0) kill(pid, SIGINT);
}

}  // namespace strates::lessons
