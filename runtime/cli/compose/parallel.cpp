#include "cli/compose/parallel.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <set>
#include <thread>

namespace strates::cli {

namespace {

class Scheduler {
 public:
  Scheduler(const Order& order, const std::function<Result<void>(const std::string&)>& work) : work_(work) {
    for (const auto& [node, after] : order) {
      std::set<std::string>& waits = waiting_[node];
      for (const std::string& other : after)
        if (order.contains(other) && other != node) waits.insert(other);
    }
  }

  Result<void> run(size_t width) {
    std::vector<std::thread> threads;
    for (size_t i = 0; i < std::min(width, waiting_.size()); ++i) threads.emplace_back([this] { loop(); });
    for (std::thread& thread : threads) thread.join();
    if (failure_) return *failure_;
    return success();
  }

 private:
  void loop() {
    std::unique_lock lock(mutex_);
    for (;;) {
      if (failure_ || waiting_.empty()) return;
      const auto ready = std::find_if(waiting_.begin(), waiting_.end(), [](const auto& entry) { return entry.second.empty(); });
      if (ready == waiting_.end()) {
        if (running_ == 0) return;  // a circle: its owner has refused it before
        changed_.wait(lock);
        continue;
      }
      const std::string node = ready->first;
      waiting_.erase(ready);
      ++running_;
      lock.unlock();
      auto done = work_(node);
      lock.lock();
      --running_;
      for (auto& [name, waits] : waiting_) waits.erase(node);
      if (!done.ok() && !failure_) failure_ = std::move(done).error();
      changed_.notify_all();
    }
  }

  const std::function<Result<void>(const std::string&)>& work_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, std::set<std::string>> waiting_;
  size_t running_ = 0;
  std::optional<Error> failure_;
};

}  // namespace

Result<void> run_in_order(const Order& order, const std::function<Result<void>(const std::string& node)>& work, size_t width) {
  return Scheduler(order, work).run(width);
}

}  // namespace strates::cli
