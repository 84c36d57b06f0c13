// A single-threaded process that starts before the daemon has threads, and forks monitors for it: a process with threads cannot safely fork, and
// a small one forks eight times faster.
//
// It is this same program executed again, from a read-only copy of its mount (or a sealed copy in memory), so that no container can write
// to the daemon's file through /proc/PID/exe (CVE-2019-5736). It ends when the daemon does; the monitors go on.
#pragma once

#include <sys/types.h>

#include <memory>
#include <mutex>

#include "linux/process/container_plan.hpp"
#include "linux/process/message_socket.hpp"

namespace strates::linux_world {

class Spawner {
 public:
  // In the spawner's own process this does not return; elsewhere it does nothing. For a main that decides later whether it needs a spawner: it must
  // come first all the same.
  static void run_if_spawner();
  // run_if_spawner, then a new one. While the program has one thread. One per program.
  static Result<std::unique_ptr<Spawner>> start();
  ~Spawner();
  Spawner(const Spawner&) = delete;
  Spawner& operator=(const Spawner&) = delete;

  // A new monitor for `plan`; the answer is the daemon's connection to it (monitor_frame.hpp): Ready, Started or Failed come first.
  // `container`: pidfd of the container's first process, for an ExecPlan. Any thread. code process.setup when the spawner is gone.
  Result<MessageSocket> spawn(const Plan& plan, const UniqueFd* container = nullptr);
  pid_t pid() const { return pid_; }

 private:
  Spawner(MessageSocket socket, pid_t pid) : socket_(std::move(socket)), pid_(pid) {}

  std::mutex mutex_;
  MessageSocket socket_;
  pid_t pid_;
};

}  // namespace strates::linux_world
