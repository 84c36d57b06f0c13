// engine::FileWatch: the simulated file system tells what it does itself, so that nothing is ever missed or reconstructed.
#pragma once

#include <map>

#include "engine/ports.hpp"
#include "sim/snapshot_store.hpp"

namespace strates::sim {

class SimFileWatch : public engine::FileWatch {
 public:
  explicit SimFileWatch(SnapshotStore& store) : store_(store) {}

  // codes snapshot.not-found, watch.armed
  Result<void> arm(const ContainerId& container, const SnapshotKey& key, const std::vector<ChainId>& layers, Emit emit) override;
  Result<void> enter(const ContainerId& container, std::int64_t host_pid) override;  // code watch.not-armed
  void disarm(const ContainerId& container) override;
  bool armed(const ContainerId& container) override { return keys_.count(container) != 0; }

 private:
  SnapshotStore& store_;
  std::map<ContainerId, std::string> keys_;
};

}  // namespace strates::sim
