#include "sim/process/confinement.hpp"

#include <charconv>

#include "base/strings.hpp"

namespace strates::sim {

namespace {

Error refuse(std::string_view what, std::string_view why) {
  return make_error(ErrorKind::NotImplemented, "process.setup", "start process with", what, "the simulator cannot: " + std::string(why), "use the Linux world");
}

constexpr std::string_view kFlags[] = {"defaults", "ro",    "rw",      "suid",     "nosuid",  "dev",        "nodev",        "exec",     "noexec",     "sync",
                                       "async",    "atime", "noatime", "diratime", "dirsync", "nodiratime", "relatime",     "norelatime", "strictatime", "nostrictatime"};
constexpr std::string_view kValues[] = {"mode", "uid", "gid", "nr_inodes", "nr_blocks", "mpol", "size"};

template <size_t N>
bool is_one_of(const std::string_view (&list)[N], std::string_view word) {
  for (const auto one : list)
    if (one == word) return true;
  return false;
}

// As runc: what is mounted makes its own place where there is none. False: it had to.
Result<bool> ensure_target(Vfs& vfs, const std::string& path) {
  vfs.act_as({});
  if (vfs.stat(path).ok()) return true;
  std::string made;
  for (const auto& part : split(path, '/')) {
    if (part.empty()) continue;
    made += "/" + part;
    if (!vfs.stat(made).ok()) TRY(vfs.make_directory(made, 0755));
  }
  return false;
}

Result<void> mount_memory(VfsProvider& files, Vfs& vfs, const std::string& snapshot, const engine::ContainerMount& mount) {
  std::string shown = "nosuid,nodev,noexec,relatime";
  bool writable = mount.writable;
  std::uint32_t mode = 0;
  std::vector<std::string> unknown;
  for (const auto& option : split(mount.options, ',')) {
    const size_t equals = option.find('=');
    const std::string key = option.substr(0, equals);
    if (option.empty() || (equals == std::string::npos && is_one_of(kFlags, option))) {
      if (option == "ro" || option == "rw") writable = option == "rw";
      const std::string opposite = "no" + option + ",";
      if (const size_t at = shown.find(opposite); at != std::string::npos && !option.empty()) shown.erase(at, opposite.size());
    } else if (equals == std::string::npos || !is_one_of(kValues, key)) {
      unknown.push_back(go_quote(option));
    } else {
      if (key == "mode") std::from_chars(option.data() + equals + 1, option.data() + option.size(), mode, 8);
      if (key == "size" || key == "mode") shown += "," + option;
    }
  }
  if (!unknown.empty()) return docker_error(ErrorKind::Invalid, "container.tmpfs", "invalid tmpfs option [" + join(unknown, " ") + "]");
  const bool existed = TRY(ensure_target(vfs, mount.destination));
  if (mode == 0) mode = existed ? TRY(vfs.stat(mount.destination)).meta.mode & 07777 : 01777;
  return files.attach_memory(snapshot, mount.destination, shown, mode, writable);
}

}  // namespace

Result<void> check_confinement(const engine::ContainerSpec& spec) {
  using engine::NamespaceMode;
  if (!spec.apart.devices.empty()) return refuse("--device " + spec.apart.devices.front().host, "it has no host whose devices could be given");
  if (!spec.apart.sysctls.empty()) return refuse("--sysctl " + spec.apart.sysctls.begin()->first, "there is no kernel with settings");
  if (spec.apart.pid.mode != NamespaceMode::Own) return refuse("--pid", "each container has a process table of its own");
  if (spec.apart.init) return refuse("--init", "its programs are waited for by the simulator itself");
  if (spec.process.confinement.seccomp == engine::SeccompMode::Profile) return refuse("--security-opt seccomp=", "its programs make no system calls that could be filtered");
  return {};
}

Result<void> attach_mount(VfsProvider& files, Vfs& vfs, const std::string& snapshot, const engine::ContainerMount& mount) {
  if (mount.kind == engine::ContainerMount::Kind::Memory) return mount_memory(files, vfs, snapshot, mount);
  TRY(ensure_target(vfs, mount.destination));
  return files.attach_volume(snapshot, mount.destination, mount.volume, mount.writable);
}

}  // namespace strates::sim
