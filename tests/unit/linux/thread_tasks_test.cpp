// Jobs side by side and reading ahead: order, ends, errors, exceptions, and a machine that has no thread left.
#include "linux/thread_tasks.hpp"

#include <doctest/doctest.h>
#include <pthread.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>

using namespace strates;
using linux_world::ThreadTasks;

namespace {

// No thread can be made while it lives: nobody has room for such a stack.
class NoThreads {
 public:
  NoThreads() {
    pthread_getattr_default_np(&before_);
    pthread_attr_t huge;
    pthread_attr_init(&huge);
    pthread_attr_setstacksize(&huge, size_t{1} << 46);
    REQUIRE(pthread_setattr_default_np(&huge) == 0);
    pthread_attr_destroy(&huge);
  }
  ~NoThreads() {
    pthread_setattr_default_np(&before_);
    pthread_attr_destroy(&before_);
  }
  NoThreads(const NoThreads&) = delete;
  NoThreads& operator=(const NoThreads&) = delete;

 private:
  pthread_attr_t before_;
};

// Gives `pieces` thousands of bytes, a thousand at a time at most, then what `end` does. A byte tells where it stands.
class Pieces final : public ByteSource {
 public:
  Pieces(size_t pieces, std::function<Result<size_t>()> end) : left_(pieces * 1000), end_(std::move(end)) {}
  Result<size_t> read(std::span<char> buffer) override {
    ++reads;
    if (left_ == 0) return end_();
    const size_t count = std::min({buffer.size(), size_t{1000}, left_});
    for (size_t i = 0; i < count; ++i) buffer[i] = static_cast<char>((left_ - i) % 251);
    left_ -= count;
    return count;
  }
  static inline std::atomic<size_t> reads{0};

 private:
  size_t left_;
  std::function<Result<size_t>()> end_;
};

Result<size_t> whole() { return size_t{0}; }

std::unique_ptr<ByteSource> pieces(size_t count, std::function<Result<size_t>()> end = whole) { return std::make_unique<Pieces>(count, std::move(end)); }

}  // namespace

TEST_CASE("as many jobs run at a time as were asked for, and not one more") {
  std::mutex mutex;
  std::condition_variable changed;
  int running = 0, most = 0, ran = 0;
  const auto job = [&] {
    std::unique_lock lock(mutex);
    most = std::max(most, ++running);
    changed.notify_all();
    // The first three meet: this ends only when they really run side by side.
    if (++ran <= 3) CHECK(changed.wait_for(lock, std::chrono::seconds(20), [&] { return most == 3; }));
    --running;
  };
  ThreadTasks().all(std::vector<std::function<void()>>(10, job), 3);
  CHECK(ran == 10);
  CHECK(most == 3);
  CHECK(running == 0);
}

TEST_CASE("an exception of a job reaches the caller when all have ended") {
  std::atomic<int> ended{0};
  std::vector<std::function<void()>> jobs;
  for (int i = 0; i < 8; ++i)
    jobs.emplace_back([&ended, i] {
      if (i % 2 == 1) throw std::runtime_error("broken");
      ++ended;
    });
  CHECK_THROWS_WITH_AS(ThreadTasks().all(jobs, 3), "broken", std::runtime_error);
  CHECK(ended == 4);
}

TEST_CASE("without a thread to spare, jobs run in the caller") {
  std::set<std::thread::id> who;
  std::mutex mutex;
  int ran = 0;
  {
    const NoThreads none;
    ThreadTasks().all(std::vector<std::function<void()>>(5, [&] {
                        const std::lock_guard lock(mutex);
                        ++ran;
                        who.insert(std::this_thread::get_id());
                      }),
                      3);
  }
  CHECK(ran == 5);
  CHECK(who == std::set<std::thread::id>{std::this_thread::get_id()});
}

TEST_CASE("a job that was begun runs beside, and has ended when its handle is gone") {
  std::atomic<bool> go{false}, ended{false};
  auto ongoing = ThreadTasks().begin([&] {
    while (!go) std::this_thread::yield();
    ended = true;
  });
  REQUIRE(ongoing != nullptr);
  CHECK_FALSE(ended);
  go = true;
  ongoing.reset();
  CHECK(ended);
  CHECK_NOTHROW(ThreadTasks().begin([] { throw std::bad_alloc(); }).reset());
}

TEST_CASE("without a thread to spare, a job has ended when it was begun") {
  const NoThreads none;
  bool ended = false;
  CHECK(ThreadTasks().begin([&] { ended = true; }) == nullptr);
  CHECK(ended);
}

TEST_CASE("without a thread to spare, nothing is read ahead and all is read") {
  const NoThreads none;
  const auto bytes = ThreadTasks().read_ahead(pieces(50));
  CHECK(read_all(*bytes, 1 << 20).value_or("").size() == 50'000);
}

TEST_CASE("what is read ahead is the same bytes, whatever the sizes of the reads") {
  const std::string expected = read_all(*pieces(20'000), 1 << 26).value();
  const auto bytes = ThreadTasks().read_ahead(pieces(20'000));
  std::string got, buffer(77'777, '\0');
  for (;;) {
    const auto count = bytes->read(buffer);
    REQUIRE(count.ok());
    if (count.value() == 0) break;
    got.append(buffer, 0, count.value());
  }
  CHECK((got == expected));  // not shown: it is twenty megabytes
  CHECK(bytes->read(buffer).value_or(1) == 0);  // and the end stays
}

TEST_CASE("an error comes after the bytes before it, and stays") {
  const auto bytes = ThreadTasks().read_ahead(pieces(3, []() -> Result<size_t> { return docker_error(ErrorKind::Unavailable, "fetch.truncated", "unexpected EOF"); }));
  std::string buffer(10'000, '\0');
  size_t got = 0;
  for (;;) {
    const auto count = bytes->read(buffer);
    if (!count.ok()) break;
    REQUIRE(count.value() > 0);
    got += count.value();
  }
  CHECK(got == 3000);
  CHECK(bytes->read(buffer).error().code == "fetch.truncated");
}

TEST_CASE("a source that throws becomes an error of who reads") {
  const auto bytes = ThreadTasks().read_ahead(pieces(0, []() -> Result<size_t> { throw std::bad_alloc(); }));
  std::string buffer(10, '\0');
  const auto got = bytes->read(buffer);
  REQUIRE(!got.ok());
  CHECK(got.error().code == "tasks.exception");
}

TEST_CASE("no more than eight pieces are read ahead, and leaving ends the reading between two reads") {
  Pieces::reads = 0;
  {
    const auto bytes = ThreadTasks().read_ahead(pieces(1'000'000));
    std::string one(1, '\0');
    REQUIRE(bytes->read(one).ok());
    for (size_t before = 0; before != Pieces::reads;) {
      before = Pieces::reads;
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    CHECK(Pieces::reads <= 8u * 1049 + 1049);
  }
  Pieces::reads = 0;
  std::atomic<bool> inside{false};
  {
    // An endless drip of small reads: the piece never fills, and only the flag ends it.
    struct Drip final : ByteSource {
      explicit Drip(std::atomic<bool>& the_inside) : inside(the_inside) {}
      Result<size_t> read(std::span<char> buffer) override {
        inside = true;
        ++Pieces::reads;
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
        buffer[0] = 'x';
        return size_t{1};
      }
      std::atomic<bool>& inside;
    };
    const auto bytes = ThreadTasks().read_ahead(std::make_unique<Drip>(inside));
    while (!inside) std::this_thread::yield();
  }
  CHECK(Pieces::reads < 10'000);
}
