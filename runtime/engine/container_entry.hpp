// A container while the engine runs: its record, who listens to it, who waits for it. Guarded by the engine's lock unless noted.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "engine/agenda.hpp"
#include "engine/engine.hpp"
#include "engine/restart.hpp"

namespace strates::engine {

// Somebody who gets a process's output. The engine drops its reference when the process ends or the client detaches.
struct Listener {
  std::shared_ptr<OutputSink> sink;
  bool out = true, err = true;
};
using Listeners = std::vector<std::shared_ptr<Listener>>;

// A promise to call back once. Cancelled and called under its own mutex, so that after cancelling no call is in flight; recursive, because a
// callback may drop its own subscription.
struct Waiter {
  WaitCondition condition = WaitCondition::NotRunning;
  std::function<void(WaitReply)> done;
  std::recursive_mutex mutex;

  void complete(const WaitReply& reply) {
    const std::lock_guard guard(mutex);
    if (!done) return;
    const auto call = std::exchange(done, nullptr);
    call(reply);
  }
  void cancel() {
    const std::lock_guard guard(mutex);
    done = nullptr;
  }
};

// Input that came before the process: kept for it, bounded.
struct PendingInput {
  static constexpr size_t kLimit = 1 << 20;
  std::string bytes;
  bool ended = false;
};

struct ProcessEntry {
  Listeners listeners;
  PendingInput input;
  bool live = false;  // the port has a process
};

struct ContainerEntry {
  Container data;
  ProcessEntry process;
  bool busy = false;      // one operation at a time (start, stop's bookkeeping, remove, commit)
  bool starting = false;  // an exit seen meanwhile waits in early_exit
  std::optional<ExitStatus> early_exit;
  bool mounted = false;
  bool releases_late = false;  // a build's: what its process had of the machine goes with it, or when the builder keeps it
  std::vector<std::shared_ptr<Waiter>> waiters;
  OpId run_op = 0;  // spans the life of the first process
  // --- restarts (engine_restart.cpp)
  RestartBackoff backoff;
  Agenda::Ticket restart_at;       // none: no restart is planned
  bool restart_cancelled = false;  // a kill since the last start by hand: whatever the policy says
  bool being_restarted = false;    // `docker restart`: --rm does not apply to this exit
  // --- health (engine_health.cpp)
  Agenda::Ticket probe_at, probe_deadline;
  ExecId probe;  // the one that runs
};

struct ExecEntry {
  ExecInstance data;
  ProcessEntry process;
  std::optional<ExitStatus> early_exit;
  bool starting = false;
  std::function<void(const ExitStatus&)> on_end;  // the engine's own (a health check): called once, locked
};

}  // namespace strates::engine
