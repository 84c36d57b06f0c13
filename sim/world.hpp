// The simulated world: every port of the engine, in memory, deterministic, without privilege.
//
// Not thread-safe at all: reference counts are plain numbers. Whoever has threads (the daemon) holds one lock around every call into a world,
// callbacks included. The same options and the same calls give the same bytes, on every machine.
#pragma once

#include <memory>

#include "sim/process/sim_processes.hpp"
#include "sim/seeded_random.hpp"
#include "sim/sim_alarm.hpp"
#include "sim/sim_blobs.hpp"
#include "sim/sim_clock.hpp"
#include "sim/sim_file_watch.hpp"
#include "sim/sim_metadata.hpp"
#include "sim/sim_monitor.hpp"
#include "sim/sim_networks.hpp"
#include "sim/sim_snapshots.hpp"
#include "sim/sim_spooler.hpp"
#include "sim/sim_volumes.hpp"

namespace strates::sim {

engine::MachineInfo default_machine();

struct SimOptions {
  std::uint64_t seed = 1;
  Nanos start_time = 1'700'000'000 * kSecond;
  engine::MachineInfo machine = default_machine();
  Decompress decompress;  // none: only plain layers come in
  std::uint64_t most_steps_per_wait = 20'000'000;
};

// What is kept of a moment: values that share what they have in common. Running processes are not in it: a world is kept while none runs.
struct SavedWorld {
  SnapshotsState snapshots;
  BlobsState blobs;
  MetadataState metadata;
  Nanos now = 0;
  std::uint64_t random = 0;
};

class SimWorld {
 public:
  // Both outlive the world.
  SimWorld(SimOptions options, engine::Hasher& hasher, engine::ArchiveReader& archives);

  // References into this object: it must outlive the engine. Another monitor replaces the one that jumps (the daemon's, with threads).
  engine::World world() { return world(monitor_); }
  engine::World world(engine::Monitor& monitor);

  // --- for whoever drives time: run_ready; sleep until next_timer on its own clock; advance_to; again.
  // Takes steps until every process waits, at most `most`; each takes kStepTime. True when there is more to run.
  bool run_ready(std::uint64_t most);
  std::optional<Nanos> next_timer() { return scheduler_.next_timer(); }
  void advance_to(Nanos at) { clock_.advance_to(at); }

  SavedWorld save();
  void restore(const SavedWorld& saved);

  SimClock& clock() { return clock_; }
  SimSnapshots& snapshots() { return snapshots_; }
  SimProcesses& processes() { return processes_; }
  SimBlobs& blobs() { return blobs_; }

 private:
  engine::Hasher& hasher_;
  engine::ArchiveReader& archives_;
  engine::MachineInfo machine_;
  SimClock clock_;
  SeededRandom random_;
  SimBlobs blobs_;
  SimMetadata metadata_;
  SimSpooler spooler_;
  SnapshotStore store_;
  SimSnapshots snapshots_;
  SimVolumes volumes_;
  SimFileWatch files_;
  SimNetworks networks_;
  SimProcesses processes_;
  SimAlarm alarm_;
  TimedScheduler scheduler_;
  SimMonitor monitor_;
};

}  // namespace strates::sim
