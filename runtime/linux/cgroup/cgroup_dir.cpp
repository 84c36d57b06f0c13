#include "linux/cgroup/cgroup_dir.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>

#include "base/strings.hpp"
#include "linux/cgroup/device_filter.hpp"
#include "linux/process/small_file.hpp"

namespace strates::linux_world {

namespace {

constexpr int kRemoveAttempts = 200;
constexpr useconds_t kRemovePause = 5'000;

// cgroup files refuse O_CREAT and O_TRUNC on some kernels, and one write is one command.
int write_value(const std::string& path, const std::string& value) {
  const UniqueFd file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!file) return errno;
  return ::write(file.get(), value.data(), value.size()) < 0 ? errno : 0;
}

int make_path(const std::string& path) {
  if (::mkdir(path.c_str(), 0755) == 0 || errno == EEXIST) return 0;
  if (errno != ENOENT) return errno;
  const std::string parent = dir_name(path);
  if (::mkdir(parent.c_str(), 0755) != 0 && errno != EEXIST) return errno;
  return ::mkdir(path.c_str(), 0755) == 0 || errno == EEXIST ? 0 : errno;
}

Error refused(std::string_view operation, const std::string& object, int number) {
  Error error = system_error(operation, object, number);
  error.kind = ErrorKind::Internal;
  error.code = "process.setup";
  error.advice = "run without limits, or see `strates doctor`";
  return error;
}

// False: refused, but only wanted.
Result<bool> write_one(const CgroupWrite& write, const std::function<void(const CgroupWrite&)>& wrote) {
  const std::string path = write.directory + "/" + write.file;
  const int number = write_value(path, write.value);
  if (number == 0) {
    wrote(write);
    return true;
  }
  if (write.need == Need::Required) {
    return refused("write \"" + write.value + "\" to", path, number);
  } else if (write.need == Need::Wanted) {
    wrote({write.directory, "", write.file + " " + write.value + ": " + errno_name(number), Need::Wanted});
  }
  return false;
}

void restrict_devices(const std::string& directory, const std::function<void(const CgroupWrite&)>& wrote, CreatedCgroups& made) {
  auto attached = attach_device_program(directory, default_device_rules());
  made.devices_restricted = attached.ok();
  if (attached.ok()) wrote({directory, "BPF_CGROUP_DEVICE", std::to_string(default_device_rules().size()) + " rules", Need::Wanted});
  else wrote({directory, "", attached.error().explanation(), Need::Wanted});
}

Result<CreatedCgroups> create_all(const CgroupPlan& plan, const std::function<void(const CgroupWrite&)>& wrote, CreatedCgroups& made) {
  for (const auto& write : plan.preparations) {
    // The parent may not exist before the first container.
    if (const int number = make_path(write.directory); number != 0 && write.need == Need::Required) return refused("create", write.directory, number);
    const int number = write_value(write.directory + "/" + write.file, write.value);
    if (number != 0 && write.need == Need::Required) return refused("write \"" + write.value + "\" to", write.directory + "/" + write.file, number);
  }
  for (const auto& directory : plan.directories) {
    const int number = make_path(directory.path);
    if (number == 0) made.directories.push_back(directory);
    else if (directory.need == Need::Required) return refused("create", directory.path, number);
    else wrote({directory.path, "", "mkdir: " + errno_name(number), Need::Wanted});
  }
  for (const auto& write : plan.writes) {
    bool exists = false;
    for (const auto& directory : made.directories) exists = exists || directory.path == write.directory;
    if (exists && TRY(write_one(write, wrote)) && write.file == "devices.deny") made.devices_restricted = true;
  }
  if (!plan.device_filter.empty() && !made.directories.empty()) restrict_devices(plan.device_filter, wrote, made);
  return made;
}

void kill_members(const std::string& directory) {
  auto members = read_small_file(directory + "/cgroup.procs");
  if (!members.ok()) return;
  for (const auto& line : split_lines(members.value())) {
    int pid = 0;
    std::from_chars(line.data(), line.data() + line.size(), pid);
    if (pid > 1) ::kill(pid, SIGKILL);
  }
}

}  // namespace

Result<CreatedCgroups> create_cgroups(const CgroupPlan& plan, const std::function<void(const CgroupWrite&)>& wrote) {
  CreatedCgroups made;
  auto result = create_all(plan, wrote, made);
  if (!result.ok()) {
    std::vector<std::string> paths;
    for (const auto& directory : made.directories) paths.push_back(directory.path);
    ignore(remove_cgroups(paths));
  }
  return result;
}

Result<void> remove_cgroups(const std::vector<std::string>& directories) {
  Result<void> result;
  for (const auto& directory : directories) {
    int number = 0;
    for (int attempt = 0; attempt < kRemoveAttempts; ++attempt) {
      number = ::rmdir(directory.c_str()) == 0 || errno == ENOENT ? 0 : errno;
      if (number != EBUSY) break;
      kill_members(directory);
      ::usleep(kRemovePause);
    }
    if (number != 0 && number != EROFS && result.ok()) result = system_error("remove control group", directory, number);
  }
  return result;
}

std::int64_t oom_kills(const std::string& oom_file) {
  if (oom_file.empty()) return 0;
  auto text = read_small_file(oom_file);
  if (!text.ok()) return 0;
  constexpr std::string_view kKey = "oom_kill ";
  for (const auto& line : split_lines(text.value())) {
    if (line.rfind(kKey, 0) != 0) continue;
    std::int64_t count = 0;
    std::from_chars(line.data() + kKey.size(), line.data() + line.size(), count);
    return count;
  }
  return 0;
}

}  // namespace strates::linux_world
