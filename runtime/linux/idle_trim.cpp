#include "linux/idle_trim.hpp"

#include <malloc.h>

namespace strates::linux_world {

using Clock = std::chrono::steady_clock;

IdleTrim::IdleTrim(std::chrono::milliseconds silence, std::function<void()> trim)
    : silence_(silence), trim_(std::move(trim)), thread_([this] { run(); }) {}

IdleTrim::~IdleTrim() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void IdleTrim::give_back_memory() { ::malloc_trim(0); }

void IdleTrim::share_one_arena() { ::mallopt(M_ARENA_MAX, 1); }

void IdleTrim::touch() {
  last_ = Clock::now();
  if (!asleep_.exchange(false)) return;
  const std::lock_guard lock(mutex_);  // not between the thread's look and its sleep
  changed_.notify_all();
}

void IdleTrim::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (asleep_) {
      changed_.wait(lock);
      continue;
    }
    const Clock::time_point due = last_.load() + silence_;
    if (Clock::now() < due) {
      changed_.wait_until(lock, due);
      continue;
    }
    asleep_ = true;  // first: what is asked from here on is another silence's
    lock.unlock();
    trim_();
    lock.lock();
  }
}

}  // namespace strates::linux_world
