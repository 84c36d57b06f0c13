// The recent past of the trace, within a bound of memory: blocks of packed events, of which the oldest goes as a whole.
//
// Not thread-safe.
#pragma once

#include <deque>
#include <functional>

#include "base/event_block.hpp"

namespace strates::engine {

class EventHistory {
 public:
  // At most about `bytes` in all, as they are packed.
  explicit EventHistory(size_t bytes) : limit_(bytes) {}

  // Numbers follow one another.
  void add(const Event& event);
  // Those after `since` that are still there, in order.
  void each(Seq since, const std::function<void(const Event&)>& visit) const;
  // The last one that is no longer there; 0: all are.
  Seq dropped_until() const { return dropped_until_; }
  size_t bytes() const;

 private:
  size_t limit_;
  size_t closed_bytes_ = 0;  // of all blocks but the last
  std::deque<EventBlock> blocks_;
  Seq dropped_until_ = 0;
};

}  // namespace strates::engine
