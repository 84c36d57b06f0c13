#include "sim/world.hpp"

#include "sim/process/machine.hpp"

namespace strates::sim {

engine::MachineInfo default_machine() {
  engine::MachineInfo machine;
  machine.kernel_version = kKernelRelease;
  machine.operating_system = "Strates simulator";
  machine.architecture = kMachineName;
  machine.hostname = "strates-sim";
  machine.cpus = 2;
  machine.memory = std::int64_t{4} << 30;
  machine.cgroup_version = "2";
  machine.storage_driver = "overlay2";
  machine.root_directory = "/sim";
  return machine;
}

SimWorld::SimWorld(SimOptions options, engine::Hasher& hasher, engine::ArchiveReader& archives)
    : hasher_(hasher),
      archives_(archives),
      machine_(std::move(options.machine)),
      clock_(options.start_time),
      random_(options.seed),
      blobs_(hasher),
      store_(clock_),
      snapshots_(store_, blobs_, hasher, archives, std::move(options.decompress)),
      volumes_(store_),
      files_(store_),
      processes_(snapshots_, clock_, hasher, networks_),
      alarm_(clock_),
      scheduler_(alarm_, processes_),
      monitor_(scheduler_, clock_, options.most_steps_per_wait) {}

engine::World SimWorld::world(engine::Monitor& monitor) {
  return {"sim", clock_, random_, monitor, alarm_, hasher_, blobs_, metadata_, archives_, spooler_, snapshots_, volumes_, files_, processes_, networks_, machine_};
}

bool SimWorld::run_ready(std::uint64_t most) {
  for (; most > 0; --most) {
    if (!scheduler_.step()) return false;
    clock_.advance(kStepTime);
  }
  return true;
}

SavedWorld SimWorld::save() {
  SavedWorld saved{store_.state(), blobs_.state(), metadata_.state(), clock_.peek(), random_.state()};
  for (auto& [key, snapshot] : saved.snapshots.snapshots) snapshot.run.reset();  // a run's /dev and processes are not kept
  return saved;
}

void SimWorld::restore(const SavedWorld& saved) {
  store_.state() = saved.snapshots;
  blobs_.state() = saved.blobs;
  metadata_.state() = saved.metadata;
  clock_.restore(saved.now);
  random_.restore(saved.random);
}

}  // namespace strates::sim
