#include "viewer/terminal/pty_process.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>

namespace strates::viewer {

namespace {

constexpr std::chrono::milliseconds kGraceOfDestructor{500};

Error open_error(std::string_view operation, std::string_view object, int number) {
  Error error = system_error(operation, object, number);
  error.code = "terminal.open";
  return error;
}

std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> out;
  for (const auto& text : strings) out.push_back(const_cast<char*>(text.c_str()));
  out.push_back(nullptr);
  return out;
}

winsize kernel_size(GridSize size) {
  winsize out = {};
  out.ws_col = static_cast<unsigned short>(size.columns);
  out.ws_row = static_cast<unsigned short>(size.rows);
  return out;
}

int code_of(const siginfo_t& info) { return info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status; }

struct Spawn {
  posix_spawn_file_actions_t actions = {};
  posix_spawnattr_t attributes = {};
  Spawn() {
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
  }
  ~Spawn() {
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  }
  Spawn(const Spawn&) = delete;
  Spawn& operator=(const Spawn&) = delete;

  // The session comes first, so that opening the terminal makes it the controlling one.
  void prepare(const std::string& terminal, const std::string& directory) {
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    sigdelset(&all, SIGKILL);
    sigdelset(&all, SIGSTOP);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setflags(&attributes, static_cast<short>(POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF));
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, terminal.c_str(), O_RDWR, 0);
    posix_spawn_file_actions_adddup2(&actions, STDIN_FILENO, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, STDIN_FILENO, STDERR_FILENO);
    posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
    if (!directory.empty()) posix_spawn_file_actions_addchdir_np(&actions, directory.c_str());
  }
};

// The living processes of a session.
std::vector<pid_t> members(pid_t session) {
  std::vector<pid_t> out;
  DIR* directory = opendir("/proc");
  if (directory == nullptr) return out;
  while (const dirent* entry = readdir(directory)) {
    const pid_t pid = std::atoi(entry->d_name);
    if (pid <= 0) continue;
    char text[512];
    const UniqueFd file(open(("/proc/" + std::string(entry->d_name) + "/stat").c_str(), O_RDONLY | O_CLOEXEC));
    const ssize_t count = file ? ::read(file.get(), text, sizeof text - 1) : -1;
    if (count <= 0) continue;
    text[count] = '\0';
    const std::string_view all(text, static_cast<size_t>(count));
    const size_t name_end = all.rfind(')');  // the name may hold anything
    char state = 0;
    int parent = 0, group = 0, of = 0;
    if (name_end == std::string_view::npos || std::sscanf(text + name_end + 1, " %c %d %d %d", &state, &parent, &group, &of) != 4) continue;
    if (of == session && state != 'Z' && state != 'X') out.push_back(pid);
  }
  closedir(directory);
  return out;
}

}  // namespace

Result<PtyProcess> PtyProcess::start(const Program& program, GridSize size) {
  UniqueFd master(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK));
  char name[64];
  if (!master || grantpt(master.get()) != 0 || unlockpt(master.get()) != 0 || ptsname_r(master.get(), name, sizeof name) != 0)
    return open_error("open pseudo-terminal", "/dev/ptmx", errno);
  const winsize kernel = kernel_size(size);
  termios modes = {};
  if (ioctl(master.get(), TIOCSWINSZ, &kernel) != 0 || tcgetattr(master.get(), &modes) != 0) return open_error("prepare pseudo-terminal", name, errno);
  modes.c_iflag |= IUTF8;  // erasing a character in line mode erases all its bytes
  if (tcsetattr(master.get(), TCSANOW, &modes) != 0) return open_error("prepare pseudo-terminal", name, errno);
  UniqueFd ready(epoll_create1(EPOLL_CLOEXEC));
  if (!ready) return open_error("create epoll", name, errno);

  Spawn spawn;
  spawn.prepare(name, program.directory);
  const auto arguments = pointers(program.arguments), environment = pointers(program.environment);
  pid_t pid = 0;
  const int failed = posix_spawnp(&pid, arguments[0], &spawn.actions, &spawn.attributes, arguments.data(), environment.data());
  if (failed != 0) return open_error("run", program.arguments[0], failed);
  // From here on the process is ours to end.
  PtyProcess out(std::move(master), std::move(ready), UniqueFd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0))), pid);
  epoll_event event = {};
  event.events = EPOLLIN;
  if (epoll_ctl(out.ready_.get(), EPOLL_CTL_ADD, out.master_.get(), &event) != 0) return open_error("watch pseudo-terminal", name, errno);
  if (out.process_) epoll_ctl(out.ready_.get(), EPOLL_CTL_ADD, out.process_.get(), &event);
  return out;
}

PtyProcess::PtyProcess(PtyProcess&& other) noexcept
    : master_(std::move(other.master_)), ready_(std::move(other.ready_)), process_(std::move(other.process_)), pid_(std::exchange(other.pid_, -1)),
      queued_(std::move(other.queued_)), waiting_for_room_(other.waiting_for_room_), exit_code_(other.exit_code_) {}

PtyProcess::~PtyProcess() { close(kGraceOfDestructor); }

std::string PtyProcess::read(size_t most) {
  std::string out(most, '\0');
  ssize_t count = -1;
  do count = master_ ? ::read(master_.get(), out.data(), most) : 0;
  while (count < 0 && errno == EINTR);
  out.resize(count > 0 ? static_cast<size_t>(count) : 0);  // EIO: nobody has the terminal open any more
  return out;
}

bool PtyProcess::write(std::string_view bytes) {
  if (!master_ || queued_.size() + bytes.size() > kMostQueued) return false;
  queued_ += bytes;
  write_queued();
  return true;
}

void PtyProcess::write_queued() {
  size_t done = 0;
  while (master_ && done < queued_.size()) {
    const ssize_t count = ::write(master_.get(), queued_.data() + done, queued_.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno != EAGAIN) done = queued_.size();  // nobody will read it
    if (count <= 0) break;
    done += static_cast<size_t>(count);
  }
  queued_.erase(0, done);
  watch_for_room(!queued_.empty());
}

void PtyProcess::watch_for_room(bool wanted) {
  if (wanted == waiting_for_room_ || !master_) return;
  epoll_event event = {};
  event.events = wanted ? EPOLLIN | EPOLLOUT : EPOLLIN;
  epoll_ctl(ready_.get(), EPOLL_CTL_MOD, master_.get(), &event);
  waiting_for_room_ = wanted;
}

void PtyProcess::resize(GridSize size) {
  const winsize kernel = kernel_size(size);
  if (master_) ioctl(master_.get(), TIOCSWINSZ, &kernel);
}

std::optional<int> PtyProcess::exit_code() {
  if (pid_ < 0) return exit_code_;
  siginfo_t info = {};
  // Left as it is: its number stays its own until close() has looked for the rest of the session.
  if (waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) != 0 && errno == ECHILD) return exit_code_;
  if (info.si_pid != pid_) return std::nullopt;
  return exit_code_ = code_of(info);
}

int PtyProcess::close(std::chrono::milliseconds grace) {
  if (pid_ < 0) return exit_code_;
  pid_t foreground = -1;
  if (master_ && ioctl(master_.get(), TIOCGPGRP, &foreground) != 0) foreground = -1;
  ready_.reset();
  master_.reset();  // the kernel hangs up; what follows reaches those it does not tell
  for (const pid_t group : {pid_, foreground}) {
    if (group <= 1) continue;
    kill(-group, SIGHUP);
    kill(-group, SIGCONT);
  }
  const auto end = std::chrono::steady_clock::now() + grace;
  while (std::chrono::steady_clock::now() < end && (!exit_code() || !members(pid_).empty())) poll(nullptr, 0, 5);
  // A process may start another one while we look.
  for (int round = 0; round < 20; ++round) {
    const auto left = members(pid_);
    if (left.empty()) break;
    for (const pid_t pid : left) kill(pid, SIGKILL);
    poll(nullptr, 0, 2);
  }
  siginfo_t info = {};
  while (waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED) != 0 && errno == EINTR) {
  }
  if (info.si_pid == pid_) exit_code_ = code_of(info);
  process_.reset();
  pid_ = -1;
  return exit_code_;
}

}  // namespace strates::viewer
