// `docker exec`: further processes inside a running container.
#include "base/strings.hpp"
#include "engine/engine_impl.hpp"
#include "engine/host_rules.hpp"

namespace strates::engine {

namespace {

constexpr Nanos kExecKept = 300 * kSecond;

// Docker's: the program, a blank, its arguments.
std::string shown_command(const ExecInstance& exec) {
  const auto& command = exec.command;
  return command.front() + " " + join(std::vector<std::string>(command.begin() + 1, command.end()), " ");
}

// An attachment of somebody who does not listen.
class Detached final : public Attachment {
 public:
  Result<void> write(std::string_view) override { return {}; }
  void close_stdin() override {}
};

// What is frozen can neither run a program nor wait for one. `shown`: Docker says the name that it was given.
Result<void> check_not_paused(const std::shared_ptr<ContainerEntry>& entry, const std::string& shown) {
  if (!entry->data.state.paused) return {};
  return docker_error(ErrorKind::Conflict, "container.paused", "Container " + shown + " is paused, unpause the container before exec");
}

}  // namespace

Result<EngineImpl::Exec> EngineImpl::find_exec(const ExecId& id) const {
  const auto found = execs_.find(id.str());
  if (found == execs_.end()) return docker_error(ErrorKind::NotFound, "exec.not-found", "No such exec instance: " + id.str());
  return found->second;
}

EngineImpl::Exec EngineImpl::make_exec(const Entry& entry, const ExecRequest& request) {
  auto exec = std::make_shared<ExecEntry>();
  exec->data = {.id = ExecId(random_id()), .container = entry->data.id, .command = request.command, .env = request.env, .user = request.user,
                .working_dir = request.working_dir, .tty = request.tty, .attach_stdin = request.attach_stdin, .attach_stdout = request.attach_stdout,
                .attach_stderr = request.attach_stderr, .privileged = request.privileged, .detach_keys = request.detach_keys};
  execs_[exec->data.id.str()] = exec;
  act(entry, "exec_create: " + shown_command(exec->data), {{"execID", exec->data.id.str()}});
  return exec;
}

Result<ExecId> EngineImpl::exec_create(const std::string& container, const ExecRequest& request) {
  const Locked lock(world_.monitor);
  const Entry entry = TRY(find(container));
  TRY(check_runs(entry));
  TRY(check_not_paused(entry, container));
  if (request.command.empty()) return docker_error(ErrorKind::Invalid, "exec.no-command", "No exec command specified");
  return make_exec(entry, request)->data.id;
}

Result<std::unique_ptr<Attachment>> EngineImpl::exec_start(const ExecId& id, std::shared_ptr<OutputSink> sink, std::uint16_t rows, std::uint16_t columns) {
  const Locked lock(world_.monitor);
  const Exec exec = TRY(find_exec(id));
  if (exec->data.started) return docker_error(ErrorKind::Conflict, "exec.started", "Error: Exec command " + id.str() + " has already run");
  const Entry entry = TRY(find(exec->data.container.str()));
  TRY(check_runs(entry));
  TRY(check_not_paused(entry, entry->data.id.str()));
  auto listener = std::make_shared<Listener>(Listener{sink, exec->data.attach_stdout, exec->data.attach_stderr});
  if (sink != nullptr) exec->process.listeners.push_back(listener);
  TRY(start_exec(exec, entry, rows, columns));
  if (sink == nullptr) return std::unique_ptr<Attachment>(std::make_unique<Detached>());
  return make_attachment(entry->data.id, id, std::move(listener), exec->data.attach_stdin);
}

// The container runs. On failure nobody listens any more, and the exec has its exit code.
Result<void> EngineImpl::start_exec(const Exec& exec, const Entry& entry, std::uint16_t rows, std::uint16_t columns) {
  const ExecId id = exec->data.id;
  Operation op(tracer_, "container.exec", entry->data.name);
  act(entry, "exec_start: " + shown_command(exec->data), {{"execID", id.str()}}, op.id());
  exec->starting = true;
  exec->data.started = true;
  const Container container = entry->data;
  const auto or_own = [](const std::string& asked, const std::string& own) { return asked.empty() ? own : asked; };
  const Program program{exec->data.command, or_own(exec->data.user, container.config.user), or_own(exec->data.working_dir, container.config.working_dir),
                        link_variables(container), exec->data.env, exec->data.tty};
  Result<RunningProcess> started = RunningProcess{};
  {
    const Calling call(world_.monitor);
    auto spec = process_spec(container, program);
    if (spec.ok() && !spec.value().cwd.starts_with('/')) {
      started = docker_error(ErrorKind::Invalid, "exec.cwd", "OCI runtime exec failed: exec failed: Cwd must be an absolute path: unknown");
    } else if (spec.ok()) {
      spec.value().open_stdin = exec->data.attach_stdin;
      spec.value().rows = rows;
      spec.value().columns = columns;
      spec.value().privileged = exec->data.privileged;
      // An exec has what its container's first process has (Docker takes the container's own process and changes that).
      const auto& isolation = container.host.isolation;
      spec.value().confinement = parse_security_options(isolation.security_opt).value_or(Confinement{});
      if (container.host.privileged) spec.value().confinement.seccomp = SeccompMode::Unconfined;
      spec.value().confinement.ulimits = isolation.ulimits;
      spec.value().confinement.oom_score_adj = isolation.oom_score_adj;
      started = world_.processes.exec(container.id, id, spec.value(), op.emitter());
    } else {
      started = spec.error();
    }
  }
  exec->starting = false;
  if (!started.ok()) {
    Error error = started.error();
    if (error.code.starts_with("process.")) {
      error.kind = ErrorKind::Invalid;
      error.wire = "OCI runtime exec failed: exec failed: unable to start container process: " + error.cause + ": unknown";
    }
    exec->data.exit_code = 126;  // also for a program that is not there, which `run` tells with 127
    exec->process.listeners.clear();
    forget_exec_later(id);
    op.fail(error);
    return error;
  }
  exec->data.running = true;
  exec->data.pid = started.value().host_pid;
  exec->process.live = true;
  op.finish();
  flush_input(container.id, id, exec->process);
  if (exec->early_exit) {
    const ExitStatus status = *std::exchange(exec->early_exit, std::nullopt);
    finish_exec(exec, status);
  }
  return {};
}

// An exec that ended can be asked about for a while, as in Docker (execCommandGC), and is then forgotten: a health check makes thousands.
void EngineImpl::forget_exec_later(const ExecId& id) {
  agenda_.plan(world_.clock.now() + kExecKept, [this, id] { execs_.erase(id.str()); });
}

void EngineImpl::finish_exec(const Exec& exec, const ExitStatus& status) {
  exec->data.running = false;
  exec->data.exit_code = status.code;
  exec->data.pid = 0;
  exec->process.live = false;
  const auto found = containers_.find(exec->data.container.str());
  tracer_.emit(found == containers_.end() ? 0 : found->second->run_op,
               event::Container(event::ProcessExited{exec->data.container, exec->data.id.str(), status.code, status.signal}));
  for (auto& listener : std::exchange(exec->process.listeners, {})) listener->sink->ended();
  if (const auto on_end = std::exchange(exec->on_end, nullptr)) on_end(status);
  else forget_exec_later(exec->data.id);
  world_.monitor.notify();
}

Result<ExecInstance> EngineImpl::exec(const ExecId& id) {
  const Locked lock(world_.monitor);
  return TRY(find_exec(id))->data;
}

Result<void> EngineImpl::exec_resize(const ExecId& id, std::uint16_t rows, std::uint16_t columns) {
  const Locked lock(world_.monitor);
  const Exec exec = TRY(find_exec(id));
  if (!exec->process.live) return docker_error(ErrorKind::Conflict, "exec.not-running", "Exec " + id.str() + " is not running");
  const Calling call(world_.monitor);
  return world_.processes.resize(exec->data.container, id, rows, columns);
}

}  // namespace strates::engine
