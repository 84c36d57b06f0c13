// The last steps of both kinds of child, in the order that matters: descriptors of the host are closed before the working directory is
// entered (CVE-2024-21626), the user is changed before the program is looked up, and nothing privileged follows.
#include <fcntl.h>
#include <grp.h>
#include <linux/keyctl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <climits>

#include "base/strings.hpp"
#include "linux/process/child.hpp"
#include "linux/process/confine_apply.hpp"
#include "linux/process/executable.hpp"
#include "linux/process/monitor_frame.hpp"
#include "linux/process/small_file.hpp"
#include "linux/process/terminal.hpp"
#include "linux/seccomp/seccomp_profile.hpp"

namespace strates::linux_world {

namespace {

constexpr size_t kPasswdLimit = 1 << 20;

Result<void> put_on(const UniqueFd& from, int number) {
  if (::dup2(from.get(), number) < 0) return system_error("dup2", std::to_string(number), errno);
  return success();
}

Result<void> take_pipes(const LaunchPlan& plan, ChildEnds& ends) {
  if (plan.process.tty) return success();  // taken with the terminal
  // /dev/stderr can then be opened again by the container's user, as in Docker.
  for (const auto* end : {&ends.out, &ends.err})
    if (::fchown(end->get(), plan.process.uid, static_cast<gid_t>(-1)) != 0) return system_error("chown", "standard output", errno);
  if (plan.process.open_stdin && ::fchown(ends.in.get(), plan.process.uid, static_cast<gid_t>(-1)) != 0) return system_error("chown", "standard input", errno);
  TRY(put_on(ends.in, 0));
  TRY(put_on(ends.out, 1));
  return put_on(ends.err, 2);
}

// Everything but the standard three and the way to report.
Result<void> close_the_rest(ChildEnds& ends) {
  const auto kept = static_cast<unsigned>(ends.report.fd().get());
  const auto close_from = [](unsigned first, unsigned last) { return first > last || ::syscall(SYS_close_range, first, last, 0) == 0; };
  static_cast<void>(ends.in.release());
  static_cast<void>(ends.out.release());
  static_cast<void>(ends.err.release());
  if (!close_from(3, kept - 1) || !close_from(kept + 1, ~0U)) return system_error("close_range", "", errno);
  return success();
}

Error cwd_error(const std::string& cwd, int number) {
  return make_error(ErrorKind::Invalid, "process.cwd", "start process", cwd,
                    "chdir to cwd (" + go_quote(cwd) + ") set in config.json failed: " + go_error(number));
}

Result<void> change_user(const LaunchPlan& plan) {
  const auto& spec = plan.process;
  TRY(set_ulimits(spec.confinement.ulimits));
  if (spec.confinement.no_new_privileges && ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return system_error("prctl PR_SET_NO_NEW_PRIVS", "", errno);
  // Without no_new_privs only CAP_SYS_ADMIN may load it, which goes next; with it the filter waits until nothing but execve is left (runc's order).
  if (!plan.seccomp.empty() && !spec.confinement.no_new_privileges) TRY(load_seccomp(plan.seccomp));
  TRY(drop_bounding_capabilities(plan.capabilities));
  if (::setgroups(spec.groups.size(), spec.groups.data()) != 0) return system_error("setgroups", "", errno);
  if (::setresgid(spec.gid, spec.gid, spec.gid) != 0) return system_error("setresgid", std::to_string(spec.gid), errno);
  if (::setresuid(spec.uid, spec.uid, spec.uid) != 0) return system_error("setresuid", std::to_string(spec.uid), errno);
  return set_capabilities(spec.uid == 0 ? plan.capabilities : 0);
}

Result<void> enter_directory_and_user(const LaunchPlan& plan) {
  const std::string cwd = plan.process.cwd.empty() ? "/" : plan.process.cwd;
  // As root first; a directory only its user may enter is tried again as that user.
  const int number = ::chdir(cwd.c_str()) == 0 ? 0 : errno;
  if (number != 0 && number != EACCES) return cwd_error(cwd, number);
  TRY(change_user(plan));
  if (number != 0 && ::chdir(cwd.c_str()) != 0) return cwd_error(cwd, errno);
  char where[PATH_MAX];
  if (::syscall(SYS_getcwd, where, sizeof where) < 0) return system_error("getcwd", cwd, errno);
  if (where[0] != '/') return make_error(ErrorKind::Forbidden, "process.cwd", "start process", cwd, "the working directory is outside of the container");
  return success();
}

// runc sets HOME from the container's own /etc/passwd when nobody else did.
std::string home_of(std::uint32_t uid) {
  auto passwd = read_small_file("/etc/passwd", kPasswdLimit);
  if (!passwd.ok()) return "/";
  const std::string wanted = std::to_string(uid);
  for (const auto& line : split_lines(passwd.value())) {
    const auto fields = split(line, ':');
    if (fields.size() >= 6 && fields[2] == wanted) return fields[5].empty() ? "/" : fields[5];
  }
  return "/";
}

Result<void> reset_signals() {
  for (int number = 1; number < NSIG; ++number)
    if (number != SIGKILL && number != SIGSTOP) ::signal(number, SIG_DFL);  // NOLINT: the two the C library keeps fail, and are not changed either
  sigset_t none;
  ::sigemptyset(&none);
  if (::sigprocmask(SIG_SETMASK, &none, nullptr) != 0) return system_error("sigprocmask", "", errno);
  return success();
}

Result<void> tell_ready_and_wait(const LaunchPlan& plan, ChildEnds& ends, std::vector<std::uint32_t> skipped) {
  TRY(ends.report.send(encode_frame(frame::Ready{0, std::move(skipped)})));
  if (!plan.held) return success();
  if (TRY(ends.report.receive()).bytes.empty()) return make_error(ErrorKind::Internal, "process.setup", "wait for the daemon", plan.container, "it is gone");
  return success();
}

Result<void> prepare(const LaunchPlan& plan, ChildEnds& ends, std::vector<std::string>& env, std::string& program) {
  TRY(take_pipes(plan, ends));
  TRY(close_the_rest(ends));
  ::umask(022);
  // Keys of the daemon's session must not be seen inside; a kernel without keyrings has none to see.
  ::syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, ("_ses." + plan.container).c_str());
  env = plan.process.env;
  if (const char* home = env_value(env, "HOME"); home == nullptr || *home == '\0') env.push_back("HOME=" + home_of(plan.process.uid));
  TRY(enter_directory_and_user(plan));
  TRY(reset_signals());
  // The kernel forgets this when the user changes, so it comes after: without its monitor a process must not go on unseen.
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0) return system_error("prctl PR_SET_PDEATHSIG", "", errno);
  if (plan.process.args.empty()) return make_error(ErrorKind::Invalid, "process.setup", "start process", plan.container, "no command");
  program = TRY(find_executable(plan.process.args.front(), env));
  return success();
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (auto& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

}  // namespace

Error become_program(const LaunchPlan& plan, ChildEnds& ends, std::vector<std::uint32_t> skipped) {
  std::vector<std::string> env, args = plan.process.args;
  std::string program;
  auto prepared = prepare(plan, ends, env, program);
  if (!prepared.ok()) return std::move(prepared).error();
  auto told = tell_ready_and_wait(plan, ends, std::move(skipped));
  if (!told.ok()) return std::move(told).error();
  if (!plan.seccomp.empty() && plan.process.confinement.no_new_privileges)
    if (auto loaded = load_seccomp(plan.seccomp); !loaded.ok()) return std::move(loaded).error();
  ::execve(program.c_str(), pointers(args).data(), pointers(env).data());
  return execute_error(program, errno);
}

Result<void> take_terminal(const LaunchPlan& plan, ChildEnds& ends, Console console) {
  Terminal terminal = TRY(open_terminal());
  TRY(set_terminal_size(terminal.slave, plan.process.rows, plan.process.columns));
  TRY(ends.report.send(encode_frame(frame::Hello{}), MessageSocket::Wait::Yes, {&terminal.master}));
  terminal.master.reset();
  if (::ioctl(terminal.slave.get(), TIOCSCTTY, 0) != 0) return system_error("take controlling terminal", terminal.path, errno);
  if (::fchown(terminal.slave.get(), plan.process.uid, static_cast<gid_t>(-1)) != 0) return system_error("chown", terminal.path, errno);
  for (const int number : {0, 1, 2}) TRY(put_on(terminal.slave, number));
  if (console == Console::Yes) {
    TRY(write_small_file("/dev/console", "", 0600));
    if (::mount(terminal.path.c_str(), "/dev/console", nullptr, MS_BIND, nullptr) != 0) return system_error("bind " + terminal.path, "/dev/console", errno);
  }
  return success();
}

void report_failure(ChildEnds& ends, Error error) {
  // Whatever the kernel said while we prepared is one kind of failure for the engine.
  if (error.code.rfind("process.", 0) != 0) {
    error.code = "process.setup";
    error.kind = ErrorKind::Internal;
  }
  ignore(ends.report.send(encode_frame(frame::Failed{std::move(error)})));
  ::_exit(1);
}

}  // namespace strates::linux_world
