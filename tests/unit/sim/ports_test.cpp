#include "sim/seeded_random.hpp"
#include "sim/sim_metadata.hpp"
#include "sim/sim_monitor.hpp"
#include "sim/sim_spooler.hpp"
#include "sim_support.hpp"

namespace strates::sim {

TEST_CASE("a blob is kept under its digest, whole or not at all") {
  Store world;
  const std::string hello = "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
  {
    auto left = must(world.blobs.create());
    must(left->write("hel"));
  }
  CHECK(must(world.blobs.list()).empty());
  auto writer = must(world.blobs.create());
  must(writer->write("hel"));
  must(writer->write("lo"));
  const Digest digest = must(writer->finish());
  CHECK(digest.str() == hello);
  CHECK(testing::code_of(writer->finish()) == "blob.finished");
  CHECK(testing::code_of(writer->write("x")) == "blob.finished");
  CHECK(must(world.blobs.read(digest, 5)) == "hello");
  CHECK(testing::code_of(world.blobs.read(digest, 4)) == "stream.too-large");
  CHECK(must(world.blobs.size(digest)) == 5);
  auto source = must(world.blobs.open(digest));
  must(world.blobs.remove(digest));
  CHECK(must(read_all(*source, 10)) == "hello");  // an open blob stays readable
  CHECK(!world.blobs.has(digest));
  CHECK(testing::code_of(world.blobs.remove(digest)) == "blob.not-found");
  CHECK(testing::code_of(world.blobs.open(Digest("sha256:../../etc/passwd"))) == "blob.digest");
  must(world.blobs.set_index("{}"));
  CHECK(world.blobs.index() == "{}");
}

TEST_CASE("metadata is ordered, erased by none, and kept by bucket") {
  SimMetadata metadata;
  must(metadata.commit({{"b", "z", "1"}, {"b", "a", "2"}, {"c", "a", "3"}, {"b", "gone", "4"}, {"b", "gone", std::nullopt}}));
  CHECK(must(metadata.list("b")) == std::vector<std::pair<std::string, std::string>>{{"a", "2"}, {"z", "1"}});
  CHECK(must(metadata.get("c", "a")) == "3");
  CHECK(!must(metadata.get("c", "b")).has_value());
  CHECK(must(metadata.list("none")).empty());
  must(metadata.commit({{"none", "a", std::nullopt}}));
}

TEST_CASE("a spool is bounded and read twice") {
  SimSpooler spooler;
  StringSource first("12345"), second("12345");
  const auto spool = must(spooler.keep(first, 5));
  CHECK(must(read_all(*must(spool->open()), 10)) == "12345");
  CHECK(must(read_all(*must(spool->open()), 10)) == "12345");
  CHECK(testing::code_of(spooler.keep(second, 4)) == "stream.too-large");
}

TEST_CASE("the same seed gives the same bytes, in any portions of eight") {
  SeededRandom a(7), b(7), other(8);
  const std::string all = a.bytes(32);
  std::string portions = b.bytes(16);
  portions += b.bytes(16);
  CHECK(portions == all);
  CHECK(other.bytes(32) != all);
  CHECK(all.size() == 32);
}

namespace {

// Sleepers only: each step wakes one whose time has come.
class Sleepers : public Scheduler {
 public:
  explicit Sleepers(SimClock& clock) : clock_(clock) {}
  bool step() override {
    if (endless) return true;
    if (times.empty() || times.front() > clock_.peek()) return false;
    times.erase(times.begin());
    ++woken;
    return true;
  }
  std::optional<Nanos> next_timer() override { return times.empty() ? std::nullopt : std::optional(times.front()); }
  std::vector<Nanos> times;
  int woken = 0;
  bool endless = false;

 private:
  SimClock& clock_;
};

}  // namespace

TEST_CASE("waiting jumps from timer to timer, never past the deadline") {
  SimClock clock(0);
  Sleepers sleepers(clock);
  SimMonitor monitor(sleepers, clock, 1000);
  sleepers.times = {10 * kSecond, 3600 * kSecond};
  CHECK(monitor.wait([&] { return sleepers.woken == 1; }, 0));
  CHECK(clock.peek() == 10 * kSecond + kStepTime);
  CHECK(!monitor.wait([&] { return sleepers.woken == 2; }, 20 * kSecond));
  CHECK(clock.peek() == 20 * kSecond);
  CHECK(monitor.wait([&] { return sleepers.woken == 2; }, 0));
  CHECK(!monitor.wait([] { return false; }, 0));  // nothing can ever happen
  CHECK(!monitor.wait([] { return false; }, 4000 * kSecond));
  CHECK(clock.peek() == 4000 * kSecond);
}

TEST_CASE("a program that never ends cannot hold a waiter forever") {
  SimClock clock(0);
  Sleepers sleepers(clock);
  sleepers.endless = true;
  SimMonitor monitor(sleepers, clock, 1000);
  CHECK(!monitor.wait([] { return false; }, 0));
  CHECK(clock.peek() == 1000 * kStepTime);
  CHECK(!monitor.wait([] { return false; }, clock.peek() + 10 * kStepTime));
  CHECK(clock.peek() == 1010 * kStepTime);
}

TEST_CASE("the clock never says the same twice, and never goes back") {
  SimClock clock(5 * kSecond);
  const Nanos first = clock.now();
  CHECK(clock.now() > first);
  clock.advance_to(kSecond);
  CHECK(clock.now() > first);
}

}  // namespace strates::sim
