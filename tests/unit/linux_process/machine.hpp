// A port over a small root file system in memory, and an observer that remembers. Each test checks at its end that nothing is left.
#pragma once

#include <doctest/doctest.h>

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "linux/process/linux_processes.hpp"
#include "tests/support/leaks.hpp"

namespace strates::linux_world {

class Recorder : public engine::ProcessObserver {
 public:
  struct Record {
    std::string out, err;
    std::optional<engine::ExitStatus> exit;
    int exits = 0;
    bool output_after_exit = false;
  };
  void output(const ContainerId& container, const ExecId& exec, engine::StdStream stream, Nanos at, std::string_view bytes) override;
  void exited(const ContainerId& container, const ExecId& exec, const engine::ExitStatus& status) override;
  // Fails the test after 20 seconds.
  engine::ExitStatus wait(const ContainerId& container, const ExecId& exec = {});
  bool wait_output(const ContainerId& container, std::string_view text, const ExecId& exec = {});
  Record record(const ContainerId& container, const ExecId& exec = {});
  void forget(const ContainerId& container);  // before it starts again

 private:
  using Key = std::pair<std::string, std::string>;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<Key, Record> records_;
};

// False, with the reason printed, when these tests cannot run here.
bool can_run_containers();

class Machine {
 public:
  explicit Machine(std::optional<MachineFacts> facts = {});
  ~Machine();

  engine::ContainerSpec spec(std::vector<std::string> args);
  engine::ContainerSpec shell(const std::string& script) { return spec({"/bin/sh", "-c", script}); }
  engine::RunningProcess start(const engine::ContainerSpec& spec);
  // Starts, waits, releases.
  Recorder::Record run(const engine::ContainerSpec& spec);
  std::string output_of(const std::string& script) { return run(shell(script)).out; }
  Recorder::Record exec(const ContainerId& id, engine::ProcessSpec spec);
  engine::ProcessSpec process(std::vector<std::string> args) { return spec(std::move(args)).process; }
  // As if the daemon went and came again: the port is made anew.
  void reopen();
  void close() { processes.reset(); }

  std::string root, rootfs;
  Recorder recorder;
  std::vector<Payload> facts;
  std::unique_ptr<LinuxProcesses> processes;

 private:
  testing::LeakSnapshot before_;
  std::optional<MachineFacts> machine_facts_;
  std::vector<std::string> ids_;
};

}  // namespace strates::linux_world
