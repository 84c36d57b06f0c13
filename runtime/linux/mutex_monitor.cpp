#include "linux/mutex_monitor.hpp"

#include <chrono>

namespace strates::linux_world {

bool MutexMonitor::wait(const std::function<bool()>& done, Nanos deadline) {
  std::unique_lock lock(mutex_, std::adopt_lock);  // the caller's
  bool result = true;
  if (deadline == 0) {
    changed_.wait(lock, done);
  } else {
    const std::chrono::system_clock::time_point until{std::chrono::duration_cast<std::chrono::system_clock::duration>(std::chrono::nanoseconds(deadline))};
    result = changed_.wait_until(lock, until, done);
  }
  static_cast<void>(lock.release());  // and the caller's again
  return result;
}

}  // namespace strates::linux_world
