// A run of events, packed: what a trace keeps of its past.
//
// A string that came before in the same block is a number, another one shares its beginning with the string written last (ids and paths of one container
// follow one another), numbers have as many bytes as they need and times are differences. An event of a container's start takes some 20 bytes, where the
// struct and its strings take some 450. Fields follow base/event_shape.hpp. In memory only: no format that anybody may rely on.
//
// Not thread-safe: reading is const and may happen from several threads while nobody adds.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/event.hpp"

namespace strates {

class EventBlock {
 public:
  EventBlock();
  ~EventBlock();
  EventBlock(EventBlock&&) noexcept;
  EventBlock& operator=(EventBlock&&) noexcept;

  // Numbers follow one another: `event.seq` is last() + 1 unless the block is empty.
  void add(const Event& event);
  // Nothing is added any more: what only writing needed goes.
  void close();
  // As it is now, closed: it can be read while this one goes on.
  EventBlock closed_copy() const;
  // In order.
  void each(const std::function<void(const Event&)>& visit) const;

  bool empty() const { return count_ == 0; }
  Seq first() const { return first_; }
  Seq last() const { return first_ + count_ - 1; }  // of a block that is not empty
  size_t bytes() const { return bytes_.size(); }

 private:
  struct Writing;  // the strings so far
  std::string bytes_;
  std::unique_ptr<Writing> writing_;
  Seq first_ = 0;
  std::uint64_t count_ = 0;
  Nanos last_at_ = 0;
};

}  // namespace strates
