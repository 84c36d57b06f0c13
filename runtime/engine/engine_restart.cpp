// What happens to a container by its restart policy: after an exit, and when the daemon starts.
#include <algorithm>

#include "engine/engine_impl.hpp"

namespace strates::engine {

namespace {

// A restart that meets another operation on its container looks again after this.
constexpr Nanos kLookAgain = kSecond / 100;

}  // namespace

bool EngineImpl::wants_restart(const Entry& entry, const ExitStatus& status) {
  const Container& data = entry->data;
  if (data.host.restart.none() || closed_ || recovering_) return false;
  if (entry->restart_cancelled || entry->being_restarted || data.removing) return false;
  const Nanos ended = status.at != 0 ? status.at : world_.clock.now();
  entry->backoff.next(ended - data.state.started_at);
  return should_restart(data.host.restart, {.exit_code = status.code, .restarts = data.restart_count, .stopped_by_hand = data.stopped_by_hand});
}

void EngineImpl::schedule_restart(const Entry& entry) {
  const Nanos pause = entry->backoff.pause;
  tracer_.emit(entry->run_op, event::Container(event::RestartScheduled{entry->data.id, entry->data.restart_count, pause}));
  entry->restart_at = agenda_.plan(world_.clock.now() + pause, [this, id = entry->data.id] { restart_now(id); });
}

void EngineImpl::restart_now(const ContainerId& id) {
  const auto found = containers_.find(id.str());
  if (found == containers_.end()) return;
  const Entry entry = found->second;
  entry->restart_at = {};
  if (entry->data.state.status != Status::Restarting || entry->data.removing) return;
  if (entry->busy) {
    entry->restart_at = agenda_.plan(world_.clock.now() + kLookAgain, [this, id] { restart_now(id); });
    return;
  }
  // A start that fails says so in the container's state and in the trace; as in Docker there is no further attempt.
  ignore(start_entry(entry, 0, StartedBy::Policy));
  world_.monitor.notify();
}

// Nobody wants the restart that was planned: the container is what it would be without its policy.
void EngineImpl::settle_restarting(const Entry& entry) {
  agenda_.cancel(entry->restart_at);
  entry->data.state.status = Status::Exited;
  ignore(save(entry->data));
  complete(entry->waiters, [](WaitCondition condition) { return condition != WaitCondition::Removed; }, WaitReply{entry->data.state.exit_code, ""});
  world_.monitor.notify();
}

// Containers that did not outlive the last daemon and whose policy wants them back (Docker Engine, daemon.restore).
void EngineImpl::start_after_boot() {
  std::vector<Entry> due;
  for (const auto& [id, entry] : containers_) {
    const Container& data = entry->data;
    if (data.state.running() || data.state.started_at == 0 || data.intermediate) continue;
    if (should_restart(data.host.restart, {.exit_code = data.state.exit_code, .restarts = data.restart_count, .stopped_by_hand = data.stopped_by_hand}))
      due.push_back(entry);
  }
  std::sort(due.begin(), due.end(), [](const Entry& a, const Entry& b) { return a->data.created < b->data.created; });
  for (const auto& entry : due) ignore(start_entry(entry, 0));
}

}  // namespace strates::engine
