#include "linux/process/host_devices.hpp"

#include <dirent.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>

#include "base/unique_fd.hpp"

namespace strates::linux_world {

namespace {

using Directory = Handle<DIR*, static_cast<DIR*>(nullptr), ::closedir>;
constexpr std::string_view kOwn[] = {"/dev/pts", "/dev/shm", "/dev/mqueue", "/dev/fd", "/dev/console", "/dev/ptmx"};
constexpr int kDepth = 8;

void walk(const std::string& at, int depth, std::vector<DeviceStep>& out) {
  const Directory directory(::opendir(at.c_str()));
  if (!directory || depth > kDepth) return;
  while (const dirent* entry = ::readdir(directory.get())) {
    if (entry->d_name[0] == '.') continue;
    const std::string path = at + "/" + entry->d_name;
    struct stat about {};
    if (std::find(std::begin(kOwn), std::end(kOwn), path) != std::end(kOwn) || ::lstat(path.c_str(), &about) != 0) continue;
    if (S_ISDIR(about.st_mode)) walk(path, depth + 1, out);
    if (S_ISCHR(about.st_mode) || S_ISBLK(about.st_mode)) out.push_back({path, about.st_mode, ::major(about.st_rdev), ::minor(about.st_rdev)});
  }
}

}  // namespace

std::vector<DeviceStep> list_host_devices() { return list_devices_below("/dev"); }

std::vector<DeviceStep> list_devices_below(const std::string& directory) {
  std::vector<DeviceStep> out;
  walk(directory, 0, out);
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  return out;
}

}  // namespace strates::linux_world
