#include "linux/cgroup/cgroup_dir.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <map>

#include "base/strings.hpp"
#include "base/unique_fd.hpp"
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
  if (errno != ENOENT || path.size() < 2) return errno;
  if (const int number = make_path(dir_name(path)); number != 0) return number;
  return ::mkdir(path.c_str(), 0755) == 0 || errno == EEXIST ? 0 : errno;
}

// A set without processors or memory nodes takes no process (cgroup-v1/cpusets.rst).
void fill_processor_set(const std::string& directory) {
  for (const auto* file : {"/cpuset.cpus", "/cpuset.mems"}) {
    auto own = read_small_file(directory + file);
    if (!own.ok() || !trim(own.value()).empty()) continue;
    auto parent = read_small_file(dir_name(directory) + file);
    if (parent.ok()) write_value(directory + file, std::string(trim(parent.value())));
  }
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
    Error error = refused("write \"" + write.value + "\" to", path, number);
    error.cause = "error during container init: error setting cgroup config for procHooks process: failed to write \"" + write.value + "\": write " + path + ": " + to_lower(std::strerror(number));
    return error;
  } else if (write.need == Need::Wanted) {
    wrote({write.directory, "", write.file + " " + write.value + ": " + errno_name(number), Need::Wanted});
  }
  return false;
}

void restrict_devices(const std::string& directory, const std::vector<DeviceRule>& rules, const std::function<void(const CgroupWrite&)>& wrote,
                      CreatedCgroups& made) {
  auto attached = attach_device_program(directory, rules);
  made.devices_restricted = attached.ok();
  if (attached.ok()) wrote({directory, "BPF_CGROUP_DEVICE", std::to_string(rules.size()) + " rules", Need::Wanted});
  else wrote({directory, "", attached.error().explanation(), Need::Wanted});
}

// A group of version 2 with processes of its own, other than the machine's root (which has no cgroup.type).
bool is_inhabited(const std::string& directory) {
  return ::access((directory + "/cgroup.type").c_str(), F_OK) == 0 && !trim(read_small_file(directory + "/cgroup.procs").value_or("")).empty();
}

Error inhabited(const CgroupWrite& write) {
  Error error = refused("write \"" + write.value + "\" to", write.directory + "/" + write.file, EBUSY);
  error.cause += ": processes are in the control group " + write.directory + " itself, so the kernel lets nothing below it be limited (\"no internal processes\")";
  error.advice = "run without limits, or move them into a group of their own below it: mkdir " + write.directory + "/init, then each number of " + write.directory +
                 "/cgroup.procs into " + write.directory + "/init/cgroup.procs";
  return error;
}

// Controllers for groups below, switched on from the top. In an inhabited group the kernel refuses memory and io, and takes cpu, pids and cpuset at a price:
// the group turns "threaded", and nothing can be put into groups below it any more (admin-guide/cgroup-v2.rst, "Threads"). So there it is not tried.
Result<void> prepare(const std::vector<CgroupWrite>& preparations) {
  std::map<std::string, bool> known;
  for (const auto& write : preparations) {
    // The parent may not exist before the first container.
    if (const int number = make_path(write.directory); number != 0 && write.need == Need::Required) return refused("create", write.directory, number);
    const auto [found, is_new] = known.try_emplace(write.directory, false);
    if (is_new) found->second = is_inhabited(write.directory);
    if (found->second && write.need == Need::Required) return inhabited(write);
    const int number = found->second ? 0 : write_value(write.directory + "/" + write.file, write.value);
    if (number != 0 && write.need == Need::Required) return refused("write \"" + write.value + "\" to", write.directory + "/" + write.file, number);
  }
  return success();
}

Result<CreatedCgroups> create_all(const CgroupPlan& plan, const std::function<void(const CgroupWrite&)>& wrote, CreatedCgroups& made) {
  TRY(prepare(plan.preparations));
  for (const auto& directory : plan.directories) {
    const int number = make_path(directory.path);
    if (number == 0) made.directories.push_back(directory);
    else if (directory.need == Need::Required) return refused("create", directory.path, number);
    else wrote({directory.path, "", "mkdir: " + errno_name(number), Need::Wanted});
  }
  for (const auto& directory : plan.processor_sets) fill_processor_set(directory);
  for (const auto& write : plan.writes) {
    bool exists = false;
    for (const auto& directory : made.directories) exists = exists || directory.path == write.directory;
    if (exists && TRY(write_one(write, wrote)) && write.file == "devices.deny") made.devices_restricted = true;
  }
  if (!plan.device_filter.empty() && !made.directories.empty()) restrict_devices(plan.device_filter, plan.device_rules, wrote, made);
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

using Directory = Handle<DIR*, static_cast<DIR*>(nullptr), ::closedir>;

// 0 when it is gone; EBUSY when it may be at the next attempt. Groups below are what the container made itself.
int remove_group(const std::string& directory) {
  if (::rmdir(directory.c_str()) == 0 || errno == ENOENT) return 0;
  if (errno != EBUSY) return errno;
  kill_members(directory);
  for (const auto& below : groups_below(directory)) remove_group(below);
  return EBUSY;
}

}  // namespace

std::vector<std::string> groups_below(const std::string& directory) {
  std::vector<std::string> out;
  const Directory opened(::opendir(directory.c_str()));
  if (!opened) return out;
  while (const dirent* entry = ::readdir(opened.get()))
    if (entry->d_type == DT_DIR && entry->d_name[0] != '.') out.push_back(directory + "/" + entry->d_name);
  return out;
}

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
      number = remove_group(directory);
      if (number != EBUSY) break;
      ::usleep(kRemovePause);
    }
    if (number != 0 && number != EROFS && result.ok()) result = system_error("remove control group", directory, number);
  }
  return result;
}

Result<void> write_limits(const std::vector<CgroupWrite>& writes, const std::function<void(const CgroupWrite&)>& wrote) {
  for (const auto& write : writes) TRY(write_one(write, wrote));
  return success();
}

bool is_so(const FreezePlan& plan) {
  auto text = read_small_file(plan.state_file);
  if (!text.ok()) return false;
  for (const auto& line : split_lines(text.value()))
    if (line == plan.wanted) return true;
  return false;
}

Result<void> apply_freeze(const FreezePlan& plan, const FreezePlan& back) {
  constexpr int kAttempts = 1000;
  constexpr useconds_t kPause = 2'000;
  const auto failed = [](Error error) {
    error.code = "process.freeze";
    return error;
  };
  const std::string path = plan.write.directory + "/" + plan.write.file;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    // Version 1 may stop at "FREEZING" when a process forks meanwhile: writing again goes on (cgroup-v1/freezer-subsystem.rst).
    if (const int number = write_value(path, plan.write.value); number != 0) return failed(refused("write \"" + plan.write.value + "\" to", path, number));
    if (is_so(plan)) return success();
    ::usleep(kPause);
  }
  write_value(back.write.directory + "/" + back.write.file, back.write.value);
  return make_error(ErrorKind::Internal, "process.freeze", "freeze", plan.write.directory, "its processes did not stop in time");
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
