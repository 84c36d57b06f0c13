// `docker pause`, `unpause`, `update`, `stats`: what is done to a container that runs, besides signals.
#include "engine/engine_impl.hpp"
#include "engine/host_rules.hpp"

namespace strates::engine {

namespace {

// Only what was given replaces what was (Docker Engine, container/container_unix.go, UpdateContainer).
Result<Limits> merged(Limits limits, const UpdateRequest& change) {
  const Limits& given = change.limits;
  const auto refuse = [](std::string sentence) { return docker_error(ErrorKind::Conflict, "container.limits", std::move(sentence)); };
  // One way to say how much processor time, not two.
  if (given.nano_cpus > 0 && limits.cpu_period > 0) return refuse("Conflicting options: Nano CPUs cannot be updated as CPU Period has already been set");
  if (given.nano_cpus > 0 && limits.cpu_quota > 0) return refuse("Conflicting options: Nano CPUs cannot be updated as CPU Quota has already been set");
  if (given.cpu_quota > 0 && limits.nano_cpus > 0) return refuse("Conflicting options: CPU Quota cannot be updated as NanoCPUs has already been set");
  if (given.cpu_period > 0 && limits.nano_cpus > 0) return refuse("Conflicting options: CPU Period cannot be updated as NanoCPUs has already been set");
  for (const auto member : {&Limits::nano_cpus, &Limits::cpu_shares, &Limits::cpu_period, &Limits::cpu_quota, &Limits::blkio_weight, &Limits::memory_reservation,
                            &Limits::kernel_memory})
    if (given.*member != 0) limits.*member = given.*member;
  for (const auto member : {&Limits::cpuset_cpus, &Limits::cpuset_mems})
    if (!(given.*member).empty()) limits.*member = given.*member;
  if (given.memory != 0) {
    // Memory alone may not outgrow the swap that was set with it.
    if (given.memory > limits.memory_swap && given.memory_swap == 0)
      return refuse("Memory limit should be smaller than already set memoryswap limit, update the memoryswap at the same time");
    limits.memory = given.memory;
  }
  if (given.memory_swap != 0) limits.memory_swap = given.memory_swap;
  if (change.pids_set) limits.pids = given.pids > 0 ? given.pids : -1;
  return limits;
}

}  // namespace

Result<EngineImpl::Entry> EngineImpl::find_running(const std::string& name) const {
  const Entry entry = TRY(find(name));
  TRY(check_runs(entry));
  return entry;
}

Result<void> EngineImpl::thaw(const Entry& entry) {
  if (!entry->data.state.paused) return {};
  {
    const Calling call(world_.monitor);
    TRY(world_.processes.unpause(entry->data.id));
  }
  entry->data.state.paused = false;
  if (entry->data.state.status == Status::Running) resume_health(entry);
  tracer_.emit(entry->run_op, event::Container(event::ContainerUnpaused{entry->data.id}));
  return save(entry->data);
}

Result<void> EngineImpl::pause(const std::string& name) {
  const Locked lock(world_.monitor);
  const Entry entry = TRY(find_running(name));
  const Working working(*this, entry);
  TRY(find_running(entry->data.id.str()));
  if (entry->data.state.paused) return docker_error(ErrorKind::Conflict, "container.paused", "Container " + entry->data.id.str() + " is already paused");
  Operation op(tracer_, "container.pause", entry->data.name);
  Result<void> done;
  {
    const Calling call(world_.monitor);
    done = world_.processes.pause(entry->data.id);
  }
  if (done.ok()) {
    entry->data.state.paused = true;
    end_health(entry);  // what is frozen is not checked (Docker Engine, updateHealthMonitor)
    done = save(entry->data);
    op.emit(event::Container(event::ContainerPaused{entry->data.id}));
  } else {
    Error error = std::move(done).error();
    error.wire = "Cannot pause container " + entry->data.id.str() + ": " + error.cause;
    done = std::move(error);
  }
  return op.ends(std::move(done));
}

Result<void> EngineImpl::unpause(const std::string& name) {
  const Locked lock(world_.monitor);
  const Entry entry = TRY(find(name));
  const Working working(*this, entry);
  if (!entry->data.state.paused) return docker_error(ErrorKind::Conflict, "container.not-paused", "Container " + entry->data.id.str() + " is not paused");
  Operation op(tracer_, "container.unpause", entry->data.name);
  Result<void> done;
  {
    const Calling call(world_.monitor);
    done = world_.processes.unpause(entry->data.id);
  }
  if (done.ok()) {
    entry->data.state.paused = false;
    if (entry->data.state.status == Status::Running) resume_health(entry);
    done = save(entry->data);
    op.emit(event::Container(event::ContainerUnpaused{entry->data.id}));
  }
  return op.ends(std::move(done));
}

// As Docker Engine, daemon/update.go: all checks, then the limits of what runs, then the record with limits and policy. Nothing is undone.
Result<std::vector<std::string>> EngineImpl::update(const std::string& name, const UpdateRequest& request) {
  const Locked lock(world_.monitor);
  const Entry entry = TRY(find(name));
  const Working working(*this, entry);
  TRY(find(entry->data.id.str()));  // removed while we waited
  std::vector<std::string> warnings;
  UpdateRequest settled = request;
  if (request.restart) TRY(validate_restart(*request.restart, false));
  TRY(settle_limits(settled.limits, world_.machine, ForUpdate::Yes, warnings));
  const auto failed = [&](const Error& cause) {
    Error error = cause;
    error.wire = "Cannot update container " + entry->data.id.str() + ": " + (cause.wire.empty() ? cause.cause : cause.wire);
    return error;
  };
  if (entry->data.removing)
    return failed(docker_error(ErrorKind::Conflict, "container.removing", "Container is marked for removal and cannot be \"update\"."));
  auto limits = merged(entry->data.host.limits, settled);
  if (!limits.ok()) return failed(limits.error());
  if (request.restart && entry->data.host.auto_remove && !request.restart->none())
    return failed(docker_error(ErrorKind::Conflict, "container.update", "Restart policy cannot be updated because AutoRemove is enabled for the container"));
  Operation op(tracer_, "container.update", entry->data.name);
  const bool limited = settled.changes_limits();
  if (limited && entry->data.state.status == Status::Running) {
    Result<void> done;
    {
      const Calling call(world_.monitor);
      done = world_.processes.update(entry->data.id, limits.value(), op.emitter());
    }
    // One that ended meanwhile has the new limits at its next start.
    if (!done.ok() && entry->data.state.status == Status::Running) return op.ends(Result<std::vector<std::string>>(failed(done.error())));
  }
  Container changed = entry->data;
  changed.host.limits = std::move(limits).value();
  if (request.restart) changed.host.restart = *request.restart;
  if (auto saved = save(changed); !saved.ok()) return op.ends(Result<std::vector<std::string>>(saved.error()));
  entry->data.host = std::move(changed.host);
  if (limited) op.emit(event::Container(event::ContainerUpdated{entry->data.id}));
  else act(entry, "update", {}, op.id());
  op.finish();
  return warnings;
}

Result<Statistics> EngineImpl::statistics(const std::string& name) {
  const Locked lock(world_.monitor);
  const Entry entry = TRY(find_running(name));
  const Calling call(world_.monitor);
  return world_.processes.statistics(entry->data.id);
}

}  // namespace strates::engine
