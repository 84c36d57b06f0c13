// Runs one command of a lesson as a student would type it: a shell, with `docker` meaning the engine the lesson talks to.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace strates::lessons {

struct CommandOutcome {
  int exit_code = 0;    // as the shell reports it
  std::string output;   // both streams, in the order they came; at most kOutputKept bytes, the end is dropped
};

class ShellCommands {
 public:
  static constexpr size_t kOutputKept = 1 << 20;
  // `docker` becomes a link to `strates_program` in a private directory put first in PATH, with DOCKER_HOST set to `host`. code lesson.setup
  static Result<ShellCommands> open(const std::string& strates_program, const std::string& host);
  ShellCommands(ShellCommands&& other) noexcept;
  ShellCommands& operator=(ShellCommands&&) = delete;
  ~ShellCommands();

  // For other shells of the lesson: the private directory, and the environment of every command (NAME=VALUE). What is put into the directory must be gone
  // before this is.
  const std::string& directory() const { return directory_; }
  const std::vector<std::string>& environment() const { return environment_; }

  // `show` gets the output as it comes. A command that wants the terminal (docker run -it) gets it, and nothing is kept of it.
  Result<CommandOutcome> run(const std::string& command, const std::function<void(std::string_view)>& show);
  // From any thread: asks the command that runs to end (SIGINT, as Ctrl-C does), and lets no other begin; they are code lesson.interrupted.
  void interrupt();

 private:
  ShellCommands(std::string directory, std::vector<std::string> environment) : directory_(std::move(directory)), environment_(std::move(environment)) {}
  std::string directory_;
  std::vector<std::string> environment_;
  std::atomic<int> running_{0};  // the shell's process; kInterrupted: no more of them
  static constexpr int kInterrupted = -1;
};

// docker run -it, docker exec -ti, docker attach: it talks to the person, not to the player.
bool wants_terminal(std::string_view command);

}  // namespace strates::lessons
