// When memory is given back: once for each silence, and never while things are asked.
#include "linux/idle_trim.hpp"

#include <doctest/doctest.h>

using namespace strates;
using linux_world::IdleTrim;
using namespace std::chrono_literals;

namespace {

struct Count {
  std::mutex mutex;
  std::condition_variable changed;
  int trims = 0;
  std::function<void()> counter() {
    return [this] {
      const std::lock_guard lock(mutex);
      ++trims;
      changed.notify_all();
    };
  }
  bool reaches(int wanted) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, 20s, [&] { return trims >= wanted; });
  }
  int now() {
    const std::lock_guard lock(mutex);
    return trims;
  }
};

}  // namespace

TEST_CASE("memory is given back once after each silence") {
  Count count;
  IdleTrim trim(20ms, count.counter());
  std::this_thread::sleep_for(100ms);
  CHECK(count.now() == 0);  // nothing was asked: there is nothing to give back
  trim.touch();
  trim.touch();
  REQUIRE(count.reaches(1));
  std::this_thread::sleep_for(100ms);
  CHECK(count.now() == 1);
  trim.touch();
  CHECK(count.reaches(2));
}

TEST_CASE("while things are asked nothing is given back") {
  Count count;
  IdleTrim trim(10s, count.counter());
  for (int i = 0; i < 50; ++i) {
    trim.touch();
    std::this_thread::sleep_for(1ms);
  }
  CHECK(count.now() == 0);
}  // and its end does not wait for the silence
