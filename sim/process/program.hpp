// A program that runs: an object asked for one step at a time, so that many run side by side without a thread.
#pragma once

#include <memory>

namespace strates::sim {

class Process;

struct Step {
  enum class Kind {
    Again,     // something was done; there is more
    Blocked,   // nothing can be done now: no input, no room, no child that ended, not time yet
    Exited,
    Replaced,  // execve: Process::replacement is the program from now on
  };
  Kind kind = Kind::Again;
  int code = 0;

  static Step again() { return {}; }
  static Step blocked() { return {Kind::Blocked, 0}; }
  static Step exited(int code) { return {Kind::Exited, code}; }
  static Step replaced() { return {Kind::Replaced, 0}; }
};

class Program {
 public:
  virtual ~Program() = default;
  virtual Step step(Process& self) = 0;
  // Waits for its children with wait(2), whoever they are: orphans given to it do not stay zombies.
  virtual bool reaps_orphans() const { return false; }
};

}  // namespace strates::sim
