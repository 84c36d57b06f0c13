// Sees what running containers do to their files, as it happens (engine::FileWatch).
//
// Changes come from the containers' upper directories, by fanotify or, where the store's file system has no file handles, by inotify; reads and writes from
// fanotify marks on the containers' root mounts. One group of each for the daemon: the kernel allows 128. One thread reads both and calls `emit`: emit must not
// call back into this object. After an overflow the layers are scanned again: what was missed is told as reconstructed, and a Gap says so.
//
// FileRead is told once for a process and a file until the file changes; FileWritten once for each time it is opened.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <thread>

#include "engine/ports.hpp"
#include "linux/watch/watched_layer.hpp"

namespace strates::linux_world {

enum class WatchSource { Fanotify, Inotify };

class FanotifyWatch : public engine::FileWatch {
 public:
  // `snapshots` must outlive it. Fanotify falls back to inotify when the kernel refuses.
  static Result<std::unique_ptr<FanotifyWatch>> open(engine::Snapshots& snapshots, WatchSource source = WatchSource::Fanotify);
  ~FanotifyWatch() override;

  // What the writable layer holds already (a container started again) is told as reconstructed before this returns. code watch.armed when it is armed already.
  Result<void> arm(const ContainerId& container, const SnapshotKey& key, const std::vector<ChainId>& layers, Emit emit) override;
  Result<void> enter(const ContainerId& container, std::int64_t host_pid) override;  // code watch.not-armed
  void disarm(const ContainerId& container) override;
  bool armed(const ContainerId& container) override;
  // Everything that happened to any container's files before this call has been emitted when it returns.
  void settle();

 private:
  FanotifyWatch(engine::Snapshots& snapshots, std::unique_ptr<DirectoryEvents> changes, MountAccesses accesses, UniqueFd wake)
      : snapshots_(snapshots), changes_(std::move(changes)), accesses_(std::move(accesses)), wake_(std::move(wake)) {}

  void run();
  // One round of WatchedLayer's: reads both queues to their ends. Locked by the caller. True while changes are held back for the next.
  bool drain();
  void settle_locked();
  void recover_from_overflow();

  engine::Snapshots& snapshots_;
  std::unique_ptr<DirectoryEvents> changes_;
  MountAccesses accesses_;
  UniqueFd wake_;

  std::mutex mutex_;
  std::map<ContainerId, std::unique_ptr<WatchedLayer>> layers_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace strates::linux_world
