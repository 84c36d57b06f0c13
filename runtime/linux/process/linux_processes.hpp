// engine::Processes on a Linux kernel.
//
// Below the root directory: containers/ID/log and the files the engine provides; run/ID/monitor.sock, exit and errors (what the monitor had to
// say). Control groups: strates/ID in each hierarchy. Each method may be called from any thread. One reader thread per running process
// calls the observer, so a slow observer holds back its own container only.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "engine/ports.hpp"
#include "linux/process/container_plan.hpp"
#include "linux/process/process_link.hpp"
#include "linux/process/spawner.hpp"

namespace strates::linux_world {

class LinuxProcesses : public engine::Processes {
 public:
  static Result<std::unique_ptr<LinuxProcesses>> open(const std::string& root, Spawner& spawner);
  // Where the program of --init lies; empty: there is none.
  void set_init_program(std::string path) { facts_.init_program = std::move(path); }
  // For a layout that is not the machine's own (tests).
  static Result<std::unique_ptr<LinuxProcesses>> open(const std::string& root, Spawner& spawner, MachineFacts facts);
  ~LinuxProcesses() override;  // hangs up: containers go on

  // Null: waits until no call is under way, and what comes later is dropped (it is in the log and the exit record).
  void set_observer(engine::ProcessObserver* observer) override;
  Result<engine::RunningProcess> start(const engine::ContainerSpec& spec, const Emit& emit) override;
  Result<engine::RunningProcess> exec(const ContainerId& id, const ExecId& exec, const engine::ProcessSpec& spec, const Emit& emit) override;
  Result<void> signal(const ContainerId& id, int number) override;
  Result<void> signal_exec(const ContainerId& id, const ExecId& exec, int number) override;
  Result<void> write_stdin(const ContainerId& id, const ExecId& exec, std::string_view bytes) override;
  Result<void> close_stdin(const ContainerId& id, const ExecId& exec) override;
  Result<void> resize(const ContainerId& id, const ExecId& exec, std::uint16_t rows, std::uint16_t columns) override;
  Result<void> read_log(const ContainerId& id, const std::function<bool(const engine::LogRecord&)>& each) override;
  std::string log_path(const ContainerId& id) override;
  Result<void> replace_file(const ContainerId& id, const engine::ProvidedFile& file) override;
  Result<std::vector<engine::ProcessRow>> list(const ContainerId& id) override;
  Result<engine::ProcessTable> table(const ContainerId& id, const std::vector<std::string>& ps_options) override;
  Result<void> pause(const ContainerId& id) override;
  Result<void> unpause(const ContainerId& id) override;
  bool paused(const ContainerId& id) override;
  Result<void> update(const ContainerId& id, const engine::Limits& limits, const Emit& emit) override;
  Result<engine::Statistics> statistics(const ContainerId& id) override;
  void release(const ContainerId& id) override;
  void forget(const ContainerId& id) override;
  Result<std::vector<engine::Survivor>> recover(const std::vector<ContainerId>& known) override;

  // Those whose monitor answers: what is mounted for them must stay. Before recover.
  Result<std::vector<ContainerId>> alive();

  const MachineFacts& facts() const { return facts_; }

 private:
  using Key = std::pair<std::string, std::string>;  // container, exec
  struct Reader {
    std::shared_ptr<ProcessLink> link;
    std::thread thread;
    bool done = false;
  };

  LinuxProcesses(std::string root, Spawner& spawner, MachineFacts facts);

  std::string run_directory(const ContainerId& id) const;
  std::string container_directory(const ContainerId& id) const;
  Result<ContainerPaths> provide_files(const engine::ContainerSpec& spec);
  Result<engine::RunningProcess> start_prepared(const engine::ContainerSpec& spec, const Emit& emit);
  Result<std::shared_ptr<ProcessLink>> connect(const ContainerId& id);
  void adopt(std::shared_ptr<ProcessLink> link);
  void join_done_readers();
  std::shared_ptr<ProcessLink> find(const ContainerId& id, const ExecId& exec);
  Result<std::shared_ptr<ProcessLink>> running(const ContainerId& id, const ExecId& exec);
  void clean(const ContainerId& id);
  // --- confinement (linux_confinement.cpp)
  std::string cgroup_parent_of(const ContainerId& id) const;  // as the container's run directory keeps it
  Result<void> keep_cgroup_parent(const ContainerId& id, const std::string& parent);
  void remove_container_cgroups(const ContainerId& id);
  void thaw(const ContainerId& id);
  Result<void> freeze(const ContainerId& id, Freeze freeze);
  Result<void> resolve_confinement(const engine::ContainerSpec& spec, ContainerPaths& paths, std::vector<DeviceRule>& rules, const Emit& emit);
  Result<std::vector<std::uint64_t>> seccomp_program(const engine::Confinement& confinement, CapabilityMask capabilities);
  engine::Survivor look_after(const ContainerId& id);
  void end_stranger(const ContainerId& id);

  const std::string root_;
  Spawner& spawner_;
  MachineFacts facts_;
  ObserverGate observer_;

  std::mutex seccomp_mutex_;
  std::map<CapabilityMask, std::vector<std::uint64_t>> seccomp_defaults_;  // Docker's profile, compiled once for each set

  std::mutex mutex_;
  std::map<Key, std::shared_ptr<ProcessLink>> links_;  // an exec's goes when it ends, a container's when it is released
  std::vector<std::unique_ptr<Reader>> readers_;
};

}  // namespace strates::linux_world
