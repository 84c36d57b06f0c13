#include "linux/world.hpp"

#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdlib>

#include "linux/machine_info.hpp"
#include "linux/process/small_file.hpp"
#include "linux/snapshot/overlay_mount.hpp"

namespace strates::linux_world {

namespace {

// Mounts and bind sources are named from the root of the file system.
Result<std::string> absolute(const std::string& root) {
  TRY(ensure_directory(root, 0711));
  char resolved[PATH_MAX];
  if (::realpath(root.c_str(), resolved) == nullptr) return system_error("resolve", root, errno);
  return std::string(resolved);
}

// A program installed beside this one; empty when it is not there.
std::string neighbour(const std::string& name) {
  char self[PATH_MAX];
  const ssize_t length = ::readlink("/proc/self/exe", self, sizeof self);
  if (length <= 0 || length >= static_cast<ssize_t>(sizeof self)) return {};
  const std::string path = std::string(self, static_cast<size_t>(length)).substr(0, std::string(self, static_cast<size_t>(length)).rfind('/') + 1) + name;
  return ::access(path.c_str(), X_OK) == 0 ? path : std::string();
}

}  // namespace

Result<std::unique_ptr<LinuxWorld>> LinuxWorld::open(const std::string& wanted, Spawner& spawner) {
  const std::string root = TRY(absolute(wanted));
  RootLock lock = TRY(RootLock::take(root));
  std::unique_ptr<LinuxWorld> world(new LinuxWorld(std::move(lock)));
  world->blobs_ = TRY(OciBlobs::open(root + "/images", world->hasher_));
  world->metadata_ = TRY(SqliteMetadata::open(root + "/metadata.db"));
  world->spooler_ = TRY(FileSpooler::open(root + "/tmp"));
  world->snapshots_ = TRY(OverlaySnapshots::open(root, *world->blobs_, world->hasher_, world->archives_));
  world->volumes_ = TRY(LinuxVolumes::open(root));
  // Now, not at the first container: whoever starts the daemon can do something about it.
  TRY(probe_overlay(root + "/snapshots"));
  world->files_ = TRY(FanotifyWatch::open(*world->snapshots_));
  world->processes_ = TRY(LinuxProcesses::open(root, spawner));
  world->processes_->set_init_program(neighbour("strates-init"));
  world->networks_ = TRY(LinuxNetworks::open(root));
  std::vector<SnapshotKey> running;
  for (const auto& id : TRY(world->processes_->alive())) running.emplace_back(id.str());
  TRY(world->snapshots_->forget_stale_mounts(running));
  world->machine_ = read_machine_info(root, world->processes_->facts().cgroups);
  return world;
}

engine::World LinuxWorld::world() {
  engine::World out{"linux", clock_, random_, monitor_, alarm_, hasher_, *blobs_, *metadata_, archives_, *spooler_, *snapshots_, *volumes_, *files_, *processes_, *networks_, machine_};
  out.compressor = &compressor_;
  out.tasks = &tasks_;
  return out;
}

}  // namespace strates::linux_world
