// Collects the trace: numbers events, keeps the recent ones, hands them to whoever subscribed.
//
// Threads: any. Subscribers are called in order, one event at a time, without the engine's lock; a subscriber must not call back into the tracer.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/event.hpp"
#include "engine/event_history.hpp"

namespace strates::engine {

class Tracer {
 public:
  // Bytes kept for late joiners, packed (base/event_block.hpp). 8 MB hold some 300,000 events.
  explicit Tracer(Clock& clock, size_t kept_bytes = 8 << 20);

  using Subscriber = std::function<void(const Event&)>;
  // Ids of a subscription; unsubscribe waits until no call is in flight.
  using Ticket = std::uint64_t;

  OpId begin(std::string_view name, std::string_view object, OpId parent = 0);
  void emit(OpId op, Payload what);
  void finish(OpId op, std::string_view result = {});
  void fail(OpId op, const Error& error);
  void abort(OpId op, std::string_view reason);
  // Emits into `op`, from any thread, as long as the tracer lives.
  Emit emitter(OpId op);

  // Events after `since` that are still kept, then live ones. A Gap comes first when some were dropped. `snapshot` is called to open the stream.
  Ticket subscribe(Seq since, const std::function<event::Snapshot()>& snapshot, Subscriber subscriber);
  void unsubscribe(Ticket ticket);
  // Someone listens: file events are worth their cost.
  bool listened() const;
  Seq last() const;
  // Events after `since` that are still kept, in order.
  void each_kept(Seq since, const std::function<void(const Event&)>& visit) const;
  std::vector<Event> kept(Seq since) const;

 private:
  struct Listener {
    Ticket ticket;
    Subscriber call;
  };
  struct OpenOp {
    OpId op, parent;
  };

  void publish(OpId op, Payload what);
  OpId parent_of(OpId op) const;

  Clock& clock_;
  mutable std::recursive_mutex mutex_;
  EventHistory history_;
  Seq last_ = 0;
  OpId last_op_ = 0;
  Ticket last_ticket_ = 0;
  std::vector<OpenOp> open_;
  std::vector<std::shared_ptr<Listener>> listeners_;
};

// Begins an operation; unless told how it ended, it ends as aborted when the scope is left.
class Operation {
 public:
  Operation(Tracer& tracer, std::string_view name, std::string_view object, OpId parent = 0)
      : tracer_(tracer), id_(tracer.begin(name, object, parent)) {}
  Operation(const Operation&) = delete;
  Operation& operator=(const Operation&) = delete;
  ~Operation() {
    if (!ended_) tracer_.abort(id_, "scope left");
  }
  OpId id() const { return id_; }
  Emit emitter() { return tracer_.emitter(id_); }
  template <typename T>
  void emit(T fact) { tracer_.emit(id_, Payload(std::move(fact))); }
  void finish(std::string_view result = {}) {
    ended_ = true;
    tracer_.finish(id_, result);
  }
  void fail(const Error& error) {
    ended_ = true;
    tracer_.fail(id_, error);
  }
  // Ends as the result says, and gives it back.
  template <typename T>
  Result<T> ends(Result<T> result) {
    if (result.ok()) finish();
    else fail(result.error());
    return result;
  }

 private:
  Tracer& tracer_;
  OpId id_;
  bool ended_ = false;
};

}  // namespace strates::engine
