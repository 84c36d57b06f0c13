// A process on a pseudo-terminal of its own, at whose other end we are. Not for several threads, in programs that may have them: it is started by
// posix_spawn, with no code of ours between fork and exec, and every descriptor here is closed on exec.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "viewer/terminal/cells.hpp"

namespace strates::viewer {

class PtyProcess {
 public:
  static constexpr size_t kMostQueued = 1 << 20;

  struct Program {
    std::vector<std::string> arguments;    // the first one is the file, found in our PATH
    std::vector<std::string> environment;  // NAME=VALUE
    std::string directory;                 // where it starts; empty: ours
  };
  // A new session; its terminal is UTF-8. code terminal.open (with the call that failed)
  static Result<PtyProcess> start(const Program& program, GridSize size);
  PtyProcess(PtyProcess&& other) noexcept;
  PtyProcess& operator=(PtyProcess&&) = delete;
  ~PtyProcess();  // close(), half a second at most

  // Readable (poll) whenever read(), write_queued() or exit_code() would do something; stays so after the process ended. -1 once closed.
  int ready_descriptor() const { return ready_.get(); }
  // Bytes it wrote, at most `most`; empty when there are none now.
  std::string read(size_t most);
  // For its input. False, and nothing is taken, when more than kMostQueued bytes would wait for a process that does not read.
  bool write(std::string_view bytes);
  void write_queued();
  void resize(GridSize size);
  // As a shell reports it (128 and the signal's number when it was killed), once it has ended.
  std::optional<int> exit_code();
  // Hangs up, waits `grace` at most for the whole session to go, kills what is left of it, and reaps the process. A process that began a session of its own
  // lives on. Gives the exit code.
  int close(std::chrono::milliseconds grace);

 private:
  PtyProcess(UniqueFd master, UniqueFd ready, UniqueFd process, pid_t pid)
      : master_(std::move(master)), ready_(std::move(ready)), process_(std::move(process)), pid_(pid) {}
  void watch_for_room(bool wanted);

  UniqueFd master_, ready_, process_;  // process_: a pidfd, none on kernels before 5.3
  pid_t pid_ = -1;
  std::string queued_;
  bool waiting_for_room_ = false;
  int exit_code_ = 0;
};

}  // namespace strates::viewer
