// A program started from a test, with its streams, a time limit and no way to outlive the test: as a user starts it, from outside.
//
// One thread only. Orphans (a monitor whose daemon was killed) come to this process, which reaps them as init would: every waiting function here does.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/unique_fd.hpp"

namespace strates::system_test {

using Milliseconds = std::chrono::milliseconds;

struct Result {
  int exit = -1;  // 128 + the signal's number when one killed it
  std::string out, err;
  bool timed_out = false;
  std::string all() const { return out + err; }
};

struct Options {
  std::vector<std::pair<std::string, std::string>> env;  // added to a small environment: PATH, HOME, English messages, UTC
  std::string input;
  std::string directory;
  Milliseconds limit{30'000};
  unsigned uid = 0;  // an ordinary user's, when not 0
};

class Process {
 public:
  static Process start(const std::vector<std::string>& argv, const Options& options = {});
  Process() = default;
  Process(Process&& other) noexcept;
  Process& operator=(Process&& other) noexcept;
  ~Process();

  pid_t pid() const { return pid_; }
  bool running();
  // Reads what is there, for at most `limit`; true once `done` says so.
  bool pump(const std::function<bool()>& done, Milliseconds limit);
  bool wait_for_output(const std::string& text, Milliseconds limit = Milliseconds(20'000));
  const std::string& out() const { return result_.out; }
  const std::string& err() const { return result_.err; }
  void signal(int number) const;
  // Waits until it ended and closed its streams; kills it at the limit.
  Result wait(Milliseconds limit = Milliseconds(30'000));

 private:
  void read_some();
  void write_some();
  void collect(int status);

  pid_t pid_ = -1;
  bool ended_ = false;
  UniqueFd in_, out_, err_;
  std::string input_;
  Result result_;
};

Result run(const std::vector<std::string>& argv, const Options& options = {});
// Sleeps, reaping orphans meanwhile.
void pause_for(Milliseconds time);
bool eventually(const std::function<bool()>& done, Milliseconds limit = Milliseconds(10'000));
void reap_orphans();
// The environment of every program that a test starts, as "NAME=value".
std::vector<std::string> environment(const std::vector<std::pair<std::string, std::string>>& added);
// A process id that is ours to wait for, not an orphan's.
void own_process(pid_t pid);
void disown_process(pid_t pid);

}  // namespace strates::system_test
