// A further process of a container that runs: its cgroups, then its namespaces.
#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>

#include <cerrno>

#include "linux/process/child.hpp"
#include "linux/process/confine_apply.hpp"

namespace strates::linux_world {

namespace {

Result<void> enter(const ExecPlan& plan, ChildEnds& ends, UniqueFd container) {
  if (plan.launch.cgroup_version == CgroupVersion::V1) {
    for (const auto& path : plan.launch.cgroup_joins) {
      const UniqueFd tasks(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
      if (!tasks) return system_error("open", path, errno);
      if (::write(tasks.get(), "0", 1) != 1) return system_error("join control group", path, errno);
    }
  }
  TRY(set_oom_score(plan.launch.process.confinement.oom_score_adj));
  // The pid namespace was joined by the monitor: it takes effect at clone.
  if (::setns(container.get(), static_cast<int>(plan.namespaces)) != 0) return system_error("setns", clone_flag_names(plan.namespaces), errno);
  container.reset();
  if (::setsid() < 0) return system_error("setsid", "", errno);
  if (plan.launch.process.tty) TRY(take_terminal(plan.launch, ends, Console::No));
  return success();
}

}  // namespace

void run_exec_child(const ExecPlan& plan, ChildEnds ends, UniqueFd container) {
  ::prctl(PR_SET_NAME, "strates-exec", 0, 0, 0);
  auto entered = enter(plan, ends, std::move(container));
  if (!entered.ok()) report_failure(ends, std::move(entered).error());
  report_failure(ends, become_program(plan.launch, ends, {}));
}

}  // namespace strates::linux_world
