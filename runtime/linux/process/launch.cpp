#include "linux/process/launch.hpp"

#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cerrno>

#include "linux/process/child.hpp"
#include "linux/process/confine_apply.hpp"
#include "linux/process/monitor_frame.hpp"

namespace strates::linux_world {

namespace {

struct Pipe {
  UniqueFd read, write;
};

Result<Pipe> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return system_error("pipe", "", errno);
  return Pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

// Only our end: the other one is the program's, and programs expect to block.
Result<void> unblock(const UniqueFd& fd) {
  if (!fd) return success();
  if (::fcntl(fd.get(), F_SETFL, ::fcntl(fd.get(), F_GETFL) | O_NONBLOCK) < 0) return system_error("fcntl O_NONBLOCK", "", errno);
  return success();
}

Result<ChildEnds> make_pipes(const LaunchPlan& plan, Launched& ours) {
  ChildEnds child;
  if (plan.process.tty) return child;
  if (plan.process.open_stdin) {
    Pipe in = TRY(make_pipe());
    child.in = std::move(in.read);
    ours.in = std::move(in.write);
  } else {
    child.in = UniqueFd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    if (!child.in) return system_error("open", "/dev/null", errno);
  }
  Pipe out = TRY(make_pipe());
  Pipe err = TRY(make_pipe());
  child.out = std::move(out.write);
  child.err = std::move(err.write);
  ours.out = std::move(out.read);
  ours.err = std::move(err.read);
  ours.streams = UniqueFd(::epoll_create1(EPOLL_CLOEXEC));
  if (!ours.streams) return system_error("epoll_create1", "", errno);
  for (const auto& [fd, stream] : {std::pair{&ours.out, engine::StdStream::Out}, {&ours.err, engine::StdStream::Err}}) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u32 = static_cast<std::uint32_t>(stream);
    if (::epoll_ctl(ours.streams.get(), EPOLL_CTL_ADD, fd->get(), &event) != 0) return system_error("epoll_ctl", "", errno);
  }
  return child;
}

struct Cloned {
  pid_t pid = -1;  // 0 in the child
  UniqueFd pidfd;
};

// As fork: the child continues here with a copy of the memory (clone3(2), linux/sched.h).
Result<Cloned> clone_into(const LaunchPlan& plan, std::uint64_t flags) {
  UniqueFd cgroup;
  int pidfd = -1;
  clone_args args{};
  args.flags = (flags & ~static_cast<std::uint64_t>(CLONE_NEWCGROUP)) | CLONE_PIDFD;
  args.pidfd = reinterpret_cast<std::uint64_t>(&pidfd);
  args.exit_signal = SIGCHLD;
  if (plan.cgroup_version == CgroupVersion::V2 && !plan.cgroup_joins.empty()) {
    cgroup = UniqueFd(::open(plan.cgroup_joins.front().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!cgroup) return system_error("open", plan.cgroup_joins.front(), errno);
    args.flags |= CLONE_INTO_CGROUP;
    args.cgroup = static_cast<std::uint64_t>(cgroup.get());
  }
  const long pid = ::syscall(SYS_clone3, &args, sizeof args);
  if (pid < 0) return system_error("clone3", clone_flag_names(flags), errno);
  Cloned cloned;
  cloned.pid = static_cast<pid_t>(pid);
  if (pid > 0) cloned.pidfd.reset(pidfd);
  return cloned;
}

Error died_early(pid_t pid) {
  int status = 0;
  ::waitpid(pid, &status, 0);
  std::string cause = "it ended before it became its program";
  if (WIFSIGNALED(status)) cause += ": signal " + std::to_string(WTERMSIG(status)) + (WTERMSIG(status) == SIGKILL ? " (is the memory limit too low?)" : "");
  return make_error(ErrorKind::Internal, "process.setup", "start process", "", cause);
}

// Hello brings the terminal, Ready says that only execve is left, the end of the connection that it happened.
Result<void> follow(MessageSocket& report, const LaunchPlan& plan, pid_t pid, Launched& ours, const std::function<Result<void>(const Launched&)>& ready) {
  bool is_ready = false;
  for (;;) {
    Message message = TRY(report.receive());
    if (message.bytes.empty()) {
      if (is_ready) return success();
      return died_early(pid);
    }
    Frame frame = TRY(decode_frame(message.bytes));
    if (std::holds_alternative<frame::Hello>(frame) && !message.descriptors.empty()) {
      ours.terminal = std::move(message.descriptors.front());
    } else if (auto* told = std::get_if<frame::Ready>(&frame)) {
      is_ready = true;
      ours.skipped = std::move(told->skipped);
      if (!plan.held) continue;
      TRY(ready(ours));
      TRY(report.send(encode_frame(frame::Continue{})));
    } else if (auto* failed = std::get_if<frame::Failed>(&frame)) {
      return std::move(failed->error);
    }
  }
}

Result<std::uint64_t> clone_flags(const Plan& plan, const UniqueFd& container) {
  if (const auto* first = std::get_if<ContainerPlan>(&plan)) {
    TRY(join_namespaces(first->joins));
    return first->clone_flags;
  }
  // Takes effect for the child only.
  if (::setns(container.get(), CLONE_NEWPID) != 0) return system_error("setns", "CLONE_NEWPID", errno);
  return std::uint64_t{0};
}

}  // namespace

const LaunchPlan& launch_of(const Plan& plan) {
  const auto* first = std::get_if<ContainerPlan>(&plan);
  return first != nullptr ? first->launch : std::get<ExecPlan>(plan).launch;
}

Result<Launched> launch(const Plan& plan, UniqueFd container, const std::function<Result<void>(const Launched&)>& ready) {
  const LaunchPlan& common = launch_of(plan);
  Launched ours;
  ChildEnds child = TRY(make_pipes(common, ours));
  auto [mine, theirs] = TRY(MessageSocket::pair());
  child.report = std::move(theirs);
  const std::uint64_t flags = TRY(clone_flags(plan, container));
  Cloned cloned = TRY(clone_into(common, flags));
  if (cloned.pid == 0) {
    mine.close();
    if (const auto* first = std::get_if<ContainerPlan>(&plan)) run_container_child(*first, std::move(child));
    run_exec_child(std::get<ExecPlan>(plan), std::move(child), std::move(container));
  }
  child = {};
  ours.host_pid = cloned.pid;
  ours.pidfd = std::move(cloned.pidfd);
  auto followed = follow(mine, common, cloned.pid, ours, ready);
  if (!followed.ok()) {
    // By descriptor: it may have been reaped, and its number given to another.
    ::syscall(SYS_pidfd_send_signal, ours.pidfd.get(), SIGKILL, nullptr, 0);
    ::waitpid(cloned.pid, nullptr, 0);
    return std::move(followed).error();
  }
  for (const auto* fd : {&ours.in, &ours.out, &ours.err, &ours.terminal}) TRY(unblock(*fd));
  return ours;
}

}  // namespace strates::linux_world
