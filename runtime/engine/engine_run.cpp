// The life of a container's first process: start and exit.
#include <algorithm>

#include "engine/engine_impl.hpp"
#include "engine/environment.hpp"
#include "engine/init_entries.hpp"
#include "engine/log_settings.hpp"
#include "engine/user_lookup.hpp"

namespace strates::engine {

namespace {

constexpr std::uint64_t kAccountFileLimit = 1 << 20;

NetworkMode network_mode(const std::string& mode) {
  if (mode == "host") return NetworkMode::Host;
  if (is_container_mode(mode)) return NetworkMode::Container;
  return mode == "none" ? NetworkMode::None : NetworkMode::Bridge;
}

// runc's sentence inside containerd's inside Docker's: what people search the web for.
Error start_error(const Error& error) {
  if (!error.code.starts_with("process.")) return error;
  Error out = error;
  out.kind = error.code == "process.setup" ? ErrorKind::Internal : ErrorKind::Invalid;
  constexpr std::string_view kRunc = "failed to create shim task: OCI runtime create failed: runc create failed: ";
  // Docker itself reads a profile, runc compiles it and looks at the settings before it has a process.
  if (error.code == "process.profile") out.wire = error.cause;
  else if (error.code == "process.seccomp" || error.code == "process.sysctl") out.wire = std::string(kRunc) + error.cause + ": unknown";
  else out.wire = std::string(kRunc) + "unable to start container process: " + error.cause + ": unknown";
  if (error.code == "process.mount")
    out.wire += ": Are you trying to mount a directory onto a file (or vice-versa)? Check if the specified host path exists and is the expected type";
  return out;
}

int start_exit_code(const Error& error) {
  if (error.code == "process.not-found") return 127;
  if (error.code == "process.permission") return 126;
  return 128;
}

}  // namespace

Result<void> EngineImpl::start(const std::string& name) {
  const Locked lock(world_.monitor);
  const Entry entry = TRY(find(name));
  return start_entry(entry, 0);
}

Result<void> EngineImpl::start_entry(const Entry& entry, OpId parent, StartedBy by) {
  Result<void> result;
  std::vector<std::shared_ptr<Waiter>> failed_waiters;
  {
    const Working working(*this, entry);
    if (!containers_.contains(entry->data.id.str()))
      return docker_error(ErrorKind::NotFound, "container.not-found", "No such container: " + entry->data.id.str());
    if (entry->data.state.paused)
      return docker_error(ErrorKind::Conflict, "container.paused", "cannot start a paused container, try unpause instead");
    // A container that waits for its restart counts as running: the policy starts it, not somebody's hand.
    if (entry->data.state.status == Status::Running || (entry->data.state.status == Status::Restarting && by == StartedBy::Hand)) {
      Error already = make_error(ErrorKind::NotModified, "container.running", "start", entry->data.name, "it runs already");
      return already;
    }
    if (by == StartedBy::Hand) {
      entry->data.restart_count = 0;
      entry->backoff = RestartBackoff{};
      entry->data.stopped_by_hand = false;
      entry->restart_cancelled = false;
    }
    Operation op(tracer_, "container.start", entry->data.name, parent);
    entry->run_op = tracer_.begin("container.run", entry->data.name, op.id());
    entry->starting = true;
    const auto started = launch(entry, op);
    entry->starting = false;
    ContainerState& state = entry->data.state;
    if (started.ok()) {
      state.status = Status::Running;
      state.pid = started.value().host_pid;
      state.exit_code = 0;
      state.oom_killed = false;
      state.error.clear();
      state.started_at = world_.clock.now();
      entry->process.live = true;
      begin_health(entry);
      result = save(entry->data);
      op.emit(event::Container(event::ContainerStarted{entry->data.id}));
      if (state.health) op.emit(event::Container(event::HealthChanged{entry->data.id, std::string(to_string(state.health->status))}));
      op.finish();
      flush_input(entry->data.id, ExecId(), entry->process);
    } else {
      const Error error = start_error(started.error());
      state.exit_code = start_exit_code(error);
      state.error = error.message();
      if (state.status == Status::Restarting) state.status = Status::Exited;
      ignore(save(entry->data));
      tracer_.fail(entry->run_op, error);
      op.fail(error);
      // Whoever waits learns that nothing will come.
      for (auto& listener : std::exchange(entry->process.listeners, {})) listener->sink->ended();
      entry->process.input = PendingInput{};
      failed_waiters = std::exchange(entry->waiters, {});
      result = error;
    }
  }
  for (const auto& waiter : failed_waiters) waiter->complete(WaitReply{entry->data.state.exit_code, ""});
  if (!result.ok() && entry->data.host.auto_remove && containers_.contains(entry->data.id.str())) ignore(remove_entry(entry, Force::Yes, 0, WithVolumes::Yes));
  if (result.ok() && entry->early_exit) {
    const ExitStatus status = *std::exchange(entry->early_exit, std::nullopt);
    handle_exit(entry, status);
  }
  return result;
}

// From a prepared snapshot to an executed process; on failure nothing of it is left.
Result<RunningProcess> EngineImpl::launch(const Entry& entry, Operation& op) {
  ContainerSpec others;
  TRY(join_others(entry->data, others));
  // Here and not at create, as Docker: a client takes a create that answers 404 for a missing image.
  const SandboxSpec sandbox = TRY(occupy_networks(entry));
  bool told = false;
  auto started = launch_in(entry, sandbox, others, op, told);
  if (!started.ok()) {
    const auto left = vacate_networks(entry->data);
    for (const auto& fact : left)
      if (told) op.emit(event::Container(fact));
  }
  publish_names();
  return started;
}

Result<RunningProcess> EngineImpl::launch_in(const Entry& entry, const SandboxSpec& sandbox, const ContainerSpec& others, Operation& op, bool& told) {
  const Container container = entry->data;
  const SnapshotKey key(container.id.str());
  const auto free_ports = [&](Error error) {
    world_.networks.let_go(container.id);
    return error;
  };
  auto mount = world_.snapshots.mount(key);
  if (!mount.ok()) return free_ports(std::move(mount).error());
  const MountedSnapshot mounted = std::move(mount).value();
  entry->mounted = true;
  if (auto volumes = mount_volumes(container); !volumes.ok()) {
    ignore(world_.snapshots.unmount(key));
    entry->mounted = false;
    return free_ports(std::move(volumes).error());
  }
  auto mounts = mounts_of(container);
  auto files = name_files(container);
  const auto variables = link_variables(container);
  publish_names();
  const Calling call(world_.monitor);
  op.emit(event::Container(event::OverlayMounted{container.id, mounted.lower, mounted.upper, mounted.work, mounted.merged, "index=off,metacopy=off,redirect_dir=off"}));
  const auto run = [&]() -> Result<RunningProcess> {
    ContainerSpec spec = TRY(container_spec(container, mounted.merged, variables));
    spec.mounts = TRY(std::move(mounts));
    spec.files = std::move(files);
    // Docker mounts no file of its own over one of the user's.
    std::erase_if(spec.files, [&](const ProvidedFile& file) {
      return std::any_of(spec.mounts.begin(), spec.mounts.end(), [&](const ContainerMount& one) { return one.destination == file.path; });
    });
    spec.apart.ipc = others.apart.ipc;
    spec.apart.pid = others.apart.pid;
    if (spec.network == NetworkMode::Container) spec.network_place = others.network_place;
    if (spec.network == NetworkMode::Bridge && sandbox.interfaces.empty()) spec.network = NetworkMode::None;
    if (spec.network == NetworkMode::Bridge) spec.network_place = TRY(world_.networks.open(sandbox, op.emitter()));
    tell_joined(container, op.id());
    tell_mounted(container, op.id());
    told = true;
    if (tracer_.listened()) {
      const auto armed = world_.files.arm(container.id, key, container.layers, tracer_.emitter(entry->run_op));
      if (armed.ok()) spec.before_exec = [this, id = container.id](std::int64_t pid) { ignore(world_.files.enter(id, pid)); };
    }
    auto process = TRY(world_.processes.start(spec, op.emitter()));
    if (spec.network == NetworkMode::Bridge || spec.network == NetworkMode::None) world_.networks.entered(container.id, process.host_pid);
    return process;
  };
  auto started = run();
  if (!started.ok()) {
    world_.files.disarm(container.id);
    world_.processes.release(container.id);
    world_.networks.close(container.id, op.emitter());
    for (auto& fact : unmount_volumes(container))
      if (told) op.emit(std::move(fact));
    ignore(world_.snapshots.unmount(key));
    entry->mounted = false;
    op.emit(event::Container(event::OverlayUnmounted{container.id, mounted.merged}));
  }
  return started;
}

Result<std::string> EngineImpl::read_container_file(const SnapshotKey& key, std::string_view path) {
  const auto editor = TRY(world_.snapshots.edit(key));
  const auto meta = TRY(editor->stat(path, TreeEditor::Follow::Yes));
  if (!meta || meta->type != image::EntryType::File) return std::string();
  return editor->read(path, kAccountFileLimit);
}

Result<ProcessSpec> EngineImpl::process_spec(const Container& container, const Program& program) {
  const SnapshotKey key(container.id.str());
  const std::string group_file = TRY(read_container_file(key, "/etc/group"));
  const ResolvedUser who = TRY(resolve_user(program.user, TRY(read_container_file(key, "/etc/passwd")), group_file));
  ProcessSpec spec;
  spec.args = program.args;
  spec.cwd = program.cwd.empty() ? "/" : program.cwd;
  spec.tty = program.tty;
  spec.uid = who.uid;
  spec.gid = who.gid;
  // Its own group is one of them (Docker since 20.10.18, CVE-2022-36109).
  spec.groups = {who.gid};
  const auto joins = [&](std::uint32_t group) {
    if (std::find(spec.groups.begin(), spec.groups.end(), group) == spec.groups.end()) spec.groups.push_back(group);
  };
  for (const auto group : who.groups) joins(group);
  for (const auto& group : container.host.isolation.group_add) joins(TRY(resolve_group(group, group_file)));
  spec.env = {std::string(kDefaultPath), "HOSTNAME=" + container.config.hostname};
  if (program.tty) spec.env.emplace_back("TERM=xterm");
  spec.env.insert(spec.env.end(), program.links.begin(), program.links.end());
  merge_environment(spec.env, container.config.env.value_or(image::StringList{}));
  merge_environment(spec.env, program.env);
  if (std::none_of(spec.env.begin(), spec.env.end(), [](const std::string& variable) { return variable.starts_with("HOME="); }))
    spec.env.push_back("HOME=" + who.home);
  spec.privileged = container.host.privileged;
  return spec;
}

Result<ContainerSpec> EngineImpl::container_spec(const Container& container, const std::string& root, std::vector<std::string> links) {
  ContainerSpec spec;
  spec.id = container.id;
  spec.snapshot = SnapshotKey(container.id.str());
  spec.root = root;
  spec.hostname = container.config.hostname;
  spec.domainname = container.config.domainname;
  spec.network = network_mode(container.host.network_mode);
  Program program{{container.path}, container.config.user, container.config.working_dir, std::move(links), {}, container.config.tty};
  program.args.insert(program.args.end(), container.args.begin(), container.args.end());
  spec.process = TRY(process_spec(container, program));
  spec.process.open_stdin = container.config.open_stdin;
  spec.process.rows = container.host.console_rows;
  spec.process.columns = container.host.console_columns;
  if (spec.process.cwd != "/") {
    const auto editor = TRY(world_.snapshots.edit(spec.snapshot));
    const auto there = TRY(editor->stat(spec.process.cwd, TreeEditor::Follow::Yes));
    if (there && there->type != image::EntryType::Directory)
      return docker_error(ErrorKind::Invalid, "container.workdir", "Cannot mkdir: " + spec.process.cwd + " is not a directory");
    if (!there) TRY(editor->make_directory(spec.process.cwd, {.type = image::EntryType::Directory, .mode = 0755, .mtime = build_time()}));
  }
  TRY(confine(container, spec));
  spec.readonly_root = container.host.readonly_root;
  spec.shm_bytes = container.host.shm_size;
  spec.log = TRY(log_keeping(container.host.log));
  return spec;
}

void EngineImpl::complete(std::vector<std::shared_ptr<Waiter>>& waiters, const std::function<bool(WaitCondition)>& which, const WaitReply& reply) {
  std::vector<std::shared_ptr<Waiter>> due;
  for (const auto& waiter : waiters)
    if (which(waiter->condition)) due.push_back(waiter);
  std::erase_if(waiters, [&](const auto& waiter) { return which(waiter->condition); });
  for (const auto& waiter : due) waiter->complete(reply);
}

std::vector<event::Volume> EngineImpl::release_run(const Entry& entry) {
  const ContainerId id = entry->data.id;
  const Calling call(world_.monitor);
  world_.files.disarm(id);
  if (!entry->releases_late) world_.processes.release(id);
  world_.networks.close(id, tracer_.emitter(entry->run_op));
  if (!std::exchange(entry->mounted, false)) return {};
  auto facts = unmount_volumes(entry->data);
  const auto paths = world_.snapshots.paths(SnapshotKey(id.str()));
  if (world_.snapshots.unmount(SnapshotKey(id.str())).ok() && paths.ok())
    tracer_.emit(entry->run_op, event::Container(event::OverlayUnmounted{id, paths.value().merged}));
  return facts;
}

void EngineImpl::handle_exit(const Entry& entry, const ExitStatus& status) {
  entry->process.live = false;
  end_health(entry);
  const auto unmounted = release_run(entry);
  ContainerState& state = entry->data.state;
  const bool again = wants_restart(entry, status);
  state.status = again ? Status::Restarting : Status::Exited;
  state.paused = false;
  state.pid = 0;
  state.exit_code = status.code;
  state.oom_killed = status.oom_killed;
  state.finished_at = status.at != 0 ? status.at : world_.clock.now();
  entry->process.input = PendingInput{};
  if (again) ++entry->data.restart_count;
  const auto left = vacate_networks(entry->data);
  ignore(save(entry->data));
  publish_names();
  tracer_.emit(entry->run_op, event::Container(event::ProcessExited{entry->data.id, "", status.code, status.signal}));
  if (status.oom_killed) tracer_.emit(entry->run_op, event::Container(event::OutOfMemory{entry->data.id}));
  tracer_.emit(entry->run_op, event::Container(event::ContainerStopped{entry->data.id, status.code, status.oom_killed}));
  for (const auto& fact : left) tracer_.emit(entry->run_op, event::Container(fact));
  for (const auto& fact : unmounted) tracer_.emit(entry->run_op, fact);
  if (again) schedule_restart(entry);
  tracer_.finish(entry->run_op, "exit code " + std::to_string(status.code));
  for (const auto& [id, exec] : std::map(execs_))
    if (exec->data.container == entry->data.id && exec->data.running) finish_exec(exec, ExitStatus{.code = 137, .signal = 9, .oom_killed = false, .at = status.at});
  for (auto& listener : std::exchange(entry->process.listeners, {})) listener->sink->ended();
  complete(entry->waiters, [](WaitCondition condition) { return condition != WaitCondition::Removed; }, WaitReply{status.code, ""});
  world_.monitor.notify();
  if (entry->data.host.auto_remove && !entry->data.removing && !entry->being_restarted) ignore(remove_entry(entry, Force::Yes, 0, WithVolumes::Yes));
}

void EngineImpl::exited(const ContainerId& container, const ExecId& exec, const ExitStatus& status) {
  const Locked lock(world_.monitor);
  if (!exec.empty()) {
    const auto found = execs_.find(exec.str());
    if (found == execs_.end()) return;
    if (found->second->starting) found->second->early_exit = status;
    else finish_exec(found->second, status);
    world_.monitor.notify();
    return;
  }
  const auto found = containers_.find(container.str());
  if (found == containers_.end()) return;
  const Entry entry = found->second;
  // start() has not written down that it runs: it looks here when it has.
  if (entry->starting || entry->data.state.status != Status::Running) entry->early_exit = status;
  else handle_exit(entry, status);
}

Result<ProcessTable> EngineImpl::top(const std::string& name, const std::vector<std::string>& ps_options) {
  const Locked lock(world_.monitor);
  const Entry entry = TRY(find_running(name));
  const auto read = [&] {
    const Calling call(world_.monitor);
    return world_.processes.table(entry->data.id, ps_options);
  };
  ProcessTable table = TRY(read());
  act(entry, "top");
  return table;
}

Result<void> EngineImpl::resize(const std::string& name, std::uint16_t rows, std::uint16_t columns) {
  const Locked lock(world_.monitor);
  const Entry entry = TRY(find(name));
  if (!entry->process.live)
    return docker_error(ErrorKind::Conflict, "container.not-running", "Container " + entry->data.id.str() + " is not running");
  {
    const Calling call(world_.monitor);
    TRY(world_.processes.resize(entry->data.id, ExecId(), rows, columns));
  }
  act(entry, "resize", {{"height", std::to_string(rows)}, {"width", std::to_string(columns)}});
  return {};
}

}  // namespace strates::engine
