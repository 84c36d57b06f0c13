// An interactive bash in a terminal, as a student uses it: `docker` means our program, and each command's line, output and exit code are known.
//
// One thread at a time. The program may have other threads.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "lessons/player/shell_command.hpp"
#include "viewer/terminal/pty_process.hpp"
#include "viewer/terminal/shell_marks.hpp"
#include "viewer/terminal/terminal_screen.hpp"

namespace strates::viewer {

struct PromptShown {};
struct CommandStarted {
  std::string line;
};
struct CommandEnded {
  int exit_code = 0;
  std::string output;      // as it was sent to the terminal, escape sequences and all (plain_text() takes them out): the first kOutputKept bytes
  bool truncated = false;
};
struct ShellExited {
  int exit_code = 0;
};
using ShellEvent = std::variant<PromptShown, CommandStarted, CommandEnded, ShellExited>;

class ShellSession {
 public:
  static constexpr size_t kOutputKept = 1 << 20;
  static constexpr size_t kReadAtOnce = 1024;       // between two looks at the clock
  static constexpr size_t kMostPumped = 256 * 1024;
  static constexpr size_t kMostAfterEnd = 64 * 1024;  // what a terminal may still hold
  static constexpr std::chrono::milliseconds kLongestPump{8};
  static constexpr std::chrono::milliseconds kGrace{500};

  // The shell gets commands.environment(), a terminal and a history of its own; its files lie in commands.directory() until close(), which must come before
  // `commands` goes. `directory` is where it starts; empty: ours. code terminal.open
  static Result<std::unique_ptr<ShellSession>> open(const lessons::ShellCommands& commands, GridSize size, const std::string& directory = {});
  ~ShellSession();
  ShellSession(const ShellSession&) = delete;
  ShellSession& operator=(const ShellSession&) = delete;

  // For poll: readable when pump() has something to do, also after the shell ended. -1 once closed.
  int wake_descriptor() const { return process_.ready_descriptor(); }
  // Reads what there is and shows it on the screen; never waits, and leaves the rest for the next call after kLongestPump or kMostPumped bytes.
  std::vector<ShellEvent> pump();
  // poll() for at most `timeout`, then pump().
  std::vector<ShellEvent> wait(std::chrono::milliseconds timeout);

  // As if typed: a line feed is the Enter key. False when the shell has not read what was typed before for too long.
  bool type(std::string_view text) { return send(typed_bytes(text)); }
  // Bytes of TerminalScreen::key, character, paste or wheel.
  bool send(std::string_view bytes) { return process_.write(bytes); }
  void resize(GridSize size);
  // A command is running: what is typed goes to it, not to the prompt.
  bool running() const { return running_; }
  bool ended() const { return ended_; }

  TerminalScreen& screen() { return screen_; }
  const TerminalScreen& screen() const { return screen_; }

  // Hangs up; kills what has not gone after `grace`; removes the shell's files. Again: nothing.
  void close(std::chrono::milliseconds grace = kGrace);

 private:
  struct Marks;
  ShellSession(PtyProcess process, std::string directory, std::string nonce, GridSize size);
  void finish_command(int exit_code);

  PtyProcess process_;
  std::string directory_;  // the shell's files
  TerminalScreen screen_;
  std::unique_ptr<Marks> marks_;
  std::vector<ShellEvent> events_;
  bool running_ = false, ended_ = false, prompted_ = false;
  std::string output_;
  bool truncated_ = false;
  size_t read_after_end_ = 0;
};

}  // namespace strates::viewer
