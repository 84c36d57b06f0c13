// Stopping, killing and restarting containers by hand (Docker Engine, daemon/stop.go, kill.go, restart.go).
#include "engine/engine_impl.hpp"
#include "engine/signals.hpp"

namespace strates::engine {

namespace {

constexpr int kDefaultStopSeconds = 10;
constexpr int kKill = 9, kTerminate = 15;

int stop_seconds(const Container& container, std::optional<int> asked) { return asked.value_or(container.config.stop_timeout.value_or(kDefaultStopSeconds)); }

}  // namespace

void EngineImpl::act(const Entry& entry, std::string action, std::vector<event::Attribute> attributes, OpId op) {
  tracer_.emit(op, event::Container(event::ContainerAction{entry->data.id, std::move(action), std::move(attributes)}));
}

std::vector<event::Attribute> EngineImpl::labels_of(const image::RunConfig& config) {
  std::vector<event::Attribute> out;
  for (const auto& [key, value] : config.labels.value_or(std::map<std::string, std::string>{})) out.push_back({key, value});
  return out;
}

Result<void> EngineImpl::check_runs(const Entry& entry) const {
  const std::string id = entry->data.id.str();
  if (entry->data.state.status == Status::Restarting)
    return docker_error(ErrorKind::Conflict, "container.restarting", "Container " + id + " is restarting, wait until the container is running");
  if (entry->data.state.status != Status::Running) return docker_error(ErrorKind::Conflict, "container.not-running", "Container " + id + " is not running");
  return {};
}

// As Docker's killWithSignal: whoever sends a signal by hand does not want the container started again when it ends of it. A signal that is not the
// one that stops it says nothing about that, when the container names one.
Result<void> EngineImpl::send_signal(const Entry& entry, int number) {
  const ContainerId id = entry->data.id;
  const auto stop_signal = parse_signal(entry->data.config.stop_signal);
  const bool ends = !stop_signal || *stop_signal == number || number == kKill;
  if (ends) entry->restart_cancelled = true;
  entry->data.stopped_by_hand = true;
  ignore(save(entry->data));
  if (entry->data.state.status == Status::Restarting) {
    if (entry->restart_cancelled) settle_restarting(entry);
    return {};
  }
  tracer_.emit(entry->run_op, event::Container(event::SignalSent{id, number}));
  {
    const Calling call(world_.monitor);
    TRY(world_.processes.signal(id, number));
  }
  return ends ? thaw(entry) : success();  // what is frozen does not hear a signal
}

// Signal, patience, SIGKILL. seconds below zero: no limit. Every step may find that it ended meanwhile.
Result<void> EngineImpl::stop_entry(const Entry& entry, int seconds, int signal) {
  const auto ended = [&] { return !entry->data.state.running(); };
  const auto settled = [&] { return !entry->starting; };
  world_.monitor.wait(settled, 0);  // a restart under way comes first: there is nobody to send a signal to yet
  const auto deadline = [&](int count) { return count < 0 ? Nanos{0} : world_.clock.now() + count * kSecond; };
  if (ended()) return {};
  ignore(send_signal(entry, signal));
  if (signal != kKill) {
    if (world_.monitor.wait(ended, deadline(seconds))) return {};
    ignore(send_signal(entry, kKill));
  }
  if (world_.monitor.wait(ended, deadline(kDefaultStopSeconds))) return {};
  return docker_error(ErrorKind::Internal, "container.stuck", "cannot stop container: " + entry->data.name + ": tried to kill container, but did not receive an exit event");
}

Result<void> EngineImpl::stop(const std::string& name, std::optional<int> seconds, const std::string& signal) {
  const Locked lock(world_.monitor);
  const Entry entry = TRY(find(name));
  if (!entry->data.state.running()) return make_error(ErrorKind::NotModified, "container.stopped", "stop", name, "it does not run");
  const std::string wanted = !signal.empty() ? signal : entry->data.config.stop_signal;
  const auto number = wanted.empty() ? std::optional<int>(kTerminate) : parse_signal(wanted);
  if (!number) return docker_error(ErrorKind::Invalid, "signal.unknown", "Invalid signal: " + wanted);
  Operation op(tracer_, "container.stop", entry->data.name);
  auto stopped = stop_entry(entry, stop_seconds(entry->data, seconds), *number);
  if (stopped.ok()) act(entry, "stop", {}, op.id());
  return op.ends(std::move(stopped));
}

Result<void> EngineImpl::restart(const std::string& name, std::optional<int> seconds) {
  const Locked lock(world_.monitor);
  const Entry entry = TRY(find(name));
  const auto run = [&]() -> Result<void> {
    if (entry->data.state.running()) {
      const auto number = parse_signal(entry->data.config.stop_signal).value_or(kTerminate);
      TRY(stop_entry(entry, stop_seconds(entry->data, seconds), number));
      act(entry, "stop");
    }
    return start_entry(entry, 0);
  };
  Operation op(tracer_, "container.restart", entry->data.name);
  entry->being_restarted = true;
  auto done = run();
  entry->being_restarted = false;
  if (done.ok()) act(entry, "restart", {}, op.id());
  if (done.ok()) return op.ends(std::move(done));
  Error error = op.ends(std::move(done)).error();
  error.wire = "Cannot restart container " + name + ": " + error.message();
  return error;
}

Result<void> EngineImpl::kill(const std::string& name, const std::string& signal) {
  const Locked lock(world_.monitor);
  const auto number = signal.empty() ? std::optional<int>(kKill) : parse_signal(signal);
  if (!number) return docker_error(ErrorKind::Invalid, "signal.unknown", "Invalid signal: " + signal);
  const auto refuse = [&](ErrorKind kind, std::string_view code, const std::string& why) {
    return docker_error(kind, code, "Cannot kill container: " + name + ": " + why);
  };
  const auto found = find(name);
  if (!found.ok()) return refuse(found.error().kind, found.error().code, found.error().message());
  const Entry& entry = found.value();
  if (!is_signal(*number)) return refuse(ErrorKind::Internal, "signal.unknown", "The linux daemon does not support signal " + std::to_string(*number));
  if (!entry->data.state.running()) return refuse(ErrorKind::Conflict, "container.not-running", "Container " + entry->data.id.str() + " is not running");
  if (*number == kKill) return stop_entry(entry, 0, kKill);
  auto sent = send_signal(entry, *number);
  // It ended between our look and the signal: as Docker, that is no failure.
  if (!sent.ok() && sent.error().code == "process.gone") return {};
  return sent;
}

}  // namespace strates::engine
