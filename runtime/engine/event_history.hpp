// The recent past of the trace, within a bound of memory: blocks of packed events, of which the oldest goes as a whole.
//
// Not thread-safe.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "base/event_block.hpp"

namespace strates::engine {

class EventHistory {
 public:
  // At most about `bytes` in all, as they are packed.
  explicit EventHistory(size_t bytes) : limit_(bytes) {}

  // Numbers follow one another.
  void add(const Event& event);
  // What is still there after `since`, as it is now: blocks that nothing changes any more, to be read while others add.
  using Blocks = std::vector<std::shared_ptr<const EventBlock>>;
  Blocks after(Seq since) const;
  // The last one that is no longer there; 0: all are.
  Seq dropped_until() const { return dropped_until_; }
  size_t bytes() const;

 private:
  size_t limit_;
  size_t closed_bytes_ = 0;  // of all blocks but the last
  std::deque<std::shared_ptr<EventBlock>> blocks_;  // all but the last are closed, and perhaps being read
  Seq dropped_until_ = 0;
};

// Those events of the blocks that come after `since`, in order.
void each_event(const EventHistory::Blocks& blocks, Seq since, const std::function<void(const Event&)>& visit);

}  // namespace strates::engine
