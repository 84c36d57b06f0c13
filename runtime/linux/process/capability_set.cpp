#include "linux/process/capability_set.hpp"

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>

#include "base/strings.hpp"
#include "linux/process/small_file.hpp"

namespace strates::linux_world {

namespace {

constexpr std::string_view kNames[] = {"CHOWN",
                                       "DAC_OVERRIDE",
                                       "DAC_READ_SEARCH",
                                       "FOWNER",
                                       "FSETID",
                                       "KILL",
                                       "SETGID",
                                       "SETUID",
                                       "SETPCAP",
                                       "LINUX_IMMUTABLE",
                                       "NET_BIND_SERVICE",
                                       "NET_BROADCAST",
                                       "NET_ADMIN",
                                       "NET_RAW",
                                       "IPC_LOCK",
                                       "IPC_OWNER",
                                       "SYS_MODULE",
                                       "SYS_RAWIO",
                                       "SYS_CHROOT",
                                       "SYS_PTRACE",
                                       "SYS_PACCT",
                                       "SYS_ADMIN",
                                       "SYS_BOOT",
                                       "SYS_NICE",
                                       "SYS_RESOURCE",
                                       "SYS_TIME",
                                       "SYS_TTY_CONFIG",
                                       "MKNOD",
                                       "LEASE",
                                       "AUDIT_WRITE",
                                       "AUDIT_CONTROL",
                                       "SETFCAP",
                                       "MAC_OVERRIDE",
                                       "MAC_ADMIN",
                                       "SYSLOG",
                                       "WAKE_ALARM",
                                       "BLOCK_SUSPEND",
                                       "AUDIT_READ",
                                       "PERFMON",
                                       "BPF",
                                       "CHECKPOINT_RESTORE"};

}  // namespace

Result<CapabilityMask> capability_mask(const std::vector<std::string>& names) {
  CapabilityMask mask = 0;
  for (const auto& name : names) {
    const std::string upper = to_upper(name);
    const std::string_view bare = upper.rfind("CAP_", 0) == 0 ? std::string_view(upper).substr(4) : upper;
    bool found = false;
    for (size_t bit = 0; bit < std::size(kNames); ++bit) {
      if (kNames[bit] != bare) continue;
      mask |= CapabilityMask{1} << bit;
      found = true;
    }
    if (!found) return make_error(ErrorKind::Invalid, "process.setup", "set capabilities", name, "unknown capability", "see capabilities(7) for the names");
  }
  return mask;
}

CapabilityMask usual_capabilities() { return 0xa80425fb; }

std::vector<std::string> capability_names(CapabilityMask mask) {
  std::vector<std::string> out;
  for (size_t bit = 0; bit < std::size(kNames); ++bit)
    if ((mask >> bit & 1) != 0) out.push_back("CAP_" + std::string(kNames[bit]));
  return out;
}

Result<CapabilityMask> capabilities_of(const std::string& pid, const std::string& line) {
  const std::string path = "/proc/" + pid + "/status";
  for (const auto& row : split_lines(TRY(read_small_file(path)))) {
    if (row.rfind(line + ":", 0) != 0) continue;
    const auto value = trim(std::string_view(row).substr(line.size() + 1));
    CapabilityMask mask = 0;
    std::from_chars(value.data(), value.data() + value.size(), mask, 16);
    return mask;
  }
  return make_error(ErrorKind::Internal, "process.setup", "read capabilities", path, "no line " + line);
}

Result<void> drop_bounding_capabilities(CapabilityMask kept) {
  for (unsigned long bit = 0; bit < 64; ++bit) {
    const int has = ::prctl(PR_CAPBSET_READ, bit, 0, 0, 0);
    if (has < 0) break;  // past the last one this kernel knows
    if (has == 1 && (kept >> bit & 1) == 0 && ::prctl(PR_CAPBSET_DROP, bit, 0, 0, 0) != 0)
      return system_error("prctl PR_CAPBSET_DROP", "capability " + std::to_string(bit), errno);
  }
  return success();
}

Result<void> set_capabilities(CapabilityMask kept) {
  if (::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0 && errno != EINVAL) return system_error("prctl PR_CAP_AMBIENT", "clear", errno);
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2] = {};
  for (unsigned half = 0; half < 2; ++half) data[half].permitted = data[half].effective = static_cast<std::uint32_t>(kept >> (32 * half));
  if (::syscall(SYS_capset, &header, data) != 0) return system_error("capset", join(capability_names(kept), ","), errno);
  return success();
}

}  // namespace strates::linux_world
