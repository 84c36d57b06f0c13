#include "engine/event_history.hpp"

#include <algorithm>

namespace strates::engine {

namespace {

// Large enough that strings repeat, small enough that what is let go at once is little of the whole.
constexpr size_t kBlockBytes = 64 << 10;
constexpr size_t kLeastBlocks = 8;

}  // namespace

void EventHistory::add(const Event& event) {
  if (blocks_.empty() || blocks_.back()->bytes() >= std::min(kBlockBytes, limit_ / kLeastBlocks)) {
    if (!blocks_.empty()) {
      blocks_.back()->close();
      closed_bytes_ += blocks_.back()->bytes();
    }
    blocks_.push_back(std::make_shared<EventBlock>());
  }
  blocks_.back()->add(event);
  while (bytes() > limit_ && blocks_.size() > 1) {
    closed_bytes_ -= blocks_.front()->bytes();
    dropped_until_ = blocks_.front()->last();
    blocks_.pop_front();
  }
}

EventHistory::Blocks EventHistory::after(Seq since) const {
  Blocks out;
  for (const auto& block : blocks_) {
    if (block->last() <= since) continue;
    if (block == blocks_.back()) out.push_back(std::make_shared<const EventBlock>(block->closed_copy()));
    else out.push_back(block);
  }
  return out;
}

void each_event(const EventHistory::Blocks& blocks, Seq since, const std::function<void(const Event&)>& visit) {
  for (const auto& block : blocks)
    block->each([&](const Event& event) {
      if (event.seq > since) visit(event);
    });
}

size_t EventHistory::bytes() const { return closed_bytes_ + (blocks_.empty() ? 0 : blocks_.back()->bytes()); }

}  // namespace strates::engine
