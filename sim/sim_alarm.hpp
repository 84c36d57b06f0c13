// engine::Alarm on virtual time: one more timer beside those of the interpreted processes. It rings from a step, never from inside `set`.
#pragma once

#include <algorithm>
#include <functional>
#include <optional>

#include "engine/ports.hpp"
#include "sim/scheduler.hpp"
#include "sim/sim_clock.hpp"

namespace strates::sim {

class SimAlarm : public engine::Alarm {
 public:
  explicit SimAlarm(SimClock& clock) : clock_(clock) {}

  void set_handler(std::function<void()> ring) override { ring_ = std::move(ring); }
  void set(std::optional<Nanos> at) override { at_ = at; }

  std::optional<Nanos> at() const { return ring_ ? at_ : std::nullopt; }
  // Rings when its time has come; true when it did.
  bool ring_if_due() {
    if (!ring_ || !at_ || clock_.peek() < *at_) return false;
    at_.reset();
    const auto ring = ring_;  // it may be replaced meanwhile
    ring();
    return true;
  }

 private:
  SimClock& clock_;
  std::function<void()> ring_;
  std::optional<Nanos> at_;
};

// The alarm first, then the processes: at one moment what the engine planned comes before what programs do.
class TimedScheduler : public Scheduler {
 public:
  TimedScheduler(SimAlarm& alarm, Scheduler& processes) : alarm_(alarm), processes_(processes) {}
  bool step() override { return alarm_.ring_if_due() || processes_.step(); }
  std::optional<Nanos> next_timer() override {
    const auto process = processes_.next_timer();
    const auto alarm = alarm_.at();
    if (process && alarm) return std::min(*process, *alarm);
    return process ? process : alarm;
  }

 private:
  SimAlarm& alarm_;
  Scheduler& processes_;
};

}  // namespace strates::sim
