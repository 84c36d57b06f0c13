// engine::Alarm on a machine with threads: one thread that sleeps until the time set.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

#include "engine/ports.hpp"

namespace strates::linux_world {

class ThreadAlarm : public engine::Alarm {
 public:
  explicit ThreadAlarm(Clock& clock) : clock_(clock) {}
  ~ThreadAlarm() override { set_handler(nullptr); }

  // The thread lives while there is a handler. Not to be called from the handler.
  void set_handler(std::function<void()> ring) override;
  void set(std::optional<Nanos> at) override;

 private:
  void run();

  Clock& clock_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::function<void()> ring_;
  std::optional<Nanos> at_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace strates::linux_world
