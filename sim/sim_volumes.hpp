// engine::Volumes in memory: a volume is a tree. There is no machine below the simulator: host paths are refused, code volume.no-host.
// Not thread-safe: the simulator has one thread.
#pragma once

#include "engine/ports.hpp"
#include "sim/snapshot_store.hpp"

namespace strates::sim {

class SimVolumes : public engine::Volumes {
 public:
  // Outlives this.
  explicit SimVolumes(SnapshotStore& store) : store_(store) {}

  Result<void> create(const std::string& name) override;
  Result<void> remove(const std::string& name) override;
  Result<void> clear(const std::string& name) override;
  Result<std::vector<std::string>> list() override;
  std::string path(const std::string& name) override { return "/sim/volumes/" + name + "/_data"; }
  // Only memory can be mounted as a device: type=tmpfs.
  Result<void> mount(const std::string& name, const engine::VolumeDevice& device) override;
  Result<void> unmount(const std::string& name) override;
  Result<std::unique_ptr<engine::TreeEditor>> edit(const std::string& name) override;
  Result<std::uint64_t> usage(const std::string& name) override;

  Result<engine::HostPlace> look(const std::string& host_path) override;
  Result<void> make_host_directory(const std::string& host_path) override;
  Result<std::unique_ptr<engine::TreeEditor>> edit_host(const std::string& host_directory) override;

 private:
  Result<VolumeState*> find(const std::string& name);
  Tree empty_tree();

  SnapshotStore& store_;
};

}  // namespace strates::sim
