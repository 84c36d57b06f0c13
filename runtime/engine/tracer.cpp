#include "engine/tracer.hpp"

#include <algorithm>

namespace strates::engine {

Tracer::Tracer(Clock& clock, size_t kept_bytes) : clock_(clock), history_(kept_bytes) {}

OpId Tracer::parent_of(OpId op) const {
  for (const auto& open : open_)
    if (open.op == op) return open.parent;
  return 0;
}

void Tracer::publish(OpId op, Payload what) {
  const Event event{++last_, clock_.now(), op, parent_of(op), std::move(what)};
  for (const auto& listener : listeners_) listener->call(event);
  history_.add(event);
}

OpId Tracer::begin(std::string_view name, std::string_view object, OpId parent) {
  const std::lock_guard guard(mutex_);
  const OpId op = ++last_op_;
  open_.push_back({op, parent});
  publish(op, event::Operation(event::OpStarted{std::string(name), std::string(object)}));
  return op;
}

void Tracer::emit(OpId op, Payload what) {
  const std::lock_guard guard(mutex_);
  publish(op, std::move(what));
}

void Tracer::finish(OpId op, std::string_view result) {
  const std::lock_guard guard(mutex_);
  publish(op, event::Operation(event::OpFinished{std::string(result)}));
  std::erase_if(open_, [&](const OpenOp& open) { return open.op == op; });
}

void Tracer::fail(OpId op, const Error& error) {
  const std::lock_guard guard(mutex_);
  publish(op, event::Operation(event::OpFailed{error.code, error.message()}));
  std::erase_if(open_, [&](const OpenOp& open) { return open.op == op; });
}

void Tracer::abort(OpId op, std::string_view reason) {
  const std::lock_guard guard(mutex_);
  publish(op, event::Operation(event::OpAborted{std::string(reason)}));
  std::erase_if(open_, [&](const OpenOp& open) { return open.op == op; });
}

Emit Tracer::emitter(OpId op) {
  return [this, op](Payload what) { emit(op, std::move(what)); };
}

Tracer::Ticket Tracer::subscribe(Seq since, const std::function<event::Snapshot()>& snapshot, Subscriber subscriber) {
  // Taken before the lock: the snapshot needs the engine's lock, and engine code emits while it holds that one.
  event::Snapshot state = snapshot();
  const std::lock_guard guard(mutex_);
  subscriber(Event{since, clock_.now(), 0, 0, event::Stream(std::move(state))});
  const Seq dropped = history_.dropped_until();
  if (since < dropped) subscriber(Event{dropped, clock_.now(), 0, 0, event::Stream(event::Gap{since + 1, dropped, "no longer kept"})});
  each_event(history_.after(since), since, subscriber);
  listeners_.push_back(std::make_shared<Listener>(Listener{++last_ticket_, std::move(subscriber)}));
  return last_ticket_;
}

void Tracer::unsubscribe(Ticket ticket) {
  const std::lock_guard guard(mutex_);
  std::erase_if(listeners_, [&](const auto& listener) { return listener->ticket == ticket; });
}

bool Tracer::listened() const {
  const std::lock_guard guard(mutex_);
  return !listeners_.empty();
}

Seq Tracer::last() const {
  const std::lock_guard guard(mutex_);
  return last_;
}

void Tracer::each_kept(Seq since, const std::function<void(const Event&)>& visit) const {
  EventHistory::Blocks blocks;
  {
    const std::lock_guard guard(mutex_);
    blocks = history_.after(since);
  }
  each_event(blocks, since, visit);  // without the lock: whoever publishes meanwhile does not wait for a reader
}

std::vector<Event> Tracer::kept(Seq since) const {
  std::vector<Event> out;
  each_kept(since, [&](const Event& event) { out.push_back(event); });
  return out;
}

}  // namespace strates::engine
