// Built-in commands: a table from name to function. Those that wait (read, wait) or run commands (eval, .) change the shell's frames.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sim/shell/shell.hpp"

namespace strates::sim::shell {

struct Builtins {
  // What a built-in leaves behind: a status, or the frame goes on in another way.
  struct Outcome {
    enum class Kind { Status, Frames, Reading, Waiting, Replaced };
    Kind kind = Kind::Status;
    int status = 0;
  };
  using Function = Outcome (*)(Shell&, Shell::Frame&, const std::vector<std::string>& words);
  struct Row {
    std::string_view name;
    Function function;
    bool special;  // POSIX 2.14: an error ends a script, assignments before it stay
    bool in_dash;
  };
  static const Row* find(std::string_view name, Dialect dialect);

  // Frames that wait.
  static Step read_step(Shell& shell, Shell::Frame& frame);
  static Step wait_step(Shell& shell, Shell::Frame& frame);

  // The rows, in builtins.cpp and builtins_state.cpp.
  static Outcome colon(Shell&, Shell::Frame&, const std::vector<std::string>&);
  static Outcome false_(Shell&, Shell::Frame&, const std::vector<std::string>&);
  static Outcome program(Shell&, Shell::Frame&, const std::vector<std::string>&);  // echo, printf, test, [, kill
  static Outcome cd(Shell&, Shell::Frame&, const std::vector<std::string>&);
  static Outcome pwd(Shell&, Shell::Frame&, const std::vector<std::string>&);
  static Outcome exit(Shell&, Shell::Frame&, const std::vector<std::string>&);
  static Outcome return_(Shell&, Shell::Frame&, const std::vector<std::string>&);
  static Outcome break_(Shell&, Shell::Frame&, const std::vector<std::string>&);
  static Outcome shift(Shell&, Shell::Frame&, const std::vector<std::string>&);
  static Outcome export_(Shell&, Shell::Frame&, const std::vector<std::string>&);
  static Outcome unset(Shell&, Shell::Frame&, const std::vector<std::string>&);
  static Outcome set(Shell&, Shell::Frame&, const std::vector<std::string>&);
  static Outcome local(Shell&, Shell::Frame&, const std::vector<std::string>&);
  static Outcome read(Shell&, Shell::Frame&, const std::vector<std::string>&);
  static Outcome wait(Shell&, Shell::Frame&, const std::vector<std::string>&);
  static Outcome eval(Shell&, Shell::Frame&, const std::vector<std::string>&);
  static Outcome dot(Shell&, Shell::Frame&, const std::vector<std::string>&);
  static Outcome exec(Shell&, Shell::Frame&, const std::vector<std::string>&);
  static Outcome trap(Shell&, Shell::Frame&, const std::vector<std::string>&);
  static Outcome umask(Shell&, Shell::Frame&, const std::vector<std::string>&);
  static Outcome ulimit(Shell&, Shell::Frame&, const std::vector<std::string>&);  // builtin_limits.cpp
  static Outcome type(Shell&, Shell::Frame&, const std::vector<std::string>&);
  static Outcome command(Shell&, Shell::Frame&, const std::vector<std::string>&);
  static Outcome let(Shell&, Shell::Frame&, const std::vector<std::string>&);
  static Outcome getopts(Shell&, Shell::Frame&, const std::vector<std::string>&);
  static Outcome refused(Shell&, Shell::Frame&, const std::vector<std::string>&);

  static int describe(Shell& shell, const std::string& name, bool wordy, std::string& out);
  static bool number(Shell& shell, std::string_view text, std::string_view builtin, int& value);
  static void write(Shell& shell, std::string_view text, int& status);
};

}  // namespace strates::sim::shell
