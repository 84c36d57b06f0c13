#include "cli/prepare/child_program.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "base/unique_fd.hpp"

namespace strates::cli {

namespace {

constexpr size_t kMostOutput = 1 << 20;

struct Pipe {
  UniqueFd reader, writer;
  static Result<Pipe> open() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return system_error("pipe", "", errno);
    Pipe out;
    out.reader.reset(ends[0]);
    out.writer.reset(ends[1]);
    return out;
  }
};

class Lines {
 public:
  explicit Lines(const std::function<void(const std::string&)>& each) : each_(each) {}
  void add(std::string_view bytes) {
    for (const char c : bytes) {
      if (c == '\n' || c == '\r') flush();
      else if (line_.size() < 4096) line_ += c;
    }
  }
  void flush() {
    if (!line_.empty() && each_) each_(line_);
    line_.clear();
  }

 private:
  const std::function<void(const std::string&)>& each_;
  std::string line_;
};

}  // namespace

Result<ProgramEnd> run_program(const std::vector<std::string>& arguments, const std::function<void(const std::string&)>& said) {
  Pipe output = TRY(Pipe::open()), errors = TRY(Pipe::open());
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child < 0) return system_error("fork", arguments[0], errno);
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent) _exit(127);
    std::signal(SIGPIPE, SIG_DFL);
    const int null = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    dup2(null, STDIN_FILENO);
    dup2(output.writer.get(), STDOUT_FILENO);
    dup2(errors.writer.get(), STDERR_FILENO);
    execvp(argv[0], argv.data());
    _exit(127);
  }
  output.writer.reset();
  errors.writer.reset();
  ProgramEnd end;
  Lines lines(said);
  bool open[] = {true, true};
  while (open[0] || open[1]) {
    pollfd fds[] = {{open[0] ? output.reader.get() : -1, POLLIN, 0}, {open[1] ? errors.reader.get() : -1, POLLIN, 0}};
    if (poll(fds, 2, -1) < 0 && errno != EINTR) break;
    for (int i = 0; i < 2; ++i) {
      if (fds[i].revents == 0) continue;
      char buffer[8192];
      const ssize_t got = ::read(fds[i].fd, buffer, sizeof buffer);
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) open[i] = false;
      else if (i == 1) lines.add({buffer, static_cast<size_t>(got)});
      else if (end.output.size() < kMostOutput) end.output.append(buffer, static_cast<size_t>(got));
    }
  }
  lines.flush();
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  end.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return end;
}

}  // namespace strates::cli
