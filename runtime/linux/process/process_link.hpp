// The daemon's end of one monitor: a connection, a thread that reads it, and what is known of the process.
//
// Threads: `run` is the reader's; everything else may be called from any thread. Observers are called by the reader, without a lock.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "engine/ports.hpp"
#include "linux/process/message_socket.hpp"
#include "linux/process/monitor_frame.hpp"
#include "linux/process/observer_gate.hpp"

namespace strates::linux_world {

class ProcessLink {
 public:
  struct Identity {
    ContainerId container;
    ExecId exec;
    std::string run_directory;
  };

  ProcessLink(Identity identity, MessageSocket socket, UniqueFd pidfd, std::int64_t host_pid);

  const Identity& identity() const { return identity_; }
  std::int64_t host_pid() const { return host_pid_; }
  const UniqueFd& pidfd() const { return pidfd_; }

  // Reads until the monitor is gone, and tells the observer. After it, the process has ended, or we have hung up.
  void run(ObserverGate& observer);
  bool ended() const;
  // Waits until the process has ended; false after `timeout`.
  bool wait_ended(Nanos timeout);
  std::optional<engine::ExitStatus> exit() const;

  Result<void> signal(int number);
  Result<void> write_stdin(std::string_view bytes);  // blocks while kStdinWindow bytes are on their way
  Result<void> close_stdin();
  Result<void> resize(std::uint16_t rows, std::uint16_t columns);
  void hang_up();

 private:
  Result<void> send(const Frame& frame);
  Error gone() const;
  bool left() const;
  void wait_for_process() const;
  engine::ExitStatus status_without_frame() const;

  const Identity identity_;
  MessageSocket socket_;  // reader: receive; others: send, under send_mutex_
  const UniqueFd pidfd_;
  const std::int64_t host_pid_;

  std::mutex send_mutex_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  size_t window_ = kStdinWindow;
  bool hung_up_ = false;
  bool ended_ = false;
  std::optional<engine::ExitStatus> exit_;
};

}  // namespace strates::linux_world
