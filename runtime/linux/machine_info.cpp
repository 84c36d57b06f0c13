#include "linux/machine_info.hpp"

#include <dirent.h>
#include <linux/magic.h>
#include <sys/statfs.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <charconv>

#include "base/strings.hpp"
#include "base/unique_fd.hpp"
#include "linux/process/small_file.hpp"

namespace strates::linux_world {

namespace {

constexpr size_t kResolvLimit = 64 << 10;

std::string_view version_name(CgroupVersion version) {
  switch (version) {
    case CgroupVersion::V1: return "1";
    case CgroupVersion::V2: return "2";
    case CgroupVersion::None: break;
  }
  return "";
}

}  // namespace

std::string operating_system_name(std::string_view os_release) {
  constexpr std::string_view kKey = "PRETTY_NAME=";
  for (const auto& line : split_lines(os_release)) {
    if (line.rfind(kKey, 0) != 0) continue;
    std::string_view value = trim(std::string_view(line).substr(kKey.size()));
    if (value.size() >= 2 && (value.front() == '"' || value.front() == '\'') && value.back() == value.front()) value = value.substr(1, value.size() - 2);
    return std::string(value);
  }
  return "Linux";
}

std::int64_t total_memory(std::string_view meminfo) {
  constexpr std::string_view kKey = "MemTotal:";
  for (const auto& line : split_lines(meminfo)) {
    if (line.rfind(kKey, 0) != 0) continue;
    const std::string_view value = trim(std::string_view(line).substr(kKey.size()));
    std::int64_t kilobytes = 0;
    std::from_chars(value.data(), value.data() + value.size(), kilobytes);
    return kilobytes * 1024;
  }
  return 0;
}

namespace {

// As Docker calls it (moby daemon/graphdriver/driver_linux.go: FsNames).
std::string file_system_name(const std::string& path) {
  struct statfs about{};
  if (::statfs(path.c_str(), &about) != 0) return "<unknown>";
  switch (static_cast<std::uint32_t>(about.f_type)) {
    case EXT4_SUPER_MAGIC: return "extfs";
    case XFS_SUPER_MAGIC: return "xfs";
    case BTRFS_SUPER_MAGIC: return "btrfs";
    case TMPFS_MAGIC: return "tmpfs";
    case F2FS_SUPER_MAGIC: return "f2fs";
    case OVERLAYFS_SUPER_MAGIC: return "overlayfs";
    case 0x2fc12fc1: return "zfs";
    default: return "<unknown>";
  }
}

// Whether a listing says what each entry is (readdir(3), d_type).
bool has_entry_types(const std::string& path) {
  const Handle<DIR*, static_cast<DIR*>(nullptr), ::closedir> directory(::opendir(path.c_str()));
  const dirent* first = directory ? ::readdir(directory.get()) : nullptr;
  return first != nullptr && first->d_type != DT_UNKNOWN;
}

bool there(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

// What a limit would be written to, looked for where containers' own groups are: below the root, which lacks some files.
void read_abilities(const CgroupLayout& cgroups, engine::MachineInfo& info) {
  const auto mount = [&](std::string_view controller) {
    const auto* hierarchy = cgroups.find(controller);
    return hierarchy == nullptr ? std::string("/nonexistent") : hierarchy->mount;
  };
  const bool first = cgroups.version == CgroupVersion::V1;
  info.has_memory_limit = cgroups.find("memory") != nullptr;
  info.has_cpu_cfs = cgroups.find("cpu") != nullptr && (!first || there(mount("cpu") + "/cpu.cfs_quota_us"));
  info.has_cpu_shares = cgroups.find("cpu") != nullptr;
  info.has_cpuset = cgroups.find("cpuset") != nullptr;
  info.has_pids = cgroups.find("pids") != nullptr;
  if (first) {
    info.has_swap_limit = there(mount("memory") + "/memory.memsw.limit_in_bytes");
    info.has_kernel_memory = there(mount("memory") + "/memory.kmem.limit_in_bytes");
    info.has_oom_kill_disable = there(mount("memory") + "/memory.oom_control");
    info.has_swappiness = there(mount("memory") + "/memory.swappiness");
    info.has_blkio_weight = there(mount("blkio") + "/blkio.weight");
    info.has_freezer = cgroups.find("freezer") != nullptr;
    info.cpuset_cpus = trim(read_small_file(mount("cpuset") + "/cpuset.cpus").value_or(""));
    info.cpuset_mems = trim(read_small_file(mount("cpuset") + "/cpuset.mems").value_or(""));
  } else {
    info.has_blkio_weight = cgroups.find("io") != nullptr;
    info.cpuset_cpus = trim(read_small_file(mount("cpuset") + "/cpuset.cpus.effective").value_or(""));
    info.cpuset_mems = trim(read_small_file(mount("cpuset") + "/cpuset.mems.effective").value_or(""));
  }
}

}  // namespace

engine::MachineInfo read_machine_info(const std::string& root, const CgroupLayout& cgroups) {
  engine::MachineInfo info;
  utsname names{};
  if (::uname(&names) == 0) {
    info.kernel_version = names.release;
    info.architecture = names.machine;
    info.hostname = names.nodename;
  }
  info.operating_system = operating_system_name(read_small_file("/etc/os-release").value_or(read_small_file("/usr/lib/os-release").value_or("")));
  info.cpus = ::sysconf(_SC_NPROCESSORS_ONLN);
  info.memory = total_memory(read_small_file("/proc/meminfo").value_or(""));
  info.cgroup_version = version_name(cgroups.version);
  read_abilities(cgroups, info);
  info.storage_driver = "overlay2";  // Docker's name of what this is
  info.root_directory = root;
  // The last two: no layer redirects folders, and attributes are "trusted." (overlay_mount.cpp).
  info.storage_status = {{"Backing Filesystem", file_system_name(root)}, {"Supports d_type", has_entry_types(root) ? "true" : "false"}, {"Native Overlay Diff", "true"}, {"userxattr", "false"}};
  info.resolv_conf = read_small_file("/etc/resolv.conf", kResolvLimit).value_or("");
  info.hosts = read_small_file("/etc/hosts", kResolvLimit).value_or("");
  return info;
}

}  // namespace strates::linux_world
