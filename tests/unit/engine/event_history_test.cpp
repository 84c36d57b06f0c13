// The trace's past within its bound: what is dropped is the oldest, and said.
#include "engine/event_history.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace strates;
using namespace strates::engine;

namespace {

Event started(Seq seq) { return {seq, static_cast<Nanos>(seq), seq, 0, event::Container(event::ContainerStarted{ContainerId("container-" + std::to_string(seq))})}; }

std::vector<Seq> numbers(const EventHistory& history, Seq since) {
  std::vector<Seq> out;
  each_event(history.after(since), since, [&](const Event& event) {
    CHECK(event.at == static_cast<Nanos>(event.seq));
    CHECK(std::get<event::ContainerStarted>(std::get<event::Container>(event.what)).container.str() == "container-" + std::to_string(event.seq));
    out.push_back(event.seq);
  });
  return out;
}

}  // namespace

TEST_CASE("a history keeps the newest events within its bound, none missing between") {
  EventHistory history(16 << 10);
  CHECK(numbers(history, 0).empty());
  for (Seq seq = 1; seq <= 100'000; ++seq) {
    history.add(started(seq));
    REQUIRE(history.bytes() <= (16 << 10));
  }
  const auto kept = numbers(history, 0);
  REQUIRE(kept.size() > 500);
  CHECK(kept.back() == 100'000);
  CHECK(kept.front() == history.dropped_until() + 1);
  CHECK(kept.back() - kept.front() + 1 == kept.size());
  CHECK(numbers(history, 99'990) == std::vector<Seq>{99'991, 99'992, 99'993, 99'994, 99'995, 99'996, 99'997, 99'998, 99'999, 100'000});
  CHECK(numbers(history, 100'000).empty());
}

TEST_CASE("a history that has room drops nothing") {
  EventHistory history(1 << 20);
  for (Seq seq = 1; seq <= 5'000; ++seq) history.add(started(seq));
  CHECK(history.dropped_until() == 0);
  CHECK(numbers(history, 0).size() == 5'000);
  CHECK(numbers(history, 4'000).front() == 4'001);
}

TEST_CASE("what was taken to be read stays as it was while the history goes on") {
  EventHistory history(16 << 10);
  for (Seq seq = 1; seq <= 1'000; ++seq) history.add(started(seq));
  const auto before = numbers(history, 0);
  const EventHistory::Blocks taken = history.after(0);
  for (Seq seq = 1'001; seq <= 50'000; ++seq) history.add(started(seq));
  REQUIRE(history.dropped_until() > 1'000);  // of what was taken, nothing is kept any more
  std::vector<Seq> read;
  each_event(taken, 0, [&](const Event& event) { read.push_back(event.seq); });
  CHECK(read == before);
}
