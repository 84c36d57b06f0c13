// What makes simulated time pass: whoever waits (the simulator's Monitor) asks for steps while there are any, then moves the virtual clock to
// the next timer. Deterministic: the order of steps depends on nothing but what was asked before.
#pragma once

#include <optional>

#include "base/clock.hpp"

namespace strates::sim {

class Scheduler {
 public:
  virtual ~Scheduler() = default;
  // Runs one step of one process that can go on. False: every process waits (for input, a pipe or a timer), or there is none.
  // A program that never waits (`while true; do :; done`) always has a step: the caller adds a little virtual time per step.
  virtual bool step() = 0;
  // When the first sleeper wakes, on the Clock's scale; none: nobody sleeps.
  virtual std::optional<Nanos> next_timer() = 0;
};

}  // namespace strates::sim
