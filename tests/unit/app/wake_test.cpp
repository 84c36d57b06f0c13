#include <doctest/doctest.h>

#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <thread>

#include "viewer/app/stop_signals.hpp"
#include "viewer/app/wake_thread.hpp"

using namespace strates;
using namespace strates::viewer;

namespace {

bool becomes(const std::atomic<int>& count, int wanted) {
  for (int i = 0; i < 400 && count != wanted; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  return count == wanted;
}
void add_one(int fd) {
  const std::uint64_t one = 1;
  REQUIRE(::write(fd, &one, sizeof one) == sizeof one);
}

}  // namespace

TEST_CASE("a readable descriptor wakes once, and again when asked to watch again") {
  const UniqueFd event(::eventfd(0, EFD_CLOEXEC));
  std::atomic<int> woke{0};
  const auto thread = WakeThread::start({-1, event.get()}, [&] { ++woke; });
  REQUIRE(thread.ok());
  add_one(event.get());
  CHECK(becomes(woke, 1));
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  CHECK(woke == 1);  // still readable, and nobody rearmed
  thread.value()->rearm();
  CHECK(becomes(woke, 2));
  std::uint64_t read_it = 0;
  REQUIRE(::read(event.get(), &read_it, sizeof read_it) == sizeof read_it);
  thread.value()->rearm();
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  CHECK(woke == 2);
}

TEST_CASE("a descriptor whose other end is gone wakes once, not for ever") {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const UniqueFd reading(ends[0]);
  UniqueFd writing(ends[1]);
  std::atomic<int> woke{0};
  std::unique_ptr<WakeThread> thread;
  auto started = WakeThread::start({reading.get()}, [&] { ++woke; });
  REQUIRE(started.ok());
  thread = std::move(started).value();
  writing.reset();
  CHECK(becomes(woke, 1));
  for (int i = 0; i < 5; ++i) {
    thread->rearm();
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  CHECK(woke == 1);
}

TEST_CASE("signals that end the program are noted while a window is open, and are what they were afterwards") {
  struct sigaction before = {}, after = {};
  ::sigaction(SIGTERM, nullptr, &before);
  {
    const auto signals = StopSignals::catch_them();
    REQUIRE(signals.ok());
    CHECK_FALSE(signals.value()->arrived());
    CHECK(StopSignals::catch_them().error().code == "window.signals");
    REQUIRE(::raise(SIGTERM) == 0);
    CHECK(signals.value()->arrived());
    REQUIRE(::raise(SIGINT) == 0);
    CHECK(signals.value()->arrived());
  }
  ::sigaction(SIGTERM, nullptr, &after);
  CHECK((before.sa_handler == after.sa_handler));
  CHECK_FALSE(StopSignals::catch_them().value()->arrived());
}
