#include "engine/tracer.hpp"

#include <algorithm>

namespace strates::engine {

namespace {

// What an event takes in memory, roughly: its size and the strings it most often holds.
constexpr size_t kEventEstimate = sizeof(Event) + 128;

}  // namespace

Tracer::Tracer(Clock& clock, size_t kept_bytes) : clock_(clock), kept_limit_(kept_bytes) {}

OpId Tracer::parent_of(OpId op) const {
  for (const auto& open : open_)
    if (open.op == op) return open.parent;
  return 0;
}

void Tracer::publish(OpId op, Payload what) {
  Event event{++last_, clock_.now(), op, parent_of(op), std::move(what)};
  for (const auto& listener : listeners_) listener->call(event);
  kept_.emplace_back(std::move(event), kEventEstimate);
  kept_bytes_ += kEventEstimate;
  while (kept_bytes_ > kept_limit_ && kept_.size() > 1) {
    kept_bytes_ -= kept_.front().second;
    dropped_until_ = kept_.front().first.seq;
    kept_.pop_front();
  }
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
  if (since < dropped_until_) subscriber(Event{dropped_until_, clock_.now(), 0, 0, event::Stream(event::Gap{since + 1, dropped_until_, "no longer kept"})});
  for (const auto& [event, bytes] : kept_)
    if (event.seq > since) subscriber(event);
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

std::vector<Event> Tracer::kept(Seq since) const {
  const std::lock_guard guard(mutex_);
  std::vector<Event> out;
  for (const auto& [event, bytes] : kept_)
    if (event.seq > since) out.push_back(event);
  return out;
}

}  // namespace strates::engine
