// Health checks: a command run in the container at an interval, and what its results say (Docker Engine, daemon/health.go).
#include <algorithm>

#include "build/go_duration.hpp"
#include "engine/engine_impl.hpp"

namespace strates::engine {

namespace {

constexpr Nanos kDefaultInterval = 30 * kSecond, kDefaultTimeout = 30 * kSecond;
constexpr int kDefaultRetries = 3;
constexpr size_t kKeptResults = 5, kKeptOutput = 4096;
// From SIGTERM to SIGKILL for a probe that took too long.
constexpr Nanos kTermPatience = 10 * kSecond;
constexpr int kTerminate = 15, kKill = 9;

// The command of the check; empty: none.
std::vector<std::string> probe_command(const image::RunConfig& config) {
  if (!config.healthcheck || config.healthcheck->test.size() < 2) return {};
  const auto& test = config.healthcheck->test;
  std::vector<std::string> command;
  if (test.front() == "CMD-SHELL") command = config.shell && !config.shell->empty() ? *config.shell : std::vector<std::string>{"/bin/sh", "-c"};
  else if (test.front() != "CMD") return {};
  command.insert(command.end(), test.begin() + 1, test.end());
  return command;
}

Nanos or_default(Nanos value, Nanos fallback) { return value == 0 ? fallback : value; }

// What a probe says: its beginning.
class ProbeOutput final : public OutputSink {
 public:
  void output(StdStream, Nanos, std::string_view bytes) override {
    const std::lock_guard guard(mutex_);
    const size_t room = kKeptOutput - text_.size();
    text_.append(bytes.substr(0, room));
    cut_ = cut_ || bytes.size() > room;
  }
  void ended() override {}
  std::string text() {
    const std::lock_guard guard(mutex_);
    return cut_ ? text_ + "..." : text_;
  }

 private:
  std::mutex mutex_;
  std::string text_;
  bool cut_ = false;
};

}  // namespace

// At a start: from the beginning, but the results of earlier runs stay to be read.
void EngineImpl::begin_health(const Entry& entry) {
  auto& health = entry->data.state.health;
  if (probe_command(entry->data.config).empty()) {
    health.reset();
    return;
  }
  if (!health) health.emplace();
  health->status = HealthStatus::Starting;
  health->failing_streak = 0;
  plan_probe(entry);
}

// A container that outlived the daemon goes on where it was.
void EngineImpl::resume_health(const Entry& entry) {
  if (probe_command(entry->data.config).empty()) return;
  if (!entry->data.state.health) entry->data.state.health.emplace();
  plan_probe(entry);
}

// Nobody looks any more: Docker calls that unhealthy, and tells no event of it (Docker Engine, container/health.go, CloseMonitorChannel).
void EngineImpl::end_health(const Entry& entry) {
  agenda_.cancel(entry->probe_at);
  agenda_.cancel(entry->probe_deadline);
  entry->probe = ExecId();
  if (entry->data.state.health) entry->data.state.health->status = HealthStatus::Unhealthy;
}

void EngineImpl::plan_probe(const Entry& entry) {
  agenda_.cancel(entry->probe_at);
  const Nanos interval = or_default(entry->data.config.healthcheck->interval, kDefaultInterval);
  entry->probe_at = agenda_.plan(world_.clock.now() + interval, [this, id = entry->data.id] { probe(id); });
}

void EngineImpl::probe(const ContainerId& id) {
  const auto found = containers_.find(id.str());
  if (found == containers_.end()) return;
  const Entry entry = found->second;
  entry->probe_at = {};
  if (entry->data.state.status != Status::Running || entry->data.removing) return;
  ExecRequest request;
  request.command = probe_command(entry->data.config);
  request.attach_stdout = request.attach_stderr = true;
  const Nanos start = world_.clock.now();
  const Nanos timeout = or_default(entry->data.config.healthcheck->timeout, kDefaultTimeout);
  const auto output = std::make_shared<ProbeOutput>();
  const Exec exec = make_exec(entry, request);
  const ExecId probe_id = exec->data.id;
  entry->probe = probe_id;
  exec->process.listeners.push_back(std::make_shared<Listener>(Listener{output, true, true}));

  // It ended: in time, after its time, or with its container.
  const auto late = std::make_shared<bool>(false);
  exec->on_end = [this, entry, probe_id, output, start, late](const ExitStatus& status) {
    execs_.erase(probe_id.str());
    if (entry->probe != probe_id) return;
    agenda_.cancel(entry->probe_deadline);
    entry->probe = ExecId();
    if (!*late) judge(entry, {start, world_.clock.now(), status.code, output->text()});
    plan_probe(entry);
  };
  entry->probe_deadline = agenda_.plan(start + timeout, [this, entry, probe_id, start, timeout, late] {
    entry->probe_deadline = {};
    if (entry->probe != probe_id) return;
    *late = true;
    judge(entry, {start, world_.clock.now(), -1, "Health check exceeded timeout (" + build::go_duration(timeout) + ")"});
    end_probe(entry->data.id, probe_id, kTerminate);
    // The next check waits for the end of this one: dying probes do not pile up.
    entry->probe_deadline = agenda_.plan(world_.clock.now() + kTermPatience, [this, entry, probe_id] {
      entry->probe_deadline = {};
      if (entry->probe == probe_id) end_probe(entry->data.id, probe_id, kKill);
    });
  });
  const auto started = start_exec(exec, entry, 0, 0);
  if (started.ok()) return;
  execs_.erase(probe_id.str());
  if (entry->probe != probe_id) return;  // the container ended meanwhile
  agenda_.cancel(entry->probe_deadline);
  entry->probe = ExecId();
  if (entry->data.state.status != Status::Running) return;
  if (!*late) judge(entry, {start, world_.clock.now(), -1, started.error().message()});
  plan_probe(entry);
}

void EngineImpl::end_probe(const ContainerId& container, const ExecId& exec, int number) {
  const Calling call(world_.monitor);
  ignore(world_.processes.signal_exec(container, exec, number));
}

void EngineImpl::judge(const Entry& entry, HealthResult result) {
  if (!entry->data.state.health) return;
  Health& health = *entry->data.state.health;
  const auto& check = *entry->data.config.healthcheck;
  const HealthStatus before = health.status;
  if (result.exit_code == 0) {
    health.failing_streak = 0;
    health.status = HealthStatus::Healthy;
  } else if (health.status != HealthStatus::Starting || result.start - entry->data.state.started_at >= check.start_period) {
    ++health.failing_streak;
    if (health.failing_streak >= (check.retries > 0 ? check.retries : kDefaultRetries)) health.status = HealthStatus::Unhealthy;
  }  // otherwise it is still starting, and may fail
  tracer_.emit(entry->run_op, event::Container(event::HealthProbed{entry->data.id, result.exit_code, health.failing_streak, result.output}));
  health.log.push_back(std::move(result));
  if (health.log.size() > kKeptResults) health.log.erase(health.log.begin());
  if (health.status != before) {
    ignore(save(entry->data));
    tracer_.emit(entry->run_op, event::Container(event::HealthChanged{entry->data.id, std::string(to_string(health.status))}));
  }
  world_.monitor.notify();
}

}  // namespace strates::engine
