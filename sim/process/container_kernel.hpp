// The process table of one simulated container: pids, signals, parents and children, and whose turn it is.
//
// Turns go round in the order of pids, one step each: the same calls give the same run. Pid 1 is protected as a real one is
// (pid_namespaces(7)): a signal without a handler does nothing to it, not even SIGKILL, unless it comes from outside; when it ends, all end.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "engine/ports.hpp"
#include "sim/process/machine.hpp"
#include "sim/process/process.hpp"

namespace strates::sim {

class SimNetworks;

struct KernelOptions {
  std::string hostname, domainname;
  bool host_network = false;
  SimNetworks* networks = nullptr;
  ContainerId sandbox;  // whose network it has
  std::int64_t most_processes = 4096;
  std::int64_t cpus = kMachineCpus;
  // --- confinement: what /proc/PID/status and ulimit show
  std::uint64_t capabilities = 0;
  bool no_new_privileges = false;
  std::vector<engine::Ulimit> ulimits;
  std::function<std::int64_t()> next_host_pid;
  // A process that nobody inside waits for has ended: the first one, or one of an exec.
  std::function<void(const Process&, const engine::ExitStatus&)> root_ended;
};

class ContainerKernel {
 public:
  enum class From { Inside, Outside };

  ContainerKernel(std::unique_ptr<Vfs> vfs, Clock& clock, engine::Hasher& hasher, KernelOptions options)
      : vfs_(std::move(vfs)), clock_(clock), hasher_(hasher), options_(std::move(options)) {}

  Vfs& vfs() { return *vfs_; }
  Clock& clock() { return clock_; }
  engine::Hasher& hasher() { return hasher_; }
  const KernelOptions& options() const { return options_; }

  // A process that the engine starts: no parent inside.
  Process& create();
  // fork(2): the same descriptors, environment and directory, no program yet. Null: too many processes.
  Process* fork(Process& parent);
  // For a start that failed.
  void discard(Process& process);
  Process* find(int pid);
  std::vector<Process*> all();
  // waitpid(2) without waiting: the status of that child, which then goes.
  std::optional<engine::ExitStatus> reap(Process& parent, int pid);

  void signal_process(Process& target, int signal, From from);
  // kill(2): pid > 0 a process, < -1 a group, -1 all but pid 1 and the caller. False: ESRCH. Signal 0 only asks.
  bool signal_pid(Process& caller, int pid, int signal);
  void signal_group(int group, int signal);

  // `docker update`.
  void set_most_processes(std::int64_t count) { options_.most_processes = count; }
  std::int64_t process_count() const { return static_cast<std::int64_t>(processes_.size()); }

  bool step();
  std::optional<Nanos> next_timer() const;

  // What an ELF file is, by path and inode: the bytes are searched once.
  std::map<std::string, bool> busybox_files;

 private:
  bool run(Process& process);
  void terminate(Process& process, engine::ExitStatus status);
  void sweep();

  std::unique_ptr<Vfs> vfs_;
  Clock& clock_;
  engine::Hasher& hasher_;
  KernelOptions options_;
  std::map<int, std::unique_ptr<Process>> processes_;
  int last_pid_ = 0;
  int cursor_ = 0;
};

}  // namespace strates::sim
