// The first process of a container: cgroups, root, mounts, devices, names.
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

#include "linux/process/child.hpp"
#include "linux/process/confine_apply.hpp"
#include "linux/process/mount_apply.hpp"
#include "linux/process/small_file.hpp"
#include "linux/process/terminal.hpp"

namespace strates::linux_world {

namespace {

Result<void> join_cgroups(const LaunchPlan& plan) {
  if (plan.cgroup_version != CgroupVersion::V1) return success();  // version 2: cloned into it
  for (const auto& path : plan.cgroup_joins) {
    const UniqueFd tasks(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (!tasks) return system_error("open", path, errno);
    if (::write(tasks.get(), "0", 1) != 1) return system_error("join control group", path, errno);
  }
  return success();
}

Result<void> bring_loopback_up() {
  const UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket) return system_error("socket", "AF_INET", errno);
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  if (::ioctl(socket.get(), SIOCGIFFLAGS, &request) != 0) return system_error("read flags of interface", "lo", errno);
  request.ifr_flags = static_cast<short>(request.ifr_flags | IFF_UP);
  if (::ioctl(socket.get(), SIOCSIFFLAGS, &request) != 0) return system_error("bring up interface", "lo", errno);
  return success();
}

Result<void> set_names(const ContainerPlan& plan) {
  if (!plan.hostname.empty() && ::sethostname(plan.hostname.data(), plan.hostname.size()) != 0) return system_error("sethostname", plan.hostname, errno);
  if (!plan.domainname.empty() && ::setdomainname(plan.domainname.data(), plan.domainname.size()) != 0)
    return system_error("setdomainname", plan.domainname, errno);
  return success();
}

Result<std::vector<std::uint32_t>> set_up(const ContainerPlan& plan, ChildEnds& ends) {
  std::vector<std::uint32_t> skipped;
  TRY(join_cgroups(plan.launch));
  if ((plan.clone_flags & CLONE_NEWCGROUP) != 0 && ::unshare(CLONE_NEWCGROUP) != 0) return system_error("unshare", "CLONE_NEWCGROUP", errno);
  TRY(set_oom_score(plan.launch.process.confinement.oom_score_adj));
  ::umask(0);
  const auto sources = TRY(open_bind_sources(plan.mounts));
  TRY(pivot_into(plan.root));
  for (size_t i = 0; i < plan.mounts.size(); ++i)
    if (TRY(apply_mount(plan.mounts[i], sources[i])) == Applied::Skipped) skipped.push_back(static_cast<std::uint32_t>(i));
  for (const auto& device : plan.devices) TRY(make_device(device));
  for (const auto& link : plan.links) TRY(make_link(link));
  if (::setsid() < 0) return system_error("setsid", "", errno);
  if (plan.launch.process.tty) TRY(take_terminal(plan.launch, ends, Console::Yes));
  for (const auto& step : plan.sysctls) TRY(write_sysctl(step));
  for (size_t i = 0; i < plan.closing_mounts.size(); ++i)
    if (TRY(apply_mount(plan.closing_mounts[i], {})) == Applied::Skipped) skipped.push_back(static_cast<std::uint32_t>(plan.mounts.size() + i));
  TRY(set_names(plan));
  if (plan.loopback) TRY(bring_loopback_up());
  return skipped;
}

}  // namespace

void run_container_child(const ContainerPlan& plan, ChildEnds ends) {
  ::prctl(PR_SET_NAME, "strates-init", 0, 0, 0);
  auto skipped = set_up(plan, ends);
  if (!skipped.ok()) report_failure(ends, std::move(skipped).error());
  report_failure(ends, become_program(plan.launch, ends, std::move(skipped).value()));
}

}  // namespace strates::linux_world
