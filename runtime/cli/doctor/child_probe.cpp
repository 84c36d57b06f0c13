#include "cli/doctor/child_probe.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "base/error.hpp"
#include "base/unique_fd.hpp"

namespace strates::cli {

std::string probe(const std::function<std::string()>& attempt) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return errno_name(errno);
  UniqueFd reader(ends[0]), writer(ends[1]);
  const pid_t child = fork();
  if (child < 0) return errno_name(errno);
  if (child == 0) {
    alarm(20);  // a probe that hangs is a failed probe
    const std::string reason = attempt();
    if (!reason.empty() && ::write(writer.get(), reason.data(), reason.size()) < 0) _exit(2);
    _exit(reason.empty() ? 0 : 1);
  }
  writer.reset();
  std::string reason;
  char buffer[512];
  for (ssize_t got; (got = ::read(reader.get(), buffer, sizeof buffer)) > 0 || (got < 0 && errno == EINTR);)
    if (got > 0) reason.append(buffer, static_cast<size_t>(got));
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (reason.empty() && status != 0) return WIFSIGNALED(status) ? "signal " + std::to_string(WTERMSIG(status)) : "exit " + std::to_string(WEXITSTATUS(status));
  return reason;
}

}  // namespace strates::cli
