#include "daemon/sim_daemon.hpp"

#include <algorithm>
#include <chrono>

namespace strates::daemon {

namespace {

// Between two looks at who else wants the lock.
constexpr std::uint64_t kSteps = 20'000;
constexpr Nanos kLongest = kSecond;

}  // namespace

void PacedMonitor::lock() {
  mutex_.lock();
  // Whoever comes in reads a clock that is right: the driver may have slept for a second.
  world_.advance_to(real_.now());
}

void PacedMonitor::unlock() {
  mutex_.unlock();
  // Whatever was done may have made a process runnable.
  changed_.notify_all();
}

bool PacedMonitor::run_a_while() {
  world_.advance_to(real_.now());
  return world_.run_ready(kSteps);
}

bool PacedMonitor::wait(const std::function<bool()>& done, Nanos deadline) {
  for (;;) {
    if (done()) return true;
    // Before the deadline is looked at: a caller whose deadline has passed already would otherwise never let the world go on.
    const bool more = run_a_while();
    if (done()) return true;
    const Nanos now = real_.now();
    if (deadline != 0 && now >= deadline) return false;
    Nanos pause = more ? 0 : kLongest;
    if (const auto timer = world_.next_timer(); timer && !more) pause = std::clamp(*timer - now, Nanos{0}, pause);
    if (deadline != 0) pause = std::min(pause, deadline - now);
    changed_.wait_for(mutex_, std::chrono::nanoseconds(std::max(pause, Nanos{0})));
  }
}

void PacedMonitor::start_driver() {
  driver_ = std::thread([this] {
    std::unique_lock guard(mutex_);
    while (!stopping_) {
      const bool more = run_a_while();
      Nanos pause = more ? 0 : kLongest;
      if (const auto timer = world_.next_timer(); timer && !more) pause = std::clamp(*timer - real_.now(), Nanos{0}, kLongest);
      changed_.wait_for(guard, std::chrono::nanoseconds(pause));
    }
  });
}

void PacedMonitor::stop() {
  stopping_ = true;
  changed_.notify_all();
  if (driver_.joinable()) driver_.join();
}

}  // namespace strates::daemon
