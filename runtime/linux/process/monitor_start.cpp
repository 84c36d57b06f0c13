// How a monitor begins: a process of its own, without anything of its maker's; then the launch.
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "linux/process/monitor.hpp"
#include "linux/process/monitor_frame.hpp"
#include "linux/process/plan_codec.hpp"
#include "linux/process/process_title.hpp"

namespace strates::linux_world {

namespace {

Result<Plan> read_plan(const UniqueFd& file) {
  struct stat about {};
  if (::fstat(file.get(), &about) != 0) return system_error("stat", "plan", errno);
  if (about.st_size < 0 || static_cast<std::uint64_t>(about.st_size) > kPlanLimit)
    return make_error(ErrorKind::Internal, "process.message", "read plan", "", "too long");
  std::string bytes(static_cast<size_t>(about.st_size), '\0');
  if (::pread(file.get(), bytes.data(), bytes.size(), 0) != about.st_size) return system_error("read", "plan", errno);
  return decode_plan(bytes);
}

Result<void> become_monitor(const LaunchPlan& plan) {
  if (::setsid() < 0) return system_error("setsid", "monitor", errno);
  set_process_title("strates-monitor", plan.container + (plan.exec.empty() ? "" : " exec " + plan.exec));
  // The child inherits it: until execve a container's process cannot look into it (CVE-2016-9962).
  if (::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return system_error("prctl PR_SET_DUMPABLE", "monitor", errno);
  ::signal(SIGCHLD, SIG_DFL);  // the spawner ignores it
  for (const int number : {SIGHUP, SIGINT, SIGPIPE}) ::signal(number, SIG_IGN);
  const std::string path = plan.run_directory + "/errors";
  const UniqueFd errors(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  if (!errors) return system_error("create", path, errno);
  if (::dup2(errors.get(), 2) < 0) return system_error("dup2", path, errno);
  if (::chdir("/") != 0) return system_error("chdir", "/", errno);
  return success();
}

Result<void> live(const Plan& plan, MessageSocket& daemon, UniqueFd container) {
  const LaunchPlan& common = launch_of(plan);
  TRY(become_monitor(common));
  MessageSocket listener;
  if (common.exec.empty()) listener = TRY(MessageSocket::listen(common.run_directory, "monitor.sock"));
  LogWriter log;
  if (!common.log_path.empty()) log = TRY(LogWriter::open(common.log_path, common.log));
  const auto ready = [&](const Launched& held) -> Result<void> {
    TRY(daemon.send(encode_frame(frame::Ready{held.host_pid, held.skipped})));
    if (TRY(daemon.receive()).bytes.empty()) return make_error(ErrorKind::Internal, "process.setup", "start process", common.container, "the daemon is gone");
    return success();
  };
  Launched process = TRY(launch(plan, std::move(container), ready));
  // Without a daemon to hear it the container runs all the same: the next one finds it.
  ignore(daemon.send(encode_frame(frame::Started{process.host_pid, process.skipped}), MessageSocket::Wait::Yes, {&process.pidfd}));
  ProcessMonitor monitor(common, std::move(process), std::move(log), std::move(daemon), std::move(listener));
  monitor.serve();
  return success();
}

}  // namespace

void run_monitor(UniqueFd plan_file, MessageSocket daemon, UniqueFd container) {
  auto plan = read_plan(plan_file);
  plan_file.reset();
  Result<void> lived = plan.ok() ? live(plan.value(), daemon, std::move(container)) : Result<void>(std::move(plan).error());
  if (!lived.ok()) {
    Error error = std::move(lived).error();
    if (error.code.rfind("process.", 0) != 0) {
      error.code = "process.setup";
      error.kind = ErrorKind::Internal;
    }
    if (daemon) ignore(daemon.send(encode_frame(frame::Failed{std::move(error)})));
  }
  ::_exit(0);
}

}  // namespace strates::linux_world
