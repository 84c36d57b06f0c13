// One simulated process: what a kernel keeps about it, and the system calls its program uses.
//
// Owned by a ContainerKernel. Output that finds no room waits in the process: it makes no step before that is written.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/ports.hpp"
#include "sim/process/open_file.hpp"
#include "sim/process/program.hpp"
#include "sim/vfs.hpp"

namespace strates::sim {

class ContainerKernel;

enum class Disposition { Default, Ignore, Handle };

class Process {
 public:
  Process(ContainerKernel& kernel_of, int number) : kernel(kernel_of), pid(number), group(number) {}
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  ContainerKernel& kernel;
  int pid = 0, parent = 0, group = 0;
  std::int64_t host_pid = 0;
  std::vector<std::string> args;  // what `ps` shows
  std::vector<std::string> env;   // "NAME=value"
  std::string cwd = "/";
  std::uint32_t umask = 022;
  Credentials who;
  std::map<int, OpenFilePtr> files;
  std::shared_ptr<Terminal> terminal;  // controlling; may be null
  std::optional<Nanos> wake_at;        // sleeps until then
  Nanos started_at = 0;

  std::map<int, Disposition> dispositions;  // absent: Default
  std::deque<int> caught;                   // signals that await their handler

  std::unique_ptr<Program> program, replacement;
  bool stopped = false;
  std::optional<engine::ExitStatus> ended;  // a zombie, until its parent looks
  std::optional<int> exiting;               // exited, but what it wrote still waits for room
  bool adopted = false;                     // its parent ended first: pid 1 is the parent now
  bool vanish = false;                      // reaped: taken away after this step

  // --- files
  Vfs& vfs();
  Clock& clock();
  // Against the working directory, ".." resolved through symbolic links as the kernel walks a path. Never fails: what is not there stays as written.
  std::string absolute(std::string_view path);
  Result<OpenFilePtr> open_for_reading(std::string_view path);
  Result<OpenFilePtr> open_for_writing(std::string_view path, Vfs::Write how);
  OpenFilePtr file(int descriptor) const;
  Reading read(int descriptor, size_t most);
  // Takes everything: what finds no room now is written later, before the next step. The error of a write that failed, "" when none did.
  std::string write(int descriptor, std::string_view bytes);
  // Writes what waits; false: there is no room yet.
  bool flush_pending();
  bool has_pending() const { return !pending_.empty(); }
  bool is_terminal(int descriptor) const;

  // --- environment
  std::optional<std::string_view> variable(std::string_view name) const;
  Disposition disposition(int signal) const;

 private:
  struct Pending {
    OpenFilePtr to;
    std::string bytes;
  };
  std::deque<Pending> pending_;
};

}  // namespace strates::sim
