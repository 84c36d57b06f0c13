// Volumes as directories: ROOT/volumes/NAME/_data, as Docker lays them out.
//
// A volume is made under a name that no volume can have and renamed when whole; removed by the same road backwards. What is left of either is swept when
// opened. Nothing here follows a link below a volume's root.
//
// Any thread.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "base/unique_fd.hpp"
#include "engine/ports.hpp"

namespace strates::linux_world {

class LinuxVolumes : public engine::Volumes {
 public:
  // `root` is the world's; made when absent.
  static Result<std::unique_ptr<LinuxVolumes>> open(const std::string& root);

  Result<void> create(const std::string& name) override;
  Result<void> remove(const std::string& name) override;
  Result<void> clear(const std::string& name) override;
  Result<std::vector<std::string>> list() override;
  std::string path(const std::string& name) override;
  // Devices: "tmpfs" and "none" with o=bind are what lessons use; any other type is mount(8)'s business, through the kernel's own file systems.
  Result<void> mount(const std::string& name, const engine::VolumeDevice& device) override;
  Result<void> unmount(const std::string& name) override;
  Result<std::unique_ptr<engine::TreeEditor>> edit(const std::string& name) override;
  Result<std::uint64_t> usage(const std::string& name) override;

  Result<engine::HostPlace> look(const std::string& host_path) override;
  Result<void> make_host_directory(const std::string& host_path) override;
  Result<std::unique_ptr<engine::TreeEditor>> edit_host(const std::string& host_directory) override;

 private:
  struct Use {
    int count = 0;
    bool device = false;
  };
  explicit LinuxVolumes(std::string directory, UniqueFd fd) : directory_(std::move(directory)), fd_(std::move(fd)) {}
  std::string next_temporary();

  std::string directory_;
  UniqueFd fd_;
  std::mutex mutex_;
  std::map<std::string, Use> uses_;
  std::uint64_t next_ = 0;
};

// mount(2)'s flags and data from what `-o` says: "ro,size=1m" is MS_RDONLY and "size=1m".
struct MountWords {
  unsigned long flags = 0;
  std::string data;
  bool operator==(const MountWords&) const = default;
};
MountWords parse_mount_words(std::string_view options);

}  // namespace strates::linux_world
