// Memory that a busy daemon took and no longer uses goes back to the machine when nobody has asked anything for a while.
//
// glibc keeps what was freed, in an arena for each of the threads that serve connections: after a build or a large listing that is most of what the daemon
// holds, and an idle daemon would hold it for days (malloc_trim(3), mallopt(3) "M_ARENA_MAX"). Trimming at once would make the next request fault it in
// again, so it waits for silence; between two silences the thread sleeps without a timer.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace strates::linux_world {

class IdleTrim {
 public:
  // `trim`: what to do, once for each silence.
  explicit IdleTrim(std::chrono::milliseconds silence = std::chrono::seconds(20), std::function<void()> trim = give_back_memory);
  ~IdleTrim();
  IdleTrim(const IdleTrim&) = delete;
  IdleTrim& operator=(const IdleTrim&) = delete;

  // Something is asked. Any thread.
  void touch();

  static void give_back_memory();
  // One arena for all threads: what some of them keep leaves no holes in one each, which no trimming closes. Before the first thread.
  static void share_one_arena();

 private:
  void run();

  const std::chrono::milliseconds silence_;
  const std::function<void()> trim_;
  std::atomic<std::chrono::steady_clock::time_point> last_{};
  std::atomic<bool> asleep_ = true;  // nothing happened since the last trim
  bool stopping_ = false;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::thread thread_;
};

}  // namespace strates::linux_world
