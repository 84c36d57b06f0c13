// The engine's lock on a machine with threads: a mutex and a condition.
#pragma once

#include <condition_variable>
#include <mutex>

#include "engine/ports.hpp"

namespace strates::linux_world {

class MutexMonitor : public engine::Monitor {
 public:
  void lock() override { mutex_.lock(); }
  void unlock() override { mutex_.unlock(); }
  // `deadline` is on the machine's clock (CLOCK_REALTIME), as Clock::now is.
  bool wait(const std::function<bool()>& done, Nanos deadline) override;
  void notify() override { changed_.notify_all(); }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
};

}  // namespace strates::linux_world
