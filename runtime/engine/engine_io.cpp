// Who reads and writes a process's streams: attach, logs, wait.
#include <deque>

#include "base/strings.hpp"
#include "engine/engine_impl.hpp"

namespace strates::engine {

// A client's hold on a process: its listener and its way to standard input.
class ProcessAttachment final : public Attachment {
 public:
  ProcessAttachment(EngineImpl& engine, ContainerId container, ExecId exec, std::shared_ptr<Listener> listener, bool input)
      : engine_(engine), container_(std::move(container)), exec_(std::move(exec)), listener_(std::move(listener)), input_(input) {}

  ~ProcessAttachment() override {
    const Locked lock(engine_.world_.monitor);
    if (ProcessEntry* process = entry()) std::erase(process->listeners, listener_);
  }

  Result<void> write(std::string_view bytes) override {
    if (!input_) return {};
    {
      const Locked lock(engine_.world_.monitor);
      ProcessEntry* process = entry();
      if (process == nullptr) return gone();
      if (!process->live) {
        if (process->input.bytes.size() + bytes.size() > PendingInput::kLimit)
          return make_error(ErrorKind::Conflict, "container.input-too-large", "write to", container_.str(), "more than 1 MiB before it was started");
        process->input.bytes.append(bytes);
        return {};
      }
      const Calling call(engine_.world_.monitor);
      return engine_.world_.processes.write_stdin(container_, exec_, bytes);
    }
  }

  void close_stdin() override {
    if (!input_) return;
    const Locked lock(engine_.world_.monitor);
    ProcessEntry* process = entry();
    if (process == nullptr || !closes_on_detach()) return;
    if (!process->live) {
      process->input.ended = true;
      return;
    }
    const Calling call(engine_.world_.monitor);
    ignore(engine_.world_.processes.close_stdin(container_, exec_));
  }

 private:
  // StdinOnce: the first client's end of input is the process's. A terminal stays open for the next client.
  bool closes_on_detach() {
    if (!exec_.empty()) return true;
    const auto found = engine_.containers_.find(container_.str());
    return found != engine_.containers_.end() && found->second->data.config.stdin_once && !found->second->data.config.tty;
  }
  ProcessEntry* entry() {
    if (!exec_.empty()) {
      const auto found = engine_.execs_.find(exec_.str());
      return found == engine_.execs_.end() ? nullptr : &found->second->process;
    }
    const auto found = engine_.containers_.find(container_.str());
    return found == engine_.containers_.end() ? nullptr : &found->second->process;
  }
  Error gone() const { return docker_error(ErrorKind::NotFound, "container.not-found", "No such container: " + container_.str()); }

  EngineImpl& engine_;
  ContainerId container_;
  ExecId exec_;
  std::shared_ptr<Listener> listener_;
  bool input_;
};

namespace {

Result<void> check_log_is_kept(const Container& container) {
  if (container.host.log.driver != "none") return success();
  return docker_error(ErrorKind::NotImplemented, "log.none", "configured logging driver does not support reading");
}

class WaitSubscription final : public Subscription {
 public:
  explicit WaitSubscription(std::shared_ptr<Waiter> waiter) : waiter_(std::move(waiter)) {}
  ~WaitSubscription() override { waiter_->cancel(); }

 private:
  std::shared_ptr<Waiter> waiter_;
};

bool wanted(const LogQuery& query, StdStream stream, Nanos at) {
  if (stream == StdStream::Out ? !query.out : !query.err) return false;
  return (!query.since || at >= *query.since) && (!query.until || at <= *query.until);
}

// While the past is being read, the present waits here; then it flows.
class LogSink final : public OutputSink {
 public:
  LogSink(LogQuery query, std::shared_ptr<OutputSink> to) : query_(std::move(query)), to_(std::move(to)) {}

  void output(StdStream stream, Nanos at, std::string_view bytes) override {
    const std::lock_guard guard(mutex_);
    if (replaying_) waiting_.push_back({stream, at, std::string(bytes)});
    else tell(stream, at, bytes);
  }
  void ended() override {
    const std::lock_guard guard(mutex_);
    if (replaying_) ended_ = true;
    else to_->ended();
  }
  // What the log held up to `last` is not said again.
  void past_is_told(Nanos last) {
    const std::lock_guard guard(mutex_);
    last_ = last;
    for (const auto& record : waiting_) tell(record.stream, record.at, record.bytes);
    waiting_.clear();
    replaying_ = false;
    if (ended_) to_->ended();
  }

 private:
  // The log is written before its news reaches the engine: what was read from it may still be on its way here.
  void tell(StdStream stream, Nanos at, std::string_view bytes) {
    if (at > last_ && wanted(query_, stream, at)) to_->output(stream, at, bytes);
  }

  LogQuery query_;
  std::shared_ptr<OutputSink> to_;
  std::recursive_mutex mutex_;
  std::vector<LogRecord> waiting_;
  Nanos last_ = 0;
  bool replaying_ = true, ended_ = false;
};

class ListenerHold final : public Subscription {
 public:
  explicit ListenerHold(std::function<void()> drop) : drop_(std::move(drop)) {}
  ~ListenerHold() override { drop_(); }

 private:
  std::function<void()> drop_;
};

}  // namespace

void EngineImpl::output(const ContainerId& container, const ExecId& exec, StdStream stream, Nanos at, std::string_view bytes) {
  Listeners listeners;
  {
    const Locked lock(world_.monitor);
    if (!exec.empty()) {
      const auto found = execs_.find(exec.str());
      if (found != execs_.end()) listeners = found->second->process.listeners;
    } else if (const auto found = containers_.find(container.str()); found != containers_.end()) {
      listeners = found->second->process.listeners;
    }
  }
  // Not under the lock: a slow client holds up its own process, not the engine.
  for (const auto& listener : listeners)
    if (stream == StdStream::Out ? listener->out : listener->err) listener->sink->output(stream, at, bytes);
}

void EngineImpl::flush_input(const ContainerId& id, const ExecId& exec, ProcessEntry& process) {
  const PendingInput input = std::exchange(process.input, PendingInput{});
  const Calling call(world_.monitor);
  if (!input.bytes.empty()) ignore(world_.processes.write_stdin(id, exec, input.bytes));
  if (input.ended) ignore(world_.processes.close_stdin(id, exec));
}

Result<std::unique_ptr<Attachment>> EngineImpl::attach(const std::string& name, const AttachOptions& options, std::shared_ptr<OutputSink> sink) {
  const Locked lock(world_.monitor);
  const Entry entry = TRY(find(name));
  if (options.logs) TRY(check_log_is_kept(entry->data));
  act(entry, "attach");
  LogQuery query;
  query.out = options.out;
  query.err = options.err;
  const auto relay = options.logs ? std::make_shared<LogSink>(query, sink) : nullptr;
  auto listener = std::make_shared<Listener>(Listener{relay ? relay : sink, options.out, options.err});
  if (options.stream) entry->process.listeners.push_back(listener);
  else listener->sink->ended();
  if (relay) {
    Nanos last = 0;
    {
      const Calling call(world_.monitor);
      ignore(world_.processes.read_log(entry->data.id, [&](const LogRecord& record) {
        last = record.at;
        if (wanted(query, record.stream, record.at)) sink->output(record.stream, record.at, record.bytes);
        return true;
      }));
    }
    relay->past_is_told(last);
  }
  return make_attachment(entry->data.id, ExecId(), std::move(listener), options.in && entry->data.config.open_stdin);
}

std::unique_ptr<Attachment> EngineImpl::make_attachment(const ContainerId& container, const ExecId& exec, std::shared_ptr<Listener> listener, bool input) {
  return std::make_unique<ProcessAttachment>(*this, container, exec, std::move(listener), input);
}

Result<std::unique_ptr<Subscription>> EngineImpl::logs(const std::string& name, const LogQuery& query, std::shared_ptr<OutputSink> sink) {
  auto relay = std::make_shared<LogSink>(query, sink);
  auto listener = std::make_shared<Listener>(Listener{relay, query.out, query.err});
  ContainerId id;
  {
    const Locked lock(world_.monitor);
    const Entry entry = TRY(find(name));
    TRY(check_log_is_kept(entry->data));
    id = entry->data.id;
    if (query.follow && entry->data.state.status == Status::Running) entry->process.listeners.push_back(listener);
    else listener->sink->ended();
    Nanos last = 0;
    Result<void> read;
    {
      const Calling call(world_.monitor);
      std::deque<LogRecord> tail;
      read = world_.processes.read_log(id, [&](const LogRecord& record) {
        last = record.at;
        if (!wanted(query, record.stream, record.at)) return true;
        if (query.tail < 0) {
          sink->output(record.stream, record.at, record.bytes);
          return true;
        }
        tail.push_back(record);
        if (tail.size() > static_cast<size_t>(query.tail)) tail.pop_front();
        return true;
      });
      for (const auto& record : tail) sink->output(record.stream, record.at, record.bytes);
    }
    if (!read.ok()) {
      std::erase(entry->process.listeners, listener);
      return read.error();
    }
    relay->past_is_told(last);
  }
  return std::unique_ptr<Subscription>(std::make_unique<ListenerHold>([this, id, listener] {
    const Locked lock(world_.monitor);
    const auto found = containers_.find(id.str());
    if (found != containers_.end()) std::erase(found->second->process.listeners, listener);
  }));
}

Result<std::unique_ptr<Subscription>> EngineImpl::wait(const std::string& name, WaitCondition condition, std::function<void(WaitReply)> done) {
  auto waiter = std::make_shared<Waiter>();
  waiter->condition = condition;
  waiter->done = std::move(done);
  const Locked lock(world_.monitor);
  const Entry entry = TRY(find(name));
  if (condition == WaitCondition::NotRunning && !entry->data.state.running()) {
    waiter->complete(WaitReply{entry->data.state.exit_code, ""});
  } else {
    entry->waiters.push_back(waiter);
  }
  return std::unique_ptr<Subscription>(std::make_unique<WaitSubscription>(waiter));
}

}  // namespace strates::engine
