#include "sim/sim_file_watch.hpp"

namespace strates::sim {

Result<void> SimFileWatch::arm(const ContainerId& container, const SnapshotKey& key, const std::vector<ChainId>&, Emit emit) {
  if (store_.find(key.str()) == nullptr) return make_error(ErrorKind::NotFound, "snapshot.not-found", "watch snapshot", key.str(), "no such snapshot");
  if (armed(container) || store_.watches.count(key.str()) != 0)
    return make_error(ErrorKind::Conflict, "watch.armed", "watch container", container.str(), "it is watched already");
  store_.watches[key.str()] = Watch{container, std::move(emit), 0};
  keys_[container] = key.str();
  return success();
}

Result<void> SimFileWatch::enter(const ContainerId& container, std::int64_t host_pid) {
  const auto key = keys_.find(container);
  if (key == keys_.end()) return make_error(ErrorKind::Conflict, "watch.not-armed", "watch process of", container.str(), "the container is not watched");
  store_.watches[key->second].host_pid = host_pid;
  return success();
}

void SimFileWatch::disarm(const ContainerId& container) {
  const auto key = keys_.find(container);
  if (key == keys_.end()) return;
  store_.watches.erase(key->second);
  keys_.erase(key);
}

}  // namespace strates::sim
