// One thread that waits for many descriptors (epoll(7)): the resolver's sockets and the relay's connections. What is registered belongs to that thread;
// others hand it work by `run`.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace strates::linux_world {

class Reactor {
 public:
  using Ready = std::function<void(std::uint32_t events)>;  // EPOLL*
  using Time = std::chrono::steady_clock::time_point;

  static Result<std::unique_ptr<Reactor>> start();
  ~Reactor();  // nothing is called any more when it returns

  // In the reactor's thread; returns when it has been done. From within that thread: at once.
  void run(const std::function<void()>& task);

  // --- the reactor's thread only. A handler may forget itself or others.
  void watch(int fd, std::uint32_t events, Ready ready);
  void change(int fd, std::uint32_t events);
  void forget(int fd);  // before it is closed
  using Timer = std::uint64_t;
  Timer after(std::chrono::milliseconds delay, std::function<void()> call);
  void cancel(Timer timer);

 private:
  struct Task {
    const std::function<void()>* work;
    bool done = false;
  };
  Reactor(UniqueFd poll, UniqueFd wake) : poll_(std::move(poll)), wake_(std::move(wake)) {}
  void serve();
  void do_tasks();
  int next_delay() const;
  void ring_due();

  UniqueFd poll_, wake_;
  std::map<int, std::shared_ptr<Ready>> watched_;
  std::map<std::pair<Time, Timer>, std::function<void()>> timers_;
  Timer last_timer_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Task*> tasks_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace strates::linux_world
