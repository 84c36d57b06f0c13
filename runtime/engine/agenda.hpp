// What the engine does later: restarts after a pause, health checks at their interval, a probe's time limit.
//
// Jobs are kept by time, and at one time in the order in which they were planned, so that the simulator does the same things in the same order on
// every machine. One alarm of the world rings for the earliest. Everything here is called with the engine's lock held; a job runs with it held too.
// A job must not wait: it may let the lock go around a port call (Calling), and it plans itself again when what it needs is busy.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <utility>

#include "engine/ports.hpp"

namespace strates::engine {

class Agenda {
 public:
  // A planned job; empty when default. Keeping one whose job has run is harmless.
  struct Ticket {
    Nanos at = 0;
    std::uint64_t number = 0;
    explicit operator bool() const { return number != 0; }
  };

  Agenda(Alarm& alarm, Clock& clock) : alarm_(alarm), clock_(clock) {}

  Ticket plan(Nanos at, std::function<void()> job);
  // The ticket becomes empty. A job under way is not stopped: it looks at the ticket it came from.
  void cancel(Ticket& ticket);
  // Runs what is due, in order, and sets the alarm for what is left.
  void run_due();
  void clear();

 private:
  void set_alarm();

  Alarm& alarm_;
  Clock& clock_;
  std::map<std::pair<Nanos, std::uint64_t>, std::function<void()>> jobs_;
  std::uint64_t last_ = 0;
  bool running_ = false;
};

}  // namespace strates::engine
