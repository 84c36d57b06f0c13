// The engine's port of processes, in memory: programs and shells that the simulator interprets, one step at a time, on virtual time.
//
// Nothing runs inside a call of this port: steps are taken by whoever waits, through Scheduler (sim/scheduler.hpp). The observer is called
// from step() only, never from inside start, signal or write_stdin. Not thread-safe: the simulator has one thread.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "engine/ports.hpp"
#include "sim/process/container_kernel.hpp"
#include "sim/process/kept_log.hpp"
#include "sim/process/terminal.hpp"
#include "sim/scheduler.hpp"
#include "sim/vfs.hpp"

namespace strates::sim {

class SimProcesses : public engine::Processes, public Scheduler {
 public:
  // All three outlive this object. hasher: for sha256sum.
  SimProcesses(VfsProvider& files, Clock& clock, engine::Hasher& hasher, SimNetworks& networks)
      : files_(files), clock_(clock), hasher_(hasher), networks_(networks) {}
  ~SimProcesses() override;

  void set_observer(engine::ProcessObserver* observer) override { observer_ = observer; }
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
  // The columns of `ps -ef` only.
  Result<engine::ProcessTable> table(const ContainerId& id, const std::vector<std::string>& ps_options) override;
  Result<void> pause(const ContainerId& id) override;
  Result<void> unpause(const ContainerId& id) override;
  bool paused(const ContainerId& id) override;
  Result<void> update(const ContainerId& id, const engine::Limits& limits, const Emit& emit) override;
  // Counts processes; an interpreted program uses no memory and no processor time that could be told.
  Result<engine::Statistics> statistics(const ContainerId& id) override;
  void release(const ContainerId& id) override;
  void forget(const ContainerId& id) override;
  Result<std::vector<engine::Survivor>> recover(const std::vector<ContainerId>& known) override;

  bool step() override;
  std::optional<Nanos> next_timer() override;

 private:
  struct Console {  // how the outside talks to one process
    std::shared_ptr<InputFile> input;
    std::shared_ptr<Terminal> terminal;
    int pid = 0;
    bool open_stdin = false;
  };
  struct Container {
    std::unique_ptr<ContainerKernel> kernel;
    std::map<ExecId, Console> consoles;  // the first process under the empty ExecId
    KeptLog log;
    std::string snapshot;
    bool running = false;
    bool paused = false;
    engine::Limits limits;
  };
  struct Notice {
    ContainerId container;
    ExecId exec;
    engine::StdStream stream = engine::StdStream::Out;
    Nanos at = 0;
    std::string bytes;
    std::optional<engine::ExitStatus> exit;
  };

  Container* running(const ContainerId& id);
  Result<Console*> console(const ContainerId& id, const ExecId& exec);
  Result<engine::RunningProcess> launch(Container& container, const ContainerId& id, const ExecId& exec, const engine::ProcessSpec& spec);
  void connect(Container& container, Process& process, const ContainerId& id, const ExecId& exec, const engine::ProcessSpec& spec);
  void wrote(const ContainerId& id, const ExecId& exec, engine::StdStream stream, std::string_view bytes);
  void ended(const ContainerId& id, const Process& process, const engine::ExitStatus& status);
  std::vector<ProcEntry> proc_entries(const ContainerId& id);
  bool deliver();

  VfsProvider& files_;
  Clock& clock_;
  engine::Hasher& hasher_;
  SimNetworks& networks_;
  engine::ProcessObserver* observer_ = nullptr;
  std::map<ContainerId, Container> containers_;
  std::deque<Notice> notices_;
  std::vector<std::unique_ptr<ContainerKernel>> leaving_;  // released while one of their processes runs
  ContainerId cursor_;
  std::int64_t last_host_pid_ = 4000;
  bool stepping_ = false;
};

}  // namespace strates::sim
