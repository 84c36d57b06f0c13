// Watches descriptors while the window sleeps in its own events, and calls back when one is readable: once, until asked to watch again.
#pragma once

#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace strates::viewer {

class WakeThread {
 public:
  // `wake` is called in the thread; negative descriptors are left out. The thread sleeps until rearm() after each call.
  // code io.* when the system has no descriptor left.
  static Result<std::unique_ptr<WakeThread>> start(std::vector<int> fds, std::function<void()> wake);
  // Waits for the thread: at most as long as `wake` takes.
  ~WakeThread();
  WakeThread(const WakeThread&) = delete;
  WakeThread& operator=(const WakeThread&) = delete;

  void rearm();

 private:
  WakeThread() = default;
  void run(const std::vector<int>& fds, const std::function<void()>& wake);

  UniqueFd control_;  // an eventfd: 1 for rearm, kStop for the end
  std::thread thread_;
};

}  // namespace strates::viewer
