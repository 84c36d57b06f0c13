#include "linux/thread_alarm.hpp"

#include <algorithm>
#include <chrono>

namespace strates::linux_world {

namespace {

// The machine's clock may be set while we sleep: it is looked at again after this.
constexpr Nanos kLongestSleep = 10 * kSecond;

}  // namespace

void ThreadAlarm::set_handler(std::function<void()> ring) {
  if (thread_.joinable()) {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }
  ring_ = std::move(ring);
  stopping_ = false;
  if (ring_) thread_ = std::thread([this] { run(); });
}

void ThreadAlarm::set(std::optional<Nanos> at) {
  {
    const std::lock_guard lock(mutex_);
    at_ = at;
  }
  changed_.notify_all();
}

void ThreadAlarm::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (!at_) {
      changed_.wait(lock);
      continue;
    }
    const Nanos left = *at_ - clock_.now();
    if (left > 0) {
      changed_.wait_for(lock, std::chrono::nanoseconds(std::min(left, kLongestSleep)));
      continue;
    }
    at_.reset();
    lock.unlock();
    ring_();
    lock.lock();
  }
}

}  // namespace strates::linux_world
