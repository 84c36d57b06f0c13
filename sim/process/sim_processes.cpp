#include "sim/process/sim_processes.hpp"

#include "base/strings.hpp"
#include "engine/host_rules.hpp"
#include "sim/process/confinement.hpp"
#include "sim/process/loader.hpp"
#include "sim/process/read_only_vfs.hpp"
#include "sim/process/signals.hpp"
#include "sim/process/start_facts.hpp"

namespace strates::sim {

namespace {

Error gone(const ContainerId& id) {
  return make_error(ErrorKind::NotFound, "process.gone", "find process", short_id(id.str()), "no process of this container runs");
}

Error start_error(ErrorKind kind, std::string_view code, std::string_view object, std::string cause) {
  return make_error(kind, code, "start process", object, cause);
}

// As Go's exec.LookPath finds and words it: that is what runc prints.
Result<std::string> look_up(Process& self, const std::string& name) {
  const std::string quoted = "exec: " + go_quote(name) + ": ";
  if (name.find('/') == std::string::npos) {
    if (!name.empty())
      if (auto found = find_in_path(self, name, self.variable("PATH").value_or(""))) return *found;
    return start_error(ErrorKind::NotFound, "process.not-found", name, quoted + "executable file not found in $PATH");
  }
  const auto stat = self.vfs().stat(self.absolute(name));
  if (!stat.ok()) {
    const std::string cause = to_lower(errno_text(errno_of(stat.error())));
    if (errno_of(stat.error()) == Errno::AccessDenied) return start_error(ErrorKind::Forbidden, "process.permission", name, quoted + cause);
    return start_error(ErrorKind::NotFound, "process.not-found", name, quoted + "stat " + name + ": " + cause);
  }
  if (!is_executable(self, name)) return start_error(ErrorKind::Forbidden, "process.permission", name, quoted + "permission denied");
  return name;
}

}  // namespace

SimProcesses::~SimProcesses() = default;

SimProcesses::Container* SimProcesses::running(const ContainerId& id) {
  const auto found = containers_.find(id);
  return found == containers_.end() || !found->second.running ? nullptr : &found->second;
}

Result<SimProcesses::Console*> SimProcesses::console(const ContainerId& id, const ExecId& exec) {
  Container* container = running(id);
  if (container == nullptr) return gone(id);
  const auto found = container->consoles.find(exec);
  if (found == container->consoles.end()) return gone(id);
  return &found->second;
}

void SimProcesses::wrote(const ContainerId& id, const ExecId& exec, engine::StdStream stream, std::string_view bytes) {
  const Nanos now = clock_.now();
  if (exec.empty()) containers_[id].log.add({stream, now, std::string(bytes)});
  notices_.push_back({id, exec, stream, now, std::string(bytes), std::nullopt});
}

void SimProcesses::ended(const ContainerId& id, const Process& process, const engine::ExitStatus& status) {
  Container& container = containers_[id];
  for (auto it = container.consoles.begin(); it != container.consoles.end(); ++it) {
    if (it->second.pid != process.pid) continue;
    notices_.push_back({id, it->first, engine::StdStream::Out, status.at, {}, status});
    if (it->first.empty()) container.running = false;
    container.consoles.erase(it);
    return;
  }
}

void SimProcesses::connect(Container& container, Process& process, const ContainerId& id, const ExecId& exec, const engine::ProcessSpec& spec) {
  Console& console = container.consoles[exec];
  console.pid = process.pid;
  console.open_stdin = spec.open_stdin;
  if (spec.tty) {
    ContainerKernel* kernel = container.kernel.get();
    console.terminal = std::make_shared<Terminal>(
        [this, id, exec](std::string_view bytes) { wrote(id, exec, engine::StdStream::Out, bytes); }, [](int) {});
    console.terminal->on_interrupt([kernel, terminal = console.terminal.get()](int signal) { kernel->signal_group(terminal->foreground, signal); });
    console.terminal->foreground = process.group;
    if (spec.rows != 0) console.terminal->rows = spec.rows;
    if (spec.columns != 0) console.terminal->columns = spec.columns;
    process.terminal = console.terminal;
    for (const int descriptor : {0, 1, 2}) process.files[descriptor] = console.terminal;
    return;
  }
  if (spec.open_stdin) {
    console.input = std::make_shared<InputFile>();
    process.files[0] = console.input;
  } else {
    process.files[0] = std::make_shared<DeviceFile>(Device::Null);
  }
  for (const auto stream : {engine::StdStream::Out, engine::StdStream::Err})
    process.files[static_cast<int>(stream)] =
        std::make_shared<OutputFile>([this, id, exec, stream](std::string_view bytes) { wrote(id, exec, stream, bytes); });
}

Result<engine::RunningProcess> SimProcesses::launch(Container& container, const ContainerId& id, const ExecId& exec, const engine::ProcessSpec& spec) {
  Process& process = container.kernel->create();
  process.env = spec.env;
  process.who = {spec.uid, spec.gid, spec.groups};
  process.cwd = clean_path(spec.cwd.empty() ? "/" : spec.cwd);
  process.vfs().act_as(process.who);

  const auto prepare = [&]() -> Result<void> {
    if (spec.args.empty()) return start_error(ErrorKind::Invalid, "process.setup", short_id(id.str()), "no command");
    const auto directory = process.vfs().stat(process.cwd);
    const bool is_directory = directory.ok() && directory.value().meta.type == image::EntryType::Directory;
    if (!is_directory) {
      const std::string why = directory.ok() ? "not a directory" : to_lower(errno_text(errno_of(directory.error())));
      return start_error(ErrorKind::Invalid, "process.cwd", process.cwd,
                         "chdir to cwd (" + go_quote(process.cwd) + ") set in config.json failed: " + why);
    }
    const std::string path = TRY(look_up(process, spec.args.front()));
    auto loaded = load_program(process, path, spec.args);
    if (loaded.ok()) {
      process.program = std::move(loaded.value().program);
      process.args = std::move(loaded.value().args);
      return {};
    }
    // Too late for an error: runc has started the container, and says it on its standard error.
    std::string why = to_lower(errno_text(errno_of(loaded.error())));
    process.program = make_refusal("exec " + path + ": " + why, 1);
    process.args = spec.args;
    return {};
  };
  if (auto ready = prepare(); !ready.ok()) {
    container.kernel->discard(process);
    return std::move(ready).error();
  }
  connect(container, process, id, exec, spec);
  return engine::RunningProcess{process.host_pid, process.pid};
}

Result<engine::RunningProcess> SimProcesses::start(const engine::ContainerSpec& spec, const Emit& emit) {
  if (running(spec.id) != nullptr) return make_error(ErrorKind::Conflict, "process.setup", "start process", short_id(spec.id.str()), "it runs already");
  TRY(check_confinement(spec));
  auto vfs = TRY(files_.open_vfs(spec.snapshot.str()));
  for (const auto& mount : spec.mounts) {
    auto attached = attach_mount(files_, *vfs, spec.snapshot.str(), mount);
    if (attached.ok()) continue;
    files_.drop_provided(spec.snapshot.str());
    return std::move(attached).error();
  }
  for (const auto& file : spec.files) {
    if (auto provided = files_.provide_file(spec.snapshot.str(), file.path, file.content); !provided.ok()) {
      files_.drop_provided(spec.snapshot.str());
      return std::move(provided).error();
    }
  }
  if (spec.readonly_root) vfs = make_read_only(std::move(vfs), spec.files, spec.mounts);

  KernelOptions options;
  options.hostname = spec.network == engine::NetworkMode::Host && spec.hostname.empty() ? "strates" : spec.hostname;
  options.domainname = spec.domainname;
  options.host_network = spec.network == engine::NetworkMode::Host;
  options.networks = &networks_;
  options.sandbox = spec.network == engine::NetworkMode::Container ? ContainerId(spec.network_place) : spec.id;
  if (spec.limits.pids > 0) options.most_processes = spec.limits.pids;
  if (!spec.limits.cpuset_cpus.empty()) options.cpus = static_cast<std::int64_t>(engine::parse_number_list(spec.limits.cpuset_cpus).value_or({0}).size());
  options.capabilities = engine::capability_bits(spec.capabilities);
  options.no_new_privileges = spec.process.confinement.no_new_privileges;
  options.ulimits = spec.process.confinement.ulimits;
  options.next_host_pid = [this] { return ++last_host_pid_; };
  options.root_ended = [this, id = spec.id](const Process& process, const engine::ExitStatus& status) { ended(id, process, status); };

  Container& container = containers_[spec.id];
  if (container.kernel) leaving_.push_back(std::move(container.kernel));
  container.kernel = std::make_unique<ContainerKernel>(std::move(vfs), clock_, hasher_, std::move(options));
  container.consoles.clear();
  container.snapshot = spec.snapshot.str();
  container.log.keep(spec.log);
  auto launched = launch(container, spec.id, ExecId(), spec.process);
  if (!launched.ok()) {
    container.kernel.reset();
    files_.drop_provided(spec.snapshot.str());
    if (container.log.empty()) containers_.erase(spec.id);
    return launched;
  }
  container.running = true;
  container.paused = false;
  container.limits = spec.limits;
  files_.set_processes(container.snapshot, [this, id = spec.id] { return proc_entries(id); });
  emit_start_facts(spec, launched.value(), emit);
  if (spec.before_exec) spec.before_exec(launched.value().host_pid);
  return launched;
}

Result<engine::RunningProcess> SimProcesses::exec(const ContainerId& id, const ExecId& exec, const engine::ProcessSpec& spec, const Emit& emit) {
  Container* container = running(id);
  if (container == nullptr) return gone(id);
  auto launched = launch(*container, id, exec, spec);
  if (launched.ok()) emit_exec_facts(id, exec, spec, launched.value(), emit);
  return launched;
}

Result<void> SimProcesses::signal(const ContainerId& id, int number) {
  Container* container = running(id);
  if (container == nullptr) return gone(id);
  if (number < 0 || number > kSignals)
    return make_error(ErrorKind::Invalid, "process.signal", "send signal", std::to_string(number), "there is no such signal");
  if (Process* init = container->kernel->find(1)) container->kernel->signal_process(*init, number, ContainerKernel::From::Outside);
  return {};
}

Result<void> SimProcesses::signal_exec(const ContainerId& id, const ExecId& exec, int number) {
  const Console* at = TRY(console(id, exec));
  Container& container = *running(id);
  if (Process* process = container.kernel->find(at->pid)) container.kernel->signal_process(*process, number, ContainerKernel::From::Outside);
  return {};
}

Result<void> SimProcesses::write_stdin(const ContainerId& id, const ExecId& exec, std::string_view bytes) {
  Console* at = TRY(console(id, exec));
  if (!at->open_stdin) return make_error(ErrorKind::Conflict, "process.no-stdin", "write standard input", short_id(id.str()), "standard input is not open");
  if (at->terminal) at->terminal->type(bytes);
  else at->input->push(bytes);
  return {};
}

Result<void> SimProcesses::close_stdin(const ContainerId& id, const ExecId& exec) {
  Console* at = TRY(console(id, exec));
  if (at->terminal) at->terminal->hang_up_input();
  else if (at->input) at->input->close();
  return {};
}

Result<void> SimProcesses::resize(const ContainerId& id, const ExecId& exec, std::uint16_t rows, std::uint16_t columns) {
  Console* at = TRY(console(id, exec));
  if (!at->terminal) return make_error(ErrorKind::Conflict, "process.no-tty", "resize terminal", short_id(id.str()), "the process has no terminal");
  at->terminal->rows = rows;
  at->terminal->columns = columns;
  running(id)->kernel->signal_group(at->terminal->foreground, kSigWinch);
  return {};
}

Result<void> SimProcesses::read_log(const ContainerId& id, const std::function<bool(const engine::LogRecord&)>& each) {
  const auto found = containers_.find(id);
  if (found == containers_.end()) return {};
  const auto records = found->second.log.records();  // it may grow while they are told
  for (const auto& record : records)
    if (!each(record)) break;
  return {};
}

std::string SimProcesses::log_path(const ContainerId& id) { return "/sim/containers/" + id.str() + "/" + id.str() + "-json.log"; }

Result<void> SimProcesses::replace_file(const ContainerId& id, const engine::ProvidedFile& file) {
  const Container* container = running(id);
  if (container == nullptr) return gone(id);
  return files_.provide_file(container->snapshot, file.path, file.content);
}

Result<std::vector<engine::ProcessRow>> SimProcesses::list(const ContainerId& id) {
  Container* container = running(id);
  if (container == nullptr) return gone(id);
  std::vector<engine::ProcessRow> rows;
  for (Process* process : container->kernel->all()) {
    Process* parent = container->kernel->find(process->parent);
    rows.push_back({process->host_pid, parent ? parent->host_pid : 1, process->who.uid == 0 ? "root" : std::to_string(process->who.uid),
                    process->ended ? "[" + base_name(process->args.empty() ? "" : process->args.front()) + "] <defunct>" : join(process->args, " ")});
  }
  return rows;
}

Result<engine::ProcessTable> SimProcesses::table(const ContainerId& id, const std::vector<std::string>& ps_options) {
  if (!ps_options.empty() && join(ps_options, " ") != "-ef")
    return make_error(ErrorKind::NotImplemented, "process.ps", "list processes with", join(ps_options, " "), "the simulator has the columns of -ef only", "leave the options out");
  engine::ProcessTable table{{"UID", "PID", "PPID", "C", "STIME", "TTY", "TIME", "CMD"}, {}};
  Container* container = running(id);
  for (const auto& row : TRY(list(id))) {
    Process* process = nullptr;
    for (Process* one : container->kernel->all())
      if (one->host_pid == row.pid) process = one;
    const bool tty = process != nullptr && process->terminal != nullptr;
    const std::string started = process == nullptr ? "00:00" : rfc3339(process->started_at).substr(11, 5);
    table.rows.push_back({row.user, std::to_string(row.pid), std::to_string(row.ppid), "0", started, tty ? "pts/0" : "?", "00:00:00", row.command});
  }
  return table;
}

Result<void> SimProcesses::pause(const ContainerId& id) {
  Container* container = running(id);
  if (container == nullptr) return gone(id);
  container->paused = true;
  return {};
}

Result<void> SimProcesses::unpause(const ContainerId& id) {
  Container* container = running(id);
  if (container == nullptr) return gone(id);
  container->paused = false;
  return {};
}

bool SimProcesses::paused(const ContainerId& id) {
  const Container* container = running(id);
  return container != nullptr && container->paused;
}

Result<void> SimProcesses::update(const ContainerId& id, const engine::Limits& limits, const Emit& emit) {
  Container* container = running(id);
  if (container == nullptr) return gone(id);
  container->limits = limits;
  container->kernel->set_most_processes(limits.pids > 0 ? limits.pids : KernelOptions{}.most_processes);
  emit_limits(id, limits, emit);
  return {};
}

Result<engine::Statistics> SimProcesses::statistics(const ContainerId& id) {
  Container* container = running(id);
  if (container == nullptr) return gone(id);
  engine::Statistics read;
  read.read_at = clock_.now();
  read.pids = container->kernel->process_count();
  read.pids_limit = std::max<std::int64_t>(0, container->limits.pids);
  read.online_cpus = kMachineCpus;
  read.memory_limit = container->limits.memory > 0 ? container->limits.memory : kMachineMemory;
  return read;
}

std::vector<ProcEntry> SimProcesses::proc_entries(const ContainerId& id) {
  std::vector<ProcEntry> entries;
  Container* container = running(id);
  if (container == nullptr || !container->kernel) return entries;
  for (Process* process : container->kernel->all())
    entries.push_back({process->pid, process->parent, process->who.uid, process->who.gid, process->ended ? 'Z' : process->stopped ? 'T' : 'S', process->args,
                       container->kernel->options().capabilities, container->kernel->options().no_new_privileges});
  return entries;
}

void SimProcesses::release(const ContainerId& id) {
  const auto found = containers_.find(id);
  if (found == containers_.end()) return;
  Container& container = found->second;
  if (container.kernel) leaving_.push_back(std::move(container.kernel));
  container.consoles.clear();
  container.running = false;
  files_.drop_provided(container.snapshot);
  if (!stepping_) leaving_.clear();
}

void SimProcesses::forget(const ContainerId& id) {
  release(id);
  containers_.erase(id);
}

Result<std::vector<engine::Survivor>> SimProcesses::recover(const std::vector<ContainerId>&) { return std::vector<engine::Survivor>{}; }

bool SimProcesses::deliver() {
  if (notices_.empty()) return false;
  while (!notices_.empty()) {
    const Notice notice = std::move(notices_.front());
    notices_.pop_front();
    if (observer_ == nullptr) continue;
    if (notice.exit) observer_->exited(notice.container, notice.exec, *notice.exit);
    else observer_->output(notice.container, notice.exec, notice.stream, notice.at, notice.bytes);
  }
  return true;
}

bool SimProcesses::step() {
  // An observer that waits asks for steps while it is told something: what is left is told first, in order.
  if (deliver()) return true;
  if (!stepping_) leaving_.clear();
  const bool outermost = !stepping_;
  stepping_ = true;
  bool moved = false;
  std::vector<ContainerId> order;
  for (auto it = containers_.upper_bound(cursor_); it != containers_.end(); ++it) order.push_back(it->first);
  for (auto it = containers_.begin(); it != containers_.upper_bound(cursor_); ++it) order.push_back(it->first);
  for (const ContainerId& id : order) {
    Container* container = running(id);
    if (container == nullptr || container->paused || !container->kernel->step()) continue;
    cursor_ = id;
    moved = true;
    break;
  }
  stepping_ = !outermost;
  return deliver() || moved;
}

std::optional<Nanos> SimProcesses::next_timer() {
  std::optional<Nanos> first;
  for (const auto& [id, container] : containers_) {
    if (!container.running || container.paused) continue;
    const auto timer = container.kernel->next_timer();
    if (timer && (!first || *timer < *first)) first = timer;
  }
  return first;
}

}  // namespace strates::sim
