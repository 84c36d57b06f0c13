#include "cli/console.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <mutex>
#include <thread>

#include "base/unique_fd.hpp"

namespace strates::cli {

namespace {

constexpr int kWatched[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGALRM, SIGWINCH};

void wake(const UniqueFd& event) {
  const std::uint64_t one = 1;
  if (::write(event.get(), &one, sizeof one) < 0) return;  // full: it is already awake
}

class RawMode : public ConsoleGuard {
 public:
  RawMode() {
    if (tcgetattr(STDIN_FILENO, &before_) != 0) return;
    termios raw = before_;
    cfmakeraw(&raw);
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    changed_ = tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0;
  }
  ~RawMode() override {
    if (changed_) tcsetattr(STDIN_FILENO, TCSANOW, &before_);
  }

 private:
  termios before_{};
  bool changed_ = false;
};

// Blocks the signals and reads them from a descriptor, so that the callback is ordinary code.
class SignalWatch : public ConsoleGuard {
 public:
  explicit SignalWatch(std::function<void(int)> callback) : callback_(std::move(callback)) {
    sigset_t set;
    sigemptyset(&set);
    for (const int signal : kWatched) sigaddset(&set, signal);
    pthread_sigmask(SIG_BLOCK, &set, &before_);
    signals_.reset(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
    stop_.reset(eventfd(0, EFD_CLOEXEC));
    thread_ = std::thread([this] { loop(); });
  }
  ~SignalWatch() override {
    wake(stop_);
    thread_.join();
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

 private:
  void loop() {
    for (;;) {
      pollfd fds[] = {{signals_.get(), POLLIN, 0}, {stop_.get(), POLLIN, 0}};
      if (poll(fds, 2, -1) < 0 && errno != EINTR) return;
      if (fds[1].revents != 0) return;
      signalfd_siginfo info{};
      while (::read(signals_.get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info)) callback_(static_cast<int>(info.ssi_signo));
    }
  }

  std::function<void(int)> callback_;
  sigset_t before_{};
  UniqueFd signals_, stop_;
  std::thread thread_;
};

class ProcessConsole : public Console {
 public:
  ProcessConsole() : stop_(eventfd(0, EFD_CLOEXEC)) {}

  void out(std::string_view bytes) override { write_all(STDOUT_FILENO, bytes, gone_); }
  void err(std::string_view bytes) override {
    std::atomic<bool> ignored{false};
    write_all(STDERR_FILENO, bytes, ignored);
  }
  bool out_is_gone() const override { return gone_; }

  bool in_is_terminal() const override { return isatty(STDIN_FILENO) == 1; }
  bool out_is_terminal() const override { return isatty(STDOUT_FILENO) == 1; }
  bool err_is_terminal() const override { return isatty(STDERR_FILENO) == 1; }
  std::optional<TerminalSize> size() const override {
    winsize size{};
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 && ioctl(STDIN_FILENO, TIOCGWINSZ, &size) != 0) return std::nullopt;
    return TerminalSize{size.ws_row, size.ws_col};
  }

  Result<size_t> read_input(std::span<char> buffer) override {
    for (;;) {
      pollfd fds[] = {{STDIN_FILENO, POLLIN, 0}, {stop_.get(), POLLIN, 0}};
      if (poll(fds, 2, -1) < 0) {
        if (errno == EINTR) continue;
        return system_error("poll", "standard input", errno);
      }
      if (fds[1].revents != 0) return size_t{0};
      const ssize_t got = ::read(STDIN_FILENO, buffer.data(), buffer.size());
      if (got >= 0) return static_cast<size_t>(got);
      if (errno == EINTR || errno == EAGAIN) continue;
      return system_error("read", "standard input", errno);
    }
  }
  void stop_input() override { wake(stop_); }

  std::unique_ptr<ConsoleGuard> raw_mode() override { return std::make_unique<RawMode>(); }
  std::unique_ptr<ConsoleGuard> watch_signals(std::function<void(int)> callback) override {
    return std::make_unique<SignalWatch>(std::move(callback));
  }

 private:
  void write_all(int descriptor, std::string_view bytes, std::atomic<bool>& gone) {
    const std::lock_guard lock(writing_);
    while (!bytes.empty() && !gone) {
      const ssize_t put = ::write(descriptor, bytes.data(), bytes.size());
      if (put >= 0) {
        bytes.remove_prefix(static_cast<size_t>(put));
      } else if (errno == EAGAIN) {
        pollfd fd{descriptor, POLLOUT, 0};
        poll(&fd, 1, -1);
      } else if (errno != EINTR) {
        gone = true;
      }
    }
  }

  UniqueFd stop_;
  std::mutex writing_;
  std::atomic<bool> gone_{false};
};

}  // namespace

std::unique_ptr<Console> process_console() { return std::make_unique<ProcessConsole>(); }

}  // namespace strates::cli
