// One small single-threaded process per container or exec. It holds the terminal or the pipes, keeps the log, waits for the process, and
// records how it ended. It serves the daemon when there is one, and goes on alone when there is none.
#pragma once

#include <deque>
#include <string>

#include "linux/process/launch.hpp"
#include "linux/process/log_file.hpp"
#include "linux/process/message_socket.hpp"
#include "linux/process/monitor_frame.hpp"

namespace strates::linux_world {

// The whole life of a monitor, in a process forked for it. `plan` is a file with an encoded plan; `daemon` the first connection, which gets
// Ready, Started or Failed and then what frames there are; `container` the pidfd for an exec.
[[noreturn]] void run_monitor(UniqueFd plan, MessageSocket daemon, UniqueFd container);

// The second half: everything after the start.
class ProcessMonitor {
 public:
  ProcessMonitor(const LaunchPlan& plan, Launched process, LogWriter log, MessageSocket daemon, MessageSocket listener);
  void serve();  // until the process has ended and the daemon knows

 private:
  void wait_once();
  void take_streams();
  bool read_once(UniqueFd& from, engine::StdStream stream);
  void drain(UniqueFd& from, engine::StdStream stream);
  void take_requests();
  void obey(const Frame& frame);
  void feed_stdin();
  void accept_daemon();
  void send(std::string frame);
  void flush();
  void lose_daemon();
  void finish();

  const LaunchPlan& plan_;
  Launched process_;
  LogWriter log_;
  MessageSocket daemon_, listener_;
  std::deque<std::string> outbox_;  // frames the daemon has not taken yet
  size_t outbox_bytes_ = 0;
  std::string input_;  // for the process, at most kStdinWindow
  bool close_input_ = false;
  bool log_failed_ = false;
  bool ended_ = false;
  std::string buffer_;
};

}  // namespace strates::linux_world
