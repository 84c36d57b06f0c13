#include "sim/process/container_kernel.hpp"

#include "sim/process/signals.hpp"

namespace strates::sim {

Process& ContainerKernel::create() {
  const int pid = ++last_pid_;
  auto process = std::make_unique<Process>(*this, pid);
  process->host_pid = options_.next_host_pid();
  process->started_at = clock_.now();
  return *(processes_[pid] = std::move(process));
}

Process* ContainerKernel::fork(Process& parent) {
  if (static_cast<std::int64_t>(processes_.size()) >= options_.most_processes) return nullptr;
  Process& child = create();
  child.parent = parent.pid;
  child.group = parent.group;
  child.args = parent.args;
  child.env = parent.env;
  child.cwd = parent.cwd;
  child.umask = parent.umask;
  child.who = parent.who;
  child.files = parent.files;
  child.terminal = parent.terminal;
  for (const auto& [signal, how] : parent.dispositions)  // execve(2) keeps only what is ignored; a shell resets its traps in a subshell
    if (how == Disposition::Ignore) child.dispositions[signal] = how;
  return &child;
}

void ContainerKernel::discard(Process& process) {
  const int pid = process.pid;
  processes_.erase(pid);
  if (pid == last_pid_) --last_pid_;  // it never was: the next one has its number
}

Process* ContainerKernel::find(int pid) {
  const auto found = processes_.find(pid);
  return found == processes_.end() || found->second->vanish ? nullptr : found->second.get();
}

std::vector<Process*> ContainerKernel::all() {
  std::vector<Process*> list;
  for (auto& [pid, process] : processes_)
    if (!process->vanish) list.push_back(process.get());
  return list;
}

std::optional<engine::ExitStatus> ContainerKernel::reap(Process& parent, int pid) {
  Process* child = find(pid);
  if (child == nullptr || child->parent != parent.pid || !child->ended) return std::nullopt;
  child->vanish = true;
  return child->ended;
}

void ContainerKernel::signal_process(Process& target, int signal, From from) {
  if (signal == 0 || target.ended) return;
  const bool protected_init = target.pid == 1 && from == From::Inside;
  if (signal == kSigKill || signal == kSigStop) {
    if (protected_init) return;
    if (signal == kSigStop) target.stopped = target.pid != 1;
    else terminate(target, {128 + signal, signal, false, clock_.now()});
    return;
  }
  if (signal == kSigCont) target.stopped = false;
  switch (target.disposition(signal)) {
    case Disposition::Ignore: return;
    case Disposition::Handle:
      for (const int waiting : target.caught)
        if (waiting == signal) return;
      target.caught.push_back(signal);
      return;
    case Disposition::Default: break;
  }
  if (target.pid == 1) return;
  switch (default_action(signal)) {
    case DefaultAction::Terminate: terminate(target, {128 + signal, signal, false, clock_.now()}); return;
    case DefaultAction::Stop: target.stopped = true; return;
    case DefaultAction::Ignore:
    case DefaultAction::Continue: return;
  }
}

bool ContainerKernel::signal_pid(Process& caller, int pid, int signal) {
  if (pid > 0) {
    Process* target = find(pid);
    if (target == nullptr) return false;
    signal_process(*target, signal, From::Inside);
    return true;
  }
  bool any = false;
  const int group = pid == 0 ? caller.group : -pid;
  for (Process* target : all()) {
    if (pid == -1 ? (target->pid == 1 || target == &caller) : target->group != group) continue;
    any = true;
    signal_process(*target, signal, From::Inside);
  }
  return any;
}

void ContainerKernel::signal_group(int group, int signal) {
  for (Process* target : all())
    if (target->group == group) signal_process(*target, signal, From::Inside);
}

void ContainerKernel::terminate(Process& process, engine::ExitStatus status) {
  if (process.ended) return;
  process.ended = status;
  process.files.clear();
  process.wake_at.reset();
  if (process.pid == 1) {
    for (Process* other : all())
      if (!other->ended) terminate(*other, {128 + kSigKill, kSigKill, false, clock_.now()});
  } else {
    Process* init = find(1);
    const bool reaps = init != nullptr && init->program && init->program->reaps_orphans();
    for (Process* child : all()) {
      if (child->parent != process.pid) continue;
      child->parent = 1;
      child->adopted = true;
      if (child->ended && reaps) child->vanish = true;
    }
    if (process.adopted && reaps) process.vanish = true;
  }
  if (process.parent == 0) {
    process.vanish = true;
    options_.root_ended(process, status);
    return;
  }
  if (Process* parent = find(process.parent); parent != nullptr && !parent->ended) signal_process(*parent, kSigChld, From::Inside);
}

bool ContainerKernel::run(Process& process) {
  if (process.ended || process.stopped || !process.program) return false;
  vfs_->act_as(process.who);
  if (process.has_pending()) {
    if (!process.flush_pending()) return false;
    if (process.ended) return true;
  }
  if (process.exiting) {
    terminate(process, {*process.exiting, 0, false, clock_.now()});
    return true;
  }
  const Step step = process.program->step(process);
  if (process.ended) return true;
  switch (step.kind) {
    case Step::Kind::Again: return true;
    case Step::Kind::Blocked: return false;
    case Step::Kind::Replaced:
      process.program = std::move(process.replacement);
      for (auto it = process.dispositions.begin(); it != process.dispositions.end();)
        it = it->second == Disposition::Handle ? process.dispositions.erase(it) : std::next(it);
      process.caught.clear();
      return true;
    case Step::Kind::Exited:
      if (process.has_pending()) process.exiting = step.code;
      else terminate(process, {step.code, 0, false, clock_.now()});
      return true;
  }
  return false;
}

bool ContainerKernel::step() {
  std::vector<int> order;  // after the one that ran last, then round
  for (auto it = processes_.upper_bound(cursor_); it != processes_.end(); ++it) order.push_back(it->first);
  for (auto it = processes_.begin(); it != processes_.upper_bound(cursor_); ++it) order.push_back(it->first);
  for (const int pid : order) {
    const auto found = processes_.find(pid);
    if (found == processes_.end()) continue;
    if (run(*found->second)) {
      cursor_ = pid;
      sweep();
      return true;
    }
  }
  return false;
}

void ContainerKernel::sweep() {
  for (auto it = processes_.begin(); it != processes_.end();) {
    if (it->second->ended) it->second->program.reset();
    it = it->second->vanish ? processes_.erase(it) : std::next(it);
  }
}

std::optional<Nanos> ContainerKernel::next_timer() const {
  std::optional<Nanos> first;
  for (const auto& [pid, process] : processes_)
    if (process->wake_at && !process->stopped && (!first || *process->wake_at < *first)) first = process->wake_at;
  return first;
}

}  // namespace strates::sim
