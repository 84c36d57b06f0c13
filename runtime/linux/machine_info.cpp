#include "linux/machine_info.hpp"

#include <sys/utsname.h>
#include <unistd.h>

#include <charconv>

#include "base/strings.hpp"
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
  info.storage_driver = "overlay2";  // Docker's name of what this is
  info.root_directory = root;
  info.resolv_conf = read_small_file("/etc/resolv.conf", kResolvLimit).value_or("");
  info.hosts = read_small_file("/etc/hosts", kResolvLimit).value_or("");
  return info;
}

}  // namespace strates::linux_world
