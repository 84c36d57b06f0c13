#include "tests/system/harness/terminal.hpp"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>

namespace strates::system_test {

Terminal Terminal::start(const std::vector<std::string>& argv, const Options& options, WindowSize size) {
  const auto env = environment(options.env);
  std::vector<char*> words, variables;
  for (const auto& word : argv) words.push_back(const_cast<char*>(word.c_str()));
  for (const auto& variable : env) variables.push_back(const_cast<char*>(variable.c_str()));
  words.push_back(nullptr);
  variables.push_back(nullptr);
  winsize window{size.rows, size.columns, 0, 0};
  int master = -1;
  Terminal terminal;
  terminal.pid_ = forkpty(&master, nullptr, nullptr, &window);
  if (terminal.pid_ < 0) std::abort();
  if (terminal.pid_ == 0) {
    std::signal(SIGPIPE, SIG_DFL);
    if (!options.directory.empty() && chdir(options.directory.c_str()) != 0) _exit(126);
    execvpe(words[0], words.data(), variables.data());
    _exit(127);
  }
  own_process(terminal.pid_);
  terminal.master_.reset(master);
  fcntl(master, F_SETFD, FD_CLOEXEC);
  fcntl(master, F_SETFL, O_NONBLOCK);
  return terminal;
}

Terminal::~Terminal() {
  if (!master_ || ended_) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  disown_process(pid_);
}

void Terminal::read_some() {
  pollfd fd{master_.get(), POLLIN, 0};
  poll(&fd, 1, 10);
  char buffer[4096];
  for (ssize_t count; (count = read(master_.get(), buffer, sizeof buffer)) > 0;) text_.append(buffer, static_cast<size_t>(count));
}

bool Terminal::expect(const std::string& wanted, Milliseconds limit) {
  return eventually([&] {
    read_some();
    const size_t at = text_.find(wanted, from_);
    if (at == std::string::npos) return false;
    from_ = at + wanted.size();
    return true;
  }, limit);
}

void Terminal::send(const std::string& keys) {
  for (size_t at = 0; at < keys.size();) {
    const ssize_t count = write(master_.get(), keys.data() + at, keys.size() - at);
    if (count > 0) at += static_cast<size_t>(count);
    else if (errno != EAGAIN) return;
  }
}

void Terminal::resize(WindowSize size) {
  // The kernel tells the foreground process group (SIGWINCH).
  const winsize window{size.rows, size.columns, 0, 0};
  ioctl(master_.get(), TIOCSWINSZ, &window);
}

int Terminal::wait(Milliseconds limit) {
  int status = 0;
  const bool done = eventually([&] {
    read_some();
    return waitpid(pid_, &status, WNOHANG) == pid_;
  }, limit);
  if (!done) return -1;
  read_some();
  ended_ = true;
  disown_process(pid_);
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace strates::system_test
