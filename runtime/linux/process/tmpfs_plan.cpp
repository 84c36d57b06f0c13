// What `--tmpfs PATH:OPTIONS` and `--mount type=tmpfs` mount. Known options as in Docker (moby, volume/mounts and mount/flags): the last of a pair wins.
#include <sys/mount.h>

#include <algorithm>

#include "base/strings.hpp"
#include "linux/process/container_plan.hpp"

namespace strates::linux_world {

namespace {

struct Option {
  std::string_view name;
  std::uint64_t sets = 0, clears = 0;
};
constexpr Option kOptions[] = {
    {"defaults"},
    {"ro", MS_RDONLY},
    {"rw", 0, MS_RDONLY},
    {"suid", 0, MS_NOSUID},
    {"nosuid", MS_NOSUID},
    {"dev", 0, MS_NODEV},
    {"nodev", MS_NODEV},
    {"exec", 0, MS_NOEXEC},
    {"noexec", MS_NOEXEC},
    {"sync", MS_SYNCHRONOUS},
    {"async", 0, MS_SYNCHRONOUS},
    {"dirsync", MS_DIRSYNC},
    {"atime", 0, MS_NOATIME},
    {"noatime", MS_NOATIME},
    {"diratime", 0, MS_NODIRATIME},
    {"nodiratime", MS_NODIRATIME},
    {"relatime", MS_RELATIME},
    {"norelatime", 0, MS_RELATIME},
    {"strictatime", MS_STRICTATIME},
    {"nostrictatime", 0, MS_STRICTATIME},
};
constexpr std::string_view kWithValue[] = {"mode", "uid", "gid", "nr_inodes", "nr_blocks", "mpol", "size"};

}  // namespace

Result<MountStep> plan_tmpfs(const engine::ContainerMount& mount) {
  MountStep step{StepKind::FileSystem, "tmpfs", mount.destination, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "", Presence::Required};
  if (!mount.writable) step.flags |= MS_RDONLY;
  std::vector<std::string> data, unknown;
  for (const auto& option : split(mount.options, ',')) {
    if (option.empty()) continue;
    const auto* known = std::find_if(std::begin(kOptions), std::end(kOptions), [&](const Option& row) { return row.name == option; });
    if (known != std::end(kOptions)) {
      step.flags = (step.flags & ~known->clears) | known->sets;
      continue;
    }
    const size_t equals = option.find('=');
    const std::string key = option.substr(0, equals);
    if (equals == std::string::npos || std::find(std::begin(kWithValue), std::end(kWithValue), key) == std::end(kWithValue)) {
      unknown.push_back(go_quote(option));
      continue;
    }
    std::erase_if(data, [&](const std::string& earlier) { return earlier.compare(0, equals + 1, key + "=") == 0; });
    data.push_back(option);
  }
  if (!unknown.empty()) return docker_error(ErrorKind::Invalid, "container.tmpfs", "invalid tmpfs option [" + join(unknown, " ") + "]");
  step.data = join(data, ",");
  return step;
}

}  // namespace strates::linux_world
