// engine::Monitor without threads: waiting is what makes the simulated world go on.
#pragma once

#include "engine/ports.hpp"
#include "sim/scheduler.hpp"
#include "sim/sim_clock.hpp"

namespace strates::sim {

// What one step of an interpreted program takes.
constexpr Nanos kStepTime = 20'000;

class SimMonitor : public engine::Monitor {
 public:
  // `most_steps` in one wait: a program that never ends would otherwise keep a waiter without deadline forever.
  SimMonitor(Scheduler& scheduler, SimClock& clock, std::uint64_t most_steps) : scheduler_(scheduler), clock_(clock), most_steps_(most_steps) {}

  void lock() override {}
  void unlock() override {}
  void notify() override {}
  // Runs processes until done() holds; when all of them sleep, jumps to the next timer or the deadline, whichever comes first. False when the
  // deadline passed, nothing can happen any more, or most_steps were taken.
  bool wait(const std::function<bool()>& done, Nanos deadline) override;

 private:
  Scheduler& scheduler_;
  SimClock& clock_;
  std::uint64_t most_steps_;
};

}  // namespace strates::sim
