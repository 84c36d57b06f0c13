#include "linux/process/spawner.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

#include "linux/process/monitor.hpp"
#include "linux/process/monitor_frame.hpp"
#include "linux/process/plan_codec.hpp"
#include "linux/process/process_title.hpp"

namespace strates::linux_world {

namespace {

constexpr const char* kName = "strates-spawner";
constexpr int kSocketNumber = 3;
constexpr const char* kSelf = "/proc/self/exe";

// ---------------------------------------------------------------- in the spawner

// Plan, connection and perhaps the container's pidfd: one monitor.
void fork_monitor(MessageSocket& from, Message message) {
  auto& fds = message.descriptors;
  if (fds.size() < 2) return;
  MessageSocket daemon(std::move(fds[1]));
  const pid_t pid = ::fork();
  if (pid == 0) {
    from.close();
    run_monitor(std::move(fds[0]), std::move(daemon), fds.size() > 2 ? std::move(fds[2]) : UniqueFd());
  }
  if (pid < 0) ignore(daemon.send(encode_frame(frame::Failed{make_error(ErrorKind::Internal, "process.setup", "fork", "monitor", errno_name(errno))})));
}

[[noreturn]] void run_spawner() {
  MessageSocket socket{UniqueFd(kSocketNumber)};
  set_process_title(kName, "");
  ::signal(SIGCHLD, SIG_IGN);  // nobody waits for monitors
  for (;;) {
    auto message = socket.receive();
    if (!message.ok() || message.value().bytes.empty()) ::_exit(0);  // the daemon is gone
    fork_monitor(socket, std::move(message).value());
  }
}

// Executed as the spawner: by that name, with a socket where start() puts it.
bool am_spawner() {
  if (std::strcmp(program_invocation_name, kName) != 0) return false;
  int type = 0;
  socklen_t length = sizeof type;
  return ::getsockopt(kSocketNumber, SOL_SOCKET, SO_TYPE, &type, &length) == 0 && type == SOCK_SEQPACKET;
}

// ---------------------------------------------------------------- in the daemon, before it has threads

UniqueFd read_only_self() {
  UniqueFd copy(::open_tree(AT_FDCWD, kSelf, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC));
  if (!copy) return {};
  mount_attr attributes{};
  attributes.attr_set = MOUNT_ATTR_RDONLY;
  if (::mount_setattr(copy.get(), "", AT_EMPTY_PATH, &attributes, sizeof attributes) != 0) return {};
  return copy;
}

Result<UniqueFd> sealed_self() {
  const UniqueFd self(::open(kSelf, O_RDONLY | O_CLOEXEC));
  UniqueFd copy(::memfd_create(kName, MFD_CLOEXEC | MFD_ALLOW_SEALING));
  struct stat about {};
  if (!self || !copy || ::fstat(self.get(), &about) != 0) return system_error("copy", kSelf, errno);
  for (off_t at = 0; at < about.st_size;)
    if (::sendfile(copy.get(), self.get(), &at, static_cast<size_t>(about.st_size - at)) <= 0) return system_error("copy", kSelf, errno);
  if (::fcntl(copy.get(), F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) != 0) return system_error("seal", kSelf, errno);
  return copy;
}

[[noreturn]] void execute_self(const UniqueFd& program, const UniqueFd& socket) {
  ::setsid();  // signals of the daemon's terminal are not for us
  const UniqueFd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  ::dup2(null.get(), 0);
  ::dup2(null.get(), 1);  // standard error stays: it says when something breaks
  if (socket.get() == kSocketNumber) ::fcntl(kSocketNumber, F_SETFD, 0);
  else ::dup2(socket.get(), kSocketNumber);
  std::string room(kTitleRoom), name(kName);
  std::vector<char*> env{room.data()};
  for (char** at = environ; *at != nullptr; ++at) env.push_back(*at);
  env.push_back(nullptr);
  char* args[] = {name.data(), nullptr};
  // Nothing of the daemon's but these is left open; the program's descriptor closes itself.
  ::syscall(SYS_close_range, kSocketNumber + 1, ~0U, 4 /* CLOSE_RANGE_CLOEXEC */);
  ::syscall(SYS_execveat, program.get(), "", args, env.data(), AT_EMPTY_PATH);
  ::_exit(127);
}

}  // namespace

void Spawner::run_if_spawner() {
  if (am_spawner()) run_spawner();
}

Result<std::unique_ptr<Spawner>> Spawner::start() {
  run_if_spawner();
  auto [mine, theirs] = TRY(MessageSocket::pair());
  UniqueFd program = read_only_self();
  if (!program) program = TRY(sealed_self());
  // The program's descriptor must not lie where the socket goes.
  if (program.get() == kSocketNumber) {
    UniqueFd higher(::fcntl(kSocketNumber, F_DUPFD_CLOEXEC, kSocketNumber + 1));
    if (!higher) return system_error("duplicate", kSelf, errno);
    program = std::move(higher);
  }
  const pid_t pid = ::fork();
  if (pid < 0) return system_error("fork", kName, errno);
  if (pid == 0) execute_self(program, theirs.fd());
  return std::unique_ptr<Spawner>(new Spawner(std::move(mine), pid));
}

Spawner::~Spawner() {
  socket_.close();
  ::waitpid(pid_, nullptr, 0);
}

Result<MessageSocket> Spawner::spawn(const Plan& plan, const UniqueFd* container) {
  const std::string bytes = encode_plan(plan);
  if (bytes.size() > kPlanLimit)
    return make_error(ErrorKind::Invalid, "process.setup", "start process", launch_of(plan).container, "arguments and environment are too long");
  const UniqueFd file(::memfd_create("strates-plan", MFD_CLOEXEC));
  if (!file) return system_error("memfd_create", "plan", errno);
  for (size_t at = 0; at < bytes.size();) {
    const ssize_t count = ::write(file.get(), bytes.data() + at, bytes.size() - at);
    if (count < 0) return system_error("write", "plan", errno);
    at += static_cast<size_t>(count);
  }
  auto [mine, theirs] = TRY(MessageSocket::pair());
  std::vector<const UniqueFd*> descriptors{&file, &theirs.fd()};
  if (container != nullptr) descriptors.push_back(container);
  const std::lock_guard lock(mutex_);
  auto sent = socket_.send("S", MessageSocket::Wait::Yes, descriptors);
  if (!sent.ok())
    return make_error(ErrorKind::Unavailable, "process.setup", "start process", kName, "the spawner is gone: " + sent.error().cause, "restart the daemon");
  return std::move(mine);
}

}  // namespace strates::linux_world
