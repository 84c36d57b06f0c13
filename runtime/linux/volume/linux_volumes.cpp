#include "linux/volume/linux_volumes.hpp"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <set>

#include "base/strings.hpp"
#include "linux/snapshot/overlay_mount.hpp"
#include "linux/snapshot/overlay_tree_editor.hpp"
#include "linux/storage/files.hpp"
#include "linux/storage/mount_table.hpp"

namespace strates::linux_world {

namespace {

constexpr std::string_view kTemporary = ".tmp-";
constexpr const char* kData = "_data";
constexpr int kMostDepth = 4096;

struct WordRow {
  std::string_view word;
  unsigned long set, cleared;
};
constexpr WordRow kWords[] = {{"ro", MS_RDONLY, 0},       {"rw", 0, MS_RDONLY},          {"nosuid", MS_NOSUID, 0}, {"suid", 0, MS_NOSUID},
                              {"nodev", MS_NODEV, 0},     {"dev", 0, MS_NODEV},          {"noexec", MS_NOEXEC, 0}, {"exec", 0, MS_NOEXEC},
                              {"noatime", MS_NOATIME, 0}, {"relatime", MS_RELATIME, 0},  {"sync", MS_SYNCHRONOUS, 0}, {"async", 0, MS_SYNCHRONOUS},
                              {"bind", MS_BIND, 0},       {"rbind", MS_BIND | MS_REC, 0}, {"defaults", 0, 0}};

Error not_a_volume(const std::string& name, int error_number) { return system_error("open volume", name, error_number); }

Result<std::uint64_t> bytes_below(int directory, std::set<std::pair<dev_t, ino_t>>& seen, int depth) {
  if (depth > kMostDepth) return make_error(ErrorKind::Invalid, "volume.too-deep", "measure volume", "", "directories too deep");
  std::uint64_t bytes = 0;
  for (const auto& name : TRY(names_in(directory, "volume"))) {
    const auto st = TRY(stat_at(directory, name));
    if (!st) continue;
    if (S_ISDIR(st->st_mode)) {
      auto inside = open_directory_at(directory, name);
      if (inside.ok()) bytes += TRY(bytes_below(inside.value().get(), seen, depth + 1));
    } else if (st->st_nlink == 1 || seen.insert({st->st_dev, st->st_ino}).second) {
      bytes += static_cast<std::uint64_t>(st->st_size);
    }
  }
  return bytes;
}

}  // namespace

MountWords parse_mount_words(std::string_view options) {
  MountWords out;
  std::vector<std::string> data;
  for (const auto& word : split(options, ',')) {
    if (word.empty()) continue;
    bool known = false;
    for (const auto& row : kWords) {
      if (row.word != word) continue;
      out.flags = (out.flags | row.set) & ~row.cleared;
      known = true;
    }
    if (!known) data.push_back(word);
  }
  out.data = join(data, ",");
  return out;
}

Result<std::unique_ptr<LinuxVolumes>> LinuxVolumes::open(const std::string& root) {
  const std::string directory = root + "/volumes";
  TRY(make_directories(directory, 0711));
  UniqueFd fd = TRY(open_directory(directory));
  for (const auto& name : TRY(names_in(fd.get(), "volumes")))
    if (name.starts_with(kTemporary)) TRY(remove_tree(fd.get(), name));
  return std::unique_ptr<LinuxVolumes>(new LinuxVolumes(directory, std::move(fd)));
}

std::string LinuxVolumes::next_temporary() {
  const std::lock_guard lock(mutex_);
  return std::string(kTemporary) + std::to_string(next_++);
}

std::string LinuxVolumes::path(const std::string& name) { return directory_ + "/" + name + "/" + kData; }

Result<void> LinuxVolumes::create(const std::string& name) {
  const std::string temporary = next_temporary();
  if (TRY(stat_at(fd_.get(), name))) return make_error(ErrorKind::Conflict, "volume.exists", "create volume", name, "it exists already");
  if (::mkdirat(fd_.get(), temporary.c_str(), 0701) != 0) return system_error("create volume", name, errno);
  auto made = [&]() -> Result<void> {
    const UniqueFd own = TRY(open_directory_at(fd_.get(), temporary));
    if (::mkdirat(own.get(), kData, 0755) != 0) return system_error("create volume", name, errno);
    const UniqueFd data = TRY(open_directory_at(own.get(), kData));
    if (::fchmod(data.get(), 0755) != 0 || ::fchmod(own.get(), 0701) != 0) return system_error("set mode of volume", name, errno);
    if (::renameat(fd_.get(), temporary.c_str(), fd_.get(), name.c_str()) != 0) return system_error("create volume", name, errno);
    return success();
  }();
  if (!made.ok()) ignore(remove_tree(fd_.get(), temporary));
  return made;
}

Result<void> LinuxVolumes::remove(const std::string& name) {
  const std::string leaving = next_temporary();
  {
    const std::lock_guard lock(mutex_);
    if (uses_.contains(name)) return make_error(ErrorKind::Conflict, "volume.mounted", "remove volume", name, "it is mounted", "stop what uses it first");
    // A device that an earlier daemon mounted is not the volume's.
    while (is_mount_point(path(name)).value_or(false))
      if (::umount2(path(name).c_str(), MNT_DETACH | UMOUNT_NOFOLLOW) != 0) return system_error("unmount volume", name, errno);
    if (::renameat(fd_.get(), name.c_str(), fd_.get(), leaving.c_str()) != 0) {
      if (errno == ENOENT) return success();
      return system_error("remove volume", name, errno);
    }
  }
  return remove_tree(fd_.get(), leaving);
}

Result<void> LinuxVolumes::clear(const std::string& name) {
  const UniqueFd own = TRY(open_directory_at(fd_.get(), name));
  const UniqueFd data = TRY(open_directory_at(own.get(), kData));
  for (const auto& inside : TRY(names_in(data.get(), name))) TRY(remove_tree(data.get(), inside));
  return success();
}

Result<std::vector<std::string>> LinuxVolumes::list() {
  std::vector<std::string> out;
  for (auto& name : TRY(names_in(fd_.get(), "volumes")))
    if (!name.starts_with('.')) out.push_back(std::move(name));
  return out;
}

Result<void> LinuxVolumes::mount(const std::string& name, const engine::VolumeDevice& device) {
  const std::lock_guard lock(mutex_);
  const auto known = uses_.find(name);
  if (known != uses_.end()) {
    ++known->second.count;
    return success();
  }
  const std::string target = path(name);
  struct stat about {};
  if (::lstat(target.c_str(), &about) != 0 || !S_ISDIR(about.st_mode)) return not_a_volume(name, errno);
  // Mounted already: by an earlier daemon, for a container that outlived it.
  if (!device.empty() && !TRY(is_mount_point(target))) {
    const MountWords words = parse_mount_words(device.options);
    const bool bind = (words.flags & MS_BIND) != 0;
    const auto fail = [&](int number) {
      return docker_error(ErrorKind::Internal, "volume.device",
                          "error while mounting volume '" + target + "': failed to mount local volume: mount " + device.device + ":" + target + ", " +
                              (words.flags == 0 ? "" : "flags: 0x" + [&] { char text[32]; std::snprintf(text, sizeof text, "%lx", words.flags); return std::string(text); }() + ", ") +
                              "data: " + words.data + ": " + to_lower(std::string_view(std::strerror(number))));
    };
    const char* data = words.data.empty() ? nullptr : words.data.c_str();
    if (::mount(device.device.c_str(), target.c_str(), device.type.c_str(), words.flags, data) != 0) return fail(errno);
    // A bind mount takes its flags in a second call.
    const unsigned long more = words.flags & ~static_cast<unsigned long>(MS_BIND | MS_REC);
    if (bind && more != 0 && ::mount(nullptr, target.c_str(), nullptr, MS_REMOUNT | MS_BIND | more, nullptr) != 0) {
      const int number = errno;
      ::umount2(target.c_str(), MNT_DETACH);
      return fail(number);
    }
  }
  uses_[name] = {1, !device.empty()};
  return success();
}

Result<void> LinuxVolumes::unmount(const std::string& name) {
  const std::lock_guard lock(mutex_);
  const auto known = uses_.find(name);
  if (known == uses_.end()) return make_error(ErrorKind::Conflict, "volume.not-mounted", "unmount volume", name, "it is not mounted");
  if (--known->second.count > 0) return success();
  const bool device = known->second.device;
  uses_.erase(known);
  if (device && ::umount2(path(name).c_str(), MNT_DETACH) != 0) return system_error("unmount volume", name, errno);
  return success();
}

Result<std::unique_ptr<engine::TreeEditor>> LinuxVolumes::edit(const std::string& name) {
  const UniqueFd own = TRY(open_directory_at(fd_.get(), name));
  UniqueFd data = TRY(open_directory_at(own.get(), kData));
  return std::unique_ptr<engine::TreeEditor>(std::make_unique<OverlayTreeEditor>(std::move(data), std::function<void()>()));
}

Result<std::uint64_t> LinuxVolumes::usage(const std::string& name) {
  const UniqueFd own = TRY(open_directory_at(fd_.get(), name));
  const UniqueFd data = TRY(open_directory_at(own.get(), kData));
  std::set<std::pair<dev_t, ino_t>> seen;
  return bytes_below(data.get(), seen, 0);
}

// ------------------------------------------------------------------------------------------------------------------------- the machine's own

Result<engine::HostPlace> LinuxVolumes::look(const std::string& host_path) {
  engine::HostPlace place;
  char resolved[PATH_MAX];
  if (::realpath(host_path.c_str(), resolved) == nullptr) {
    if (errno == ENOENT || errno == ENOTDIR) return place;
    return system_error("look at", host_path, errno);
  }
  place.real = resolved;
  struct stat about {};
  if (::stat(resolved, &about) != 0) return system_error("look at", host_path, errno);
  place.kind = S_ISDIR(about.st_mode) ? engine::HostPlace::Kind::Directory : engine::HostPlace::Kind::File;
  // The longest mount point above it; of several on one place, the latest.
  size_t longest = 0;
  for (const auto& mount : TRY(read_mount_table())) {
    const std::string& at = mount.mount_point;
    const bool above = at == "/" || place.real == at || place.real.starts_with(at + "/");
    if (!above || at.size() < longest) continue;
    longest = at.size();
    place.mount_point = at;
    place.shared = mount.shared;
    place.slave = mount.slave;
  }
  return place;
}

Result<void> LinuxVolumes::make_host_directory(const std::string& host_path) {
  auto made = make_directories(host_path, 0755);
  if (made.ok()) return made;
  return docker_error(ErrorKind::Internal, "mount.source", "error while creating mount source path '" + host_path + "': mkdir " + host_path + ": " +
                                                               to_lower(made.error().cause.substr(std::min(made.error().cause.find(": ") + 2, made.error().cause.size()))));
}

Result<std::unique_ptr<engine::TreeEditor>> LinuxVolumes::edit_host(const std::string& host_directory) {
  UniqueFd fd = TRY(open_directory(host_directory));
  return std::unique_ptr<engine::TreeEditor>(std::make_unique<OverlayTreeEditor>(std::move(fd), std::function<void()>()));
}

}  // namespace strates::linux_world
