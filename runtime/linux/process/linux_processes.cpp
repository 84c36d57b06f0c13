#include "linux/process/linux_processes.hpp"

#include <dirent.h>
#include <sched.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>

#include "base/strings.hpp"
#include "linux/cgroup/cgroup_dir.hpp"
#include "linux/process/exit_record.hpp"
#include "linux/process/host_devices.hpp"
#include "linux/process/log_file.hpp"
#include "linux/process/process_list.hpp"
#include "linux/process/small_file.hpp"
#include "linux/process/start_facts.hpp"

namespace strates::linux_world {

namespace {

constexpr Nanos kEndTimeout = 10 * kSecond;
constexpr int kHelloTimeout = 5000;  // milliseconds

// Identifiers become names of directories.
Result<void> check_name(const std::string& name) {
  const auto fine = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' || c == '.'; };
  if (!name.empty() && name.size() <= 128 && name.front() != '.' && std::all_of(name.begin(), name.end(), fine)) return success();
  return make_error(ErrorKind::Invalid, "process.setup", "start process", name, "not a container identifier");
}

Error setup_error(Error error) {
  if (error.code.rfind("process.", 0) == 0 || !error.wire.empty()) return error;
  error.kind = ErrorKind::Internal;
  error.code = "process.setup";
  return error;
}

struct Handshake {
  std::int64_t host_pid = 0;
  UniqueFd pidfd;
  std::vector<std::uint32_t> skipped;
};

// Until Started or Failed; `ready` when the process waits before exec.
Result<Handshake> shake_hands(MessageSocket& monitor, const std::function<void(const frame::Ready&)>& ready) {
  for (;;) {
    Message message = TRY(monitor.receive());
    if (message.bytes.empty()) return make_error(ErrorKind::Internal, "process.setup", "start process", "monitor", "it ended early");
    Frame frame = TRY(decode_frame(message.bytes));
    if (auto* failed = std::get_if<frame::Failed>(&frame)) {
      // It has nothing left when it hangs up.
      ignore(monitor.receive());
      return std::move(failed->error);
    }
    if (const auto* waiting = std::get_if<frame::Ready>(&frame)) {
      ready(*waiting);
      TRY(monitor.send(encode_frame(frame::Continue{})));
    } else if (auto* started = std::get_if<frame::Started>(&frame)) {
      if (message.descriptors.empty()) return make_error(ErrorKind::Internal, "process.message", "start process", "monitor", "no pidfd");
      return Handshake{started->host_pid, std::move(message.descriptors.front()), std::move(started->skipped)};
    }
  }
}

using Directory = Handle<DIR*, static_cast<DIR*>(nullptr), ::closedir>;

Result<std::vector<std::string>> names_in(const std::string& path) {
  const Directory directory(::opendir(path.c_str()));
  if (!directory) return system_error("list", path, errno);
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(directory.get()))
    if (entry->d_name[0] != '.') names.emplace_back(entry->d_name);
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

// ------------------------------------------------------------------------------------------------------------------------- open, close

LinuxProcesses::LinuxProcesses(std::string root, Spawner& spawner, MachineFacts facts) : root_(std::move(root)), spawner_(spawner), facts_(std::move(facts)) {}

Result<std::unique_ptr<LinuxProcesses>> LinuxProcesses::open(const std::string& root, Spawner& spawner) {
  MachineFacts facts;
  facts.cgroups = TRY(detect_cgroup_layout());
  facts.bounding = TRY(capabilities_of("self", "CapBnd"));
  return open(root, spawner, std::move(facts));
}

Result<std::unique_ptr<LinuxProcesses>> LinuxProcesses::open(const std::string& root, Spawner& spawner, MachineFacts facts) {
  for (const auto* name : {"/run", "/containers"}) TRY(ensure_directory(root + name, 0700));
  return std::unique_ptr<LinuxProcesses>(new LinuxProcesses(root, spawner, std::move(facts)));
}

LinuxProcesses::~LinuxProcesses() {
  std::vector<std::unique_ptr<Reader>> readers;
  {
    const std::lock_guard lock(mutex_);
    readers = std::move(readers_);
  }
  for (const auto& reader : readers) reader->link->hang_up();
  for (const auto& reader : readers) reader->thread.join();
}

void LinuxProcesses::set_observer(engine::ProcessObserver* observer) { observer_.set(observer); }

std::string LinuxProcesses::run_directory(const ContainerId& id) const { return root_ + "/run/" + id.str(); }
std::string LinuxProcesses::container_directory(const ContainerId& id) const { return root_ + "/containers/" + id.str(); }
std::string LinuxProcesses::log_path(const ContainerId& id) { return container_directory(id) + "/log"; }

// ------------------------------------------------------------------------------------------------------------------------- links

void LinuxProcesses::adopt(std::shared_ptr<ProcessLink> link) {
  join_done_readers();
  const std::lock_guard lock(mutex_);
  const Key key{link->identity().container.str(), link->identity().exec.str()};
  links_[key] = link;
  Reader* reader = readers_.emplace_back(std::make_unique<Reader>()).get();
  reader->link = link;
  reader->thread = std::thread([this, reader, key] {
    reader->link->run(observer_);
    const std::lock_guard inner(mutex_);
    if (!key.second.empty()) links_.erase(key);
    reader->done = true;
  });
}

void LinuxProcesses::join_done_readers() {
  std::vector<std::unique_ptr<Reader>> done;
  {
    const std::lock_guard lock(mutex_);
    for (auto& reader : readers_)
      if (reader->done) done.push_back(std::move(reader));
    std::erase(readers_, nullptr);
  }
  for (const auto& reader : done) reader->thread.join();  // its last act was to set `done`
}

std::shared_ptr<ProcessLink> LinuxProcesses::find(const ContainerId& id, const ExecId& exec) {
  const std::lock_guard lock(mutex_);
  const auto found = links_.find({id.str(), exec.str()});
  return found == links_.end() ? nullptr : found->second;
}

Result<std::shared_ptr<ProcessLink>> LinuxProcesses::running(const ContainerId& id, const ExecId& exec) {
  auto link = find(id, exec);
  if (link != nullptr && !link->ended()) return link;
  return make_error(ErrorKind::Conflict, "process.gone", "reach process", exec.empty() ? id.str() : exec.str(), "it is not running");
}

// ------------------------------------------------------------------------------------------------------------------------- start, exec

Result<ContainerPaths> LinuxProcesses::provide_files(const engine::ContainerSpec& spec) {
  ContainerPaths paths;
  paths.run_directory = run_directory(spec.id);
  paths.log_path = log_path(spec.id);
  const std::string kept = container_directory(spec.id);
  TRY(ensure_directory(kept, 0710));
  TRY(ensure_directory(paths.run_directory, 0700));
  for (const auto& file : spec.files) {
    std::string name = base_name(file.path);
    TRY(check_name(name));
    if (name == "log") name += ".provided";
    const std::string path = kept + "/" + name;
    TRY(write_small_file(path, file.content, 0644));
    paths.provided.push_back(path);
  }
  return paths;
}

// In place: the container has this very file bound.
Result<void> LinuxProcesses::replace_file(const ContainerId& id, const engine::ProvidedFile& file) {
  const std::string name = base_name(file.path);
  TRY(check_name(name));
  const std::string path = container_directory(id) + "/" + name;
  if (::access(path.c_str(), F_OK) != 0) return success();  // the user has one of their own there
  return write_small_file(path, file.content, 0644);
}

Result<engine::RunningProcess> LinuxProcesses::start(const engine::ContainerSpec& spec, const Emit& emit) {
  TRY(check_name(spec.id.str()));
  if (auto link = find(spec.id, {}); link != nullptr && !link->ended())
    return make_error(ErrorKind::Conflict, "process.running", "start container", spec.id.str(), "it runs already");
  clean(spec.id);  // of a run that nobody released
  auto started = start_prepared(spec, emit);
  if (!started.ok()) {
    clean(spec.id);
    return setup_error(std::move(started).error());
  }
  return started;
}

Result<engine::RunningProcess> LinuxProcesses::start_prepared(const engine::ContainerSpec& spec, const Emit& emit) {
  ContainerPaths paths = TRY(provide_files(spec));
  const auto devices = spec.process.privileged ? DeviceAccess::All : DeviceAccess::Default;
  CgroupPlace place{cgroup_parent(spec.apart.cgroup_parent), {}};
  TRY(resolve_confinement(spec, paths, place.devices, emit));
  const CgroupPlan cgroups = TRY(plan_cgroups(facts_.cgroups, spec.id, spec.limits, devices, place));
  TRY(keep_cgroup_parent(spec.id, place.parent));
  const CreatedCgroups created = TRY(create_cgroups(cgroups, [&](const CgroupWrite& write) { emit_cgroup_write(spec.id, write, emit); }));
  MachineFacts facts = facts_;
  if (spec.process.privileged) facts.host_devices = list_host_devices();
  Plan plan = TRY(plan_container(spec, facts, paths, cgroups, created));
  const auto& container = std::get<ContainerPlan>(plan);

  MessageSocket monitor = TRY(spawner_.spawn(plan));
  Handshake hands = TRY(shake_hands(monitor, [&](const frame::Ready& ready) {
    emit_container_made(container, ready.skipped, emit);
    if (spec.before_exec) spec.before_exec(ready.host_pid);
  }));
  if (!spec.before_exec) emit_container_made(container, hands.skipped, emit);
  engine::RunningProcess running{hands.host_pid, spec.apart.pid.mode == engine::NamespaceMode::Own ? 1 : inner_pid(hands.host_pid).value_or(0)};
  emit_executed(container.launch, running.host_pid, running.container_pid, emit);
  adopt(std::make_shared<ProcessLink>(ProcessLink::Identity{spec.id, {}, paths.run_directory}, std::move(monitor), std::move(hands.pidfd), running.host_pid));
  return running;
}

Result<engine::RunningProcess> LinuxProcesses::exec(const ContainerId& id, const ExecId& exec, const engine::ProcessSpec& spec, const Emit& emit) {
  TRY(check_name(exec.str()));
  const auto container = TRY(running(id, {}));
  ExecPlan joining;
  LaunchPlan& launch = joining.launch;
  launch.container = id.str();
  launch.exec = exec.str();
  launch.process = spec;
  launch.run_directory = run_directory(id);
  // What the container itself may have; also right after a restart of the daemon.
  auto bounding = capabilities_of(std::to_string(container->host_pid()), "CapBnd");
  if (!bounding.ok()) return make_error(ErrorKind::Conflict, "process.gone", "start process", id.str(), "the container is not running");
  launch.capabilities = spec.privileged ? facts_.bounding : bounding.value();
  launch.seccomp = TRY(seccomp_program(spec.confinement, bounding.value()));
  const CgroupPlan cgroups = TRY(plan_cgroups(facts_.cgroups, id, {}, DeviceAccess::Default, {cgroup_parent_of(id), {}}));
  launch.cgroup_version = cgroups.version;
  for (const auto& directory : cgroups.directories)
    if (::access(directory.path.c_str(), F_OK) == 0) launch.cgroup_joins.push_back(directory.path + (cgroups.version == CgroupVersion::V1 ? "/tasks" : ""));
  joining.namespaces = CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET;
  if (cgroups.version == CgroupVersion::V2) joining.namespaces |= CLONE_NEWCGROUP;

  const Plan plan = joining;
  MessageSocket monitor = TRY(spawner_.spawn(plan, &container->pidfd()));
  auto hands = shake_hands(monitor, [](const frame::Ready&) {});
  if (!hands.ok()) return setup_error(std::move(hands).error());
  engine::RunningProcess process{hands.value().host_pid, 0};
  process.container_pid = inner_pid(process.host_pid).value_or(0);  // 0: it has ended already
  emit_exec_entered(joining, emit);
  emit_executed(launch, process.host_pid, process.container_pid, emit);
  adopt(std::make_shared<ProcessLink>(ProcessLink::Identity{id, exec, launch.run_directory}, std::move(monitor), std::move(hands.value().pidfd),
                                      process.host_pid));
  return process;
}

// ------------------------------------------------------------------------------------------------------------------------- while it runs

Result<void> LinuxProcesses::signal(const ContainerId& id, int number) { return TRY(running(id, {}))->signal(number); }

Result<void> LinuxProcesses::signal_exec(const ContainerId& id, const ExecId& exec, int number) { return TRY(running(id, exec))->signal(number); }

Result<void> LinuxProcesses::write_stdin(const ContainerId& id, const ExecId& exec, std::string_view bytes) {
  return TRY(running(id, exec))->write_stdin(bytes);
}

Result<void> LinuxProcesses::close_stdin(const ContainerId& id, const ExecId& exec) { return TRY(running(id, exec))->close_stdin(); }

Result<void> LinuxProcesses::resize(const ContainerId& id, const ExecId& exec, std::uint16_t rows, std::uint16_t columns) {
  return TRY(running(id, exec))->resize(rows, columns);
}

Result<void> LinuxProcesses::read_log(const ContainerId& id, const std::function<bool(const engine::LogRecord&)>& each) {
  return read_log_file(log_path(id), each);
}

// ------------------------------------------------------------------------------------------------------------------------- the end

void LinuxProcesses::clean(const ContainerId& id) {
  // It is there before the first control group of a run, and removed after the last.
  if (::access(run_directory(id).c_str(), F_OK) != 0) return;
  remove_container_cgroups(id);
  ignore(remove_directory_tree(run_directory(id)));
}

void LinuxProcesses::release(const ContainerId& id) {
  if (auto link = find(id, {}); link != nullptr) {
    // The engine releases what has ended; anything else must not be left behind unseen.
    if (!link->ended()) thaw(id);
    if (!link->ended() && link->signal(SIGKILL).ok()) link->wait_ended(kEndTimeout);
    const std::lock_guard lock(mutex_);
    links_.erase({id.str(), ""});
  }
  clean(id);
}

void LinuxProcesses::forget(const ContainerId& id) {
  release(id);
  const std::string directory = container_directory(id);
  auto names = names_in(directory);
  if (!names.ok()) return;
  // Only files: a directory here would be another port's.
  for (const auto& name : names.value()) ::unlink((directory + "/" + name).c_str());
  ::rmdir(directory.c_str());
}

// ------------------------------------------------------------------------------------------------------------------------- recovery

Result<std::shared_ptr<ProcessLink>> LinuxProcesses::connect(const ContainerId& id) {
  MessageSocket monitor = TRY(MessageSocket::connect(run_directory(id), "monitor.sock"));
  if (!TRY(monitor.readable(kHelloTimeout))) return make_error(ErrorKind::Unavailable, "process.monitor", "reach monitor", id.str(), "it does not answer");
  Message message = TRY(monitor.receive());
  if (message.bytes.empty() || message.descriptors.empty()) return make_error(ErrorKind::Conflict, "process.gone", "reach monitor", id.str(), "it has ended");
  const Frame frame = TRY(decode_frame(message.bytes));
  const auto* hello = std::get_if<frame::Hello>(&frame);
  if (hello == nullptr) return make_error(ErrorKind::Internal, "process.message", "reach monitor", id.str(), "no greeting");
  return std::make_shared<ProcessLink>(ProcessLink::Identity{id, {}, run_directory(id)}, std::move(monitor), std::move(message.descriptors.front()),
                                       hello->host_pid);
}

engine::Survivor LinuxProcesses::look_after(const ContainerId& id) {
  engine::Survivor survivor;
  survivor.id = id;
  // Ours already: a second connection would take the first one's place.
  if (auto known = find(id, {}); known != nullptr && !known->ended()) {
    survivor.running = engine::RunningProcess{known->host_pid(), 1};
    return survivor;
  }
  auto link = connect(id);
  if (link.ok()) {
    survivor.running = engine::RunningProcess{link.value()->host_pid(), 1};
    adopt(std::move(link).value());
  } else {
    survivor.exit = read_exit_record(run_directory(id));
  }
  return survivor;
}

void LinuxProcesses::end_stranger(const ContainerId& id) {
  ObserverGate nobody;
  thaw(id);
  auto link = connect(id);
  if (link.ok() && link.value()->signal(SIGKILL).ok()) link.value()->run(nobody);
  forget(id);
}

Result<std::vector<ContainerId>> LinuxProcesses::alive() {
  std::vector<ContainerId> out;
  for (const auto& name : TRY(names_in(root_ + "/run")))
    if (check_name(name).ok() && MessageSocket::connect(root_ + "/run/" + name, "monitor.sock").ok()) out.emplace_back(name);
  return out;
}

Result<std::vector<engine::Survivor>> LinuxProcesses::recover(const std::vector<ContainerId>& known) {
  std::vector<engine::Survivor> survivors;
  for (const auto& name : TRY(names_in(root_ + "/run"))) {
    if (!check_name(name).ok()) continue;
    const ContainerId id(name);
    if (std::find(known.begin(), known.end(), id) != known.end()) survivors.push_back(look_after(id));
    else end_stranger(id);
  }
  // Logs of containers that were removed while the daemon died.
  for (const auto& name : TRY(names_in(root_ + "/containers")))
    if (std::find(known.begin(), known.end(), ContainerId(name)) == known.end()) forget(ContainerId(name));
  return survivors;
}

}  // namespace strates::linux_world
