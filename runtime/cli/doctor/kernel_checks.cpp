// Checks that ask the kernel: root, version, namespaces, fanotify, seccomp, capabilities.
#include <fcntl.h>
#include <sched.h>
#include <sys/fanotify.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "base/strings.hpp"
#include "base/text.hpp"
#include "base/unique_fd.hpp"
#include "cli/doctor/checks.hpp"
#include "cli/doctor/child_probe.hpp"
#include "cli/file_source.hpp"

namespace strates::cli {

namespace {

constexpr int kOldestMajor = 5, kOldestMinor = 10;
constexpr unsigned kGetActionAvailable = 2;              // SECCOMP_GET_ACTION_AVAIL
constexpr std::uint32_t kReturnErrno = 0x00050000;       // SECCOMP_RET_ERRNO (seccomp(2))
constexpr int kSysAdmin = 21, kSysResource = 24;  // capability numbers (linux/capability.h)

// Does this process have the capability, in its effective set?
bool has_capability(int number) {
  const auto status = read_file("/proc/self/status", 1 << 16);
  if (!status.ok()) return false;
  for (const std::string& line : split_lines(status.value()))
    if (line.starts_with("CapEff:")) return ((std::strtoull(line.c_str() + 7, nullptr, 16) >> number) & 1) != 0;
  return false;
}

}  // namespace

Finding check_root() {
  Finding out{"root", Need::Required, Verdict::No, tr(Text::DoctorRoot), "", ""};
  if (geteuid() != 0) {
    out.detail = tr(Text::DoctorNotRoot);
    out.advice = tr(Text::DoctorRootAdvice);
  } else if (!has_capability(kSysAdmin)) {
    out.detail = tr(Text::DoctorNoSysAdmin);
    out.advice = tr(Text::DoctorSysAdminAdvice);
  } else {
    out.verdict = Verdict::Yes;
    out.detail = tr(Text::DoctorIsRoot);
  }
  return out;
}

Finding check_kernel() {
  Finding out{"kernel", Need::Required, Verdict::No, tr(Text::DoctorKernel), "", ""};
  utsname name{};
  uname(&name);
  int major = 0, minor = 0;
  std::sscanf(name.release, "%d.%d", &major, &minor);
  out.detail = std::string(name.sysname) + " " + name.release;
  const bool recent = major > kOldestMajor || (major == kOldestMajor && minor >= kOldestMinor);
  out.verdict = recent ? Verdict::Yes : Verdict::No;
  if (!recent) out.advice = tr(Text::DoctorKernelAdvice, std::to_string(kOldestMajor) + "." + std::to_string(kOldestMinor));
  return out;
}

Finding check_namespaces() {
  struct Kind {
    const char* name;
    int flag;
  };
  static constexpr Kind kKinds[] = {{"mnt", CLONE_NEWNS}, {"pid", CLONE_NEWPID}, {"net", CLONE_NEWNET}, {"ipc", CLONE_NEWIPC}, {"uts", CLONE_NEWUTS}, {"cgroup", CLONE_NEWCGROUP}};
  Finding out{"namespaces", Need::Required, Verdict::Yes, tr(Text::DoctorNamespaces), "", ""};
  std::vector<std::string> names, missing;
  for (const Kind& kind : kKinds) {
    const std::string reason = probe([&]() -> std::string { return unshare(kind.flag) == 0 ? "" : errno_name(errno); });
    if (reason.empty()) names.emplace_back(kind.name);
    else missing.push_back(std::string(kind.name) + " (" + reason + ")");
  }
  out.detail = join(names, ", ");
  if (!missing.empty()) {
    out.verdict = Verdict::No;
    out.detail = tr(Text::DoctorMissing, join(missing, ", "));
    out.advice = tr(geteuid() == 0 ? Text::DoctorNamespacesAdvice : Text::DoctorRootAdvice);
  }
  return out;
}

Finding check_fanotify() {
  Finding out{"fanotify", Need::Useful, Verdict::No, tr(Text::DoctorFanotify), "", ""};
  const UniqueFd group(fanotify_init(FAN_CLASS_NOTIF | FAN_CLOEXEC | FAN_NONBLOCK, O_RDONLY | O_CLOEXEC));
  const int error = errno;
  out.verdict = group ? Verdict::Yes : Verdict::No;
  out.detail = group ? tr(Text::DoctorFanotifyYes) : errno_name(error);
  if (!group) out.advice = tr(geteuid() == 0 ? Text::DoctorFanotifyAdvice : Text::DoctorRootAdvice);
  return out;
}

Finding check_seccomp() {
  Finding out{"seccomp", Need::Required, Verdict::No, tr(Text::DoctorSeccomp), "", ""};
  const bool has = syscall(SYS_seccomp, kGetActionAvailable, 0, &kReturnErrno) == 0;
  out.verdict = has ? Verdict::Yes : Verdict::No;
  out.detail = has ? tr(Text::DoctorSeccompYes) : errno_name(errno);
  if (!has) out.advice = tr(Text::DoctorSeccompAdvice);
  return out;
}

Finding check_resource_capability() {
  Finding out{"cap-sys-resource", Need::Useful, Verdict::No, tr(Text::DoctorResource), "", ""};
  const bool has = has_capability(kSysResource);
  out.verdict = has ? Verdict::Yes : Verdict::No;
  out.detail = tr(has ? Text::DoctorPresent : Text::DoctorCapabilityAbsent);
  if (!has) out.advice = tr(Text::DoctorResourceAdvice);
  return out;
}

}  // namespace strates::cli
