// Virtual time. It moves when somebody moves it: the simulator's monitor jumps to the next timer (lessons, tests: a course of hours in a second), or
// the daemon paces it with the machine's clock.
//
// Reading it also moves it, by a microsecond: things that happen one after the other are dated so, and "newest first" has one meaning.
#pragma once

#include <algorithm>

#include "base/clock.hpp"

namespace strates::sim {

constexpr Nanos kTick = 1'000;

class SimClock : public Clock {
 public:
  explicit SimClock(Nanos start) : now_(start) {}
  Nanos now() override { return now_ += kTick; }
  // What `now` last said.
  Nanos peek() const { return now_; }
  // Never backwards.
  void advance_to(Nanos at) { now_ = std::max(now_, at); }
  void advance(Nanos by) { now_ += std::max<Nanos>(by, 0); }
  // For time travel only.
  void restore(Nanos at) { now_ = at; }

 private:
  Nanos now_;
};

}  // namespace strates::sim
