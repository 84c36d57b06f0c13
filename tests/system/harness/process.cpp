#include "tests/system/harness/process.hpp"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <thread>

namespace strates::system_test {

namespace {

using Clock = std::chrono::steady_clock;

std::set<pid_t>& owned() {
  static std::set<pid_t> pids;
  return pids;
}

const bool kIsSubreaper = [] {
  std::signal(SIGPIPE, SIG_IGN);
  return prctl(PR_SET_CHILD_SUBREAPER, 1) == 0;
}();

[[noreturn]] void die(const char* what) {
  std::fprintf(stderr, "harness: %s: errno %d\n", what, errno);
  std::abort();
}

void set_nonblocking(int fd) { fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK); }

std::pair<UniqueFd, UniqueFd> make_pipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) die("pipe");
  return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

std::vector<char*> pointers(const std::vector<std::string>& words) {
  std::vector<char*> out;
  for (const auto& word : words) out.push_back(const_cast<char*>(word.c_str()));
  out.push_back(nullptr);
  return out;
}

int exit_code(int status) { return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status); }

void append(UniqueFd& fd, std::string& to) {
  char buffer[65536];
  for (ssize_t count; fd && (count = read(fd.get(), buffer, sizeof buffer)) != -1;) {
    if (count == 0) fd.reset();
    to.append(buffer, static_cast<size_t>(count));
  }
  if (fd && errno != EAGAIN && errno != EINTR) fd.reset();
}

}  // namespace

void own_process(pid_t pid) { owned().insert(pid); }
void disown_process(pid_t pid) { owned().erase(pid); }

std::vector<std::string> environment(const std::vector<std::pair<std::string, std::string>>& added) {
  std::vector<std::pair<std::string, std::string>> all = {{"PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
                                                          {"HOME", "/nonexistent"}, {"LC_CTYPE", "C.UTF-8"}, {"LC_MESSAGES", "en_US.UTF-8"}, {"TZ", "UTC"},
                                                          {"DOCKER_BUILDKIT", "0"}};
  for (const char* name : {"ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS", "http_proxy", "https_proxy"})
    if (const char* value = std::getenv(name); value != nullptr) all.emplace_back(name, value);
  for (const auto& [name, value] : added) {
    std::erase_if(all, [&wanted = name](const auto& pair) { return pair.first == wanted; });
    all.emplace_back(name, value);
  }
  std::vector<std::string> out;
  for (const auto& [name, value] : all) out.push_back(name + "=" + value);
  return out;
}

Process Process::start(const std::vector<std::string>& argv, const Options& options) {
  auto [in_read, in_write] = make_pipe();
  auto [out_read, out_write] = make_pipe();
  auto [err_read, err_write] = make_pipe();
  const auto words = pointers(argv);
  const auto variables = environment(options.env);
  const auto env = pointers(variables);
  Process process;
  process.pid_ = fork();
  if (process.pid_ < 0) die("fork");
  if (process.pid_ == 0) {
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    std::signal(SIGPIPE, SIG_DFL);
    dup2(in_read.get(), 0);
    dup2(out_write.get(), 1);
    dup2(err_write.get(), 2);
    if (!options.directory.empty() && chdir(options.directory.c_str()) != 0) _exit(126);
    if (options.uid != 0 && (setgroups(0, nullptr) != 0 || setgid(options.uid) != 0 || setuid(options.uid) != 0)) _exit(126);
    execvpe(words[0], words.data(), env.data());
    _exit(127);
  }
  own_process(process.pid_);
  process.in_ = std::move(in_write);
  process.out_ = std::move(out_read);
  process.err_ = std::move(err_read);
  for (const auto* fd : {&process.in_, &process.out_, &process.err_}) set_nonblocking(fd->get());
  process.input_ = options.input;
  process.write_some();
  return process;
}

Process::Process(Process&& other) noexcept { *this = std::move(other); }

Process& Process::operator=(Process&& other) noexcept {
  std::swap(pid_, other.pid_);
  std::swap(ended_, other.ended_);
  std::swap(in_, other.in_);
  std::swap(out_, other.out_);
  std::swap(err_, other.err_);
  std::swap(input_, other.input_);
  std::swap(result_, other.result_);
  return *this;
}

Process::~Process() {
  if (pid_ <= 0 || ended_) return;
  signal(SIGKILL);
  int status = 0;
  waitpid(pid_, &status, 0);
  disown_process(pid_);
}

void Process::write_some() {
  if (!in_) return;
  while (!input_.empty()) {
    const ssize_t count = write(in_.get(), input_.data(), std::min<size_t>(input_.size(), 65536));
    if (count < 0) {
      if (errno == EAGAIN) return;
      break;
    }
    input_.erase(0, static_cast<size_t>(count));
  }
  in_.reset();
}

void Process::read_some() {
  append(out_, result_.out);
  append(err_, result_.err);
}

void Process::collect(int status) {
  ended_ = true;
  result_.exit = exit_code(status);
  disown_process(pid_);
}

bool Process::running() {
  int status = 0;
  if (!ended_ && pid_ > 0 && waitpid(pid_, &status, WNOHANG) == pid_) collect(status);
  return pid_ > 0 && !ended_;
}

bool Process::pump(const std::function<bool()>& done, Milliseconds limit) {
  const auto until = Clock::now() + limit;
  for (;;) {
    write_some();
    read_some();
    if (done()) return true;
    if (Clock::now() > until) return false;
    pollfd fds[] = {{out_.get(), POLLIN, 0}, {err_.get(), POLLIN, 0}};
    poll(fds, 2, 5);
    if (!out_ && !err_) std::this_thread::sleep_for(Milliseconds(2));
    reap_orphans();
  }
}

bool Process::wait_for_output(const std::string& text, Milliseconds limit) {
  pump([&] { return (result_.out + result_.err).find(text) != std::string::npos || (!running() && !out_ && !err_); }, limit);
  return (result_.out + result_.err).find(text) != std::string::npos;
}

void Process::signal(int number) const {
  if (pid_ > 0 && !ended_ && kill(-pid_, number) != 0) kill(pid_, number);
}

Result Process::wait(Milliseconds limit) {
  // A program that ended but left its streams to a child gets a moment, not the whole limit.
  const bool ended = pump([&] { return !running(); }, limit);
  if (ended) {
    pump([&] { return !out_ && !err_; }, Milliseconds(2000));
  } else {
    result_.timed_out = true;
    signal(SIGKILL);
    pump([&] { return !running(); }, Milliseconds(5000));
    read_some();
  }
  return result_;
}

Result run(const std::vector<std::string>& argv, const Options& options) { return Process::start(argv, options).wait(options.limit); }

void pause_for(Milliseconds time) {
  eventually([] { return false; }, time);
}

bool eventually(const std::function<bool()>& done, Milliseconds limit) {
  const auto until = Clock::now() + limit;
  for (;;) {
    reap_orphans();
    if (done()) return true;
    if (Clock::now() >= until) return false;
    std::this_thread::sleep_for(std::min<Clock::duration>(Milliseconds(10), until - Clock::now()));
  }
}

void reap_orphans() {
  std::ifstream children("/proc/self/task/" + std::to_string(getpid()) + "/children");
  for (pid_t pid; children >> pid;)
    if (owned().count(pid) == 0) waitpid(pid, nullptr, WNOHANG);
}

}  // namespace strates::system_test
