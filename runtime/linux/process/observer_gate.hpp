// Lets reader threads call the observer, and whoever takes the observer away wait until no call is under way: after set(null) the old one may go.
#pragma once

#include <condition_variable>
#include <mutex>

#include "engine/ports.hpp"

namespace strates::linux_world {

class ObserverGate {
 public:
  // Not from within a call. Calls that come while there is no observer are dropped.
  void set(engine::ProcessObserver* observer) {
    std::unique_lock lock(mutex_);
    observer_ = observer;
    idle_.wait(lock, [&] { return inside_ == 0; });
  }

  template <typename Call>
  void with(Call call) {
    engine::ProcessObserver* observer = nullptr;
    {
      const std::lock_guard lock(mutex_);
      if (observer_ == nullptr) return;
      observer = observer_;
      ++inside_;
    }
    call(*observer);
    const std::lock_guard lock(mutex_);
    if (--inside_ == 0) idle_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable idle_;
  engine::ProcessObserver* observer_ = nullptr;
  int inside_ = 0;
};

}  // namespace strates::linux_world
