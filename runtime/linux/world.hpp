// The Linux world put together: every port of the engine on a real kernel, below one root directory.
//
//   ROOT/lock             one daemon at a time (root_lock.hpp)
//   ROOT/images/          blobs, an OCI image layout (storage/oci_blobs.hpp)
//   ROOT/layers, init, snapshots   (snapshot/overlay_snapshots.hpp)
//   ROOT/volumes          volumes' files (volume/linux_volumes.hpp)
//   ROOT/metadata.db      records (storage/sqlite_metadata.hpp)
//   ROOT/tmp              uploads (storage/file_spooler.hpp)
//   ROOT/containers, run  logs and running containers (process/linux_processes.hpp)
#pragma once

#include <memory>
#include <string>

#include "adapters/archive_reader.hpp"
#include "adapters/gzip_compressor.hpp"
#include "adapters/openssl_hasher.hpp"
#include "adapters/system_clock.hpp"
#include "adapters/system_random.hpp"
#include "engine/ports.hpp"
#include "linux/mutex_monitor.hpp"
#include "linux/network/linux_networks.hpp"
#include "linux/process/linux_processes.hpp"
#include "linux/root_lock.hpp"
#include "linux/snapshot/overlay_snapshots.hpp"
#include "linux/storage/file_spooler.hpp"
#include "linux/storage/oci_blobs.hpp"
#include "linux/storage/sqlite_metadata.hpp"
#include "linux/thread_alarm.hpp"
#include "linux/thread_tasks.hpp"
#include "linux/volume/linux_volumes.hpp"
#include "linux/watch/fanotify_watch.hpp"

namespace strates::linux_world {

class LinuxWorld {
 public:
  // Makes `root` when absent. Mounts of containers that ended while no daemon ran are taken away. `spawner` must outlive the world.
  // codes daemon.root-in-use, and those of the ports' open.
  static Result<std::unique_ptr<LinuxWorld>> open(const std::string& root, Spawner& spawner);

  // References into this object. One engine per world.
  engine::World world();

 private:
  explicit LinuxWorld(RootLock lock) : lock_(std::move(lock)) {}

  // In the order in which they need each other: what is declared last goes first.
  RootLock lock_;
  adapters::SystemClock clock_;
  adapters::SystemRandom random_;
  MutexMonitor monitor_;
  ThreadAlarm alarm_{clock_};
  adapters::OpensslHasher hasher_;
  adapters::LibarchiveReader archives_;
  adapters::IgzipCompressor compressor_;
  ThreadTasks tasks_;
  std::unique_ptr<OciBlobs> blobs_;
  std::unique_ptr<SqliteMetadata> metadata_;
  std::unique_ptr<FileSpooler> spooler_;
  std::unique_ptr<OverlaySnapshots> snapshots_;
  std::unique_ptr<LinuxVolumes> volumes_;
  std::unique_ptr<FanotifyWatch> files_;
  std::unique_ptr<LinuxProcesses> processes_;
  std::unique_ptr<LinuxNetworks> networks_;
  engine::MachineInfo machine_;
};

}  // namespace strates::linux_world
