// The simulator behind a daemon: one lock around everything, time that goes with the machine's clock.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "engine/ports.hpp"
#include "sim/world.hpp"

namespace strates::daemon {

// The simulated world may be used by one thread at a time, callbacks included: the lock is recursive (a callback comes back into the engine) and is kept during port
// calls. A waiter runs the interpreted processes itself; a driver thread runs them while nobody waits.
class PacedMonitor final : public engine::Monitor {
 public:
  PacedMonitor(sim::SimWorld& world, Clock& real) : world_(world), real_(real) {}
  ~PacedMonitor() override { stop(); }

  void start_driver();
  void stop();

  void lock() override;
  void unlock() override;
  void begin_call() override {}
  void end_call() override {}
  bool wait(const std::function<bool()>& done, Nanos deadline) override;
  void notify() override { changed_.notify_all(); }

 private:
  // Lets the world catch up with the clock; true when processes want to go on at once.
  bool run_a_while();

  sim::SimWorld& world_;
  Clock& real_;
  std::recursive_mutex mutex_;
  std::condition_variable_any changed_;
  std::thread driver_;
  std::atomic<bool> stopping_ = false;
};

}  // namespace strates::daemon
