#include "linux/process/exit_record.hpp"

#include <signal.h>
#include <sys/wait.h>

#include <cstdio>

#include "linux/process/small_file.hpp"

namespace strates::linux_world {

Result<void> write_exit_record(const std::string& run_directory, const engine::ExitStatus& status) {
  const std::string line =
      std::to_string(status.code) + " " + std::to_string(status.signal) + " " + (status.oom_killed ? "1" : "0") + " " + std::to_string(status.at) + "\n";
  return replace_small_file(run_directory + "/exit", line, 0600);
}

std::optional<engine::ExitStatus> read_exit_record(const std::string& run_directory) {
  auto text = read_small_file(run_directory + "/exit", 256);
  if (!text.ok()) return std::nullopt;
  engine::ExitStatus status;
  int oom = 0;
  long long at = 0;
  if (std::sscanf(text.value().c_str(), "%d %d %d %lld", &status.code, &status.signal, &oom, &at) != 4) return std::nullopt;
  status.oom_killed = oom != 0;
  status.at = at;
  return status;
}

engine::ExitStatus exit_status(int how, int value, Nanos at) {
  engine::ExitStatus status;
  status.at = at;
  if (how == CLD_EXITED) {
    status.code = value;
  } else {
    status.signal = value;
    status.code = 128 + value;
  }
  return status;
}

}  // namespace strates::linux_world
