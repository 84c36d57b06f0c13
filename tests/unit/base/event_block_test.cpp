// Packed events: texts that begin alike, numbers at their ends.
#include "base/event_block.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <string>
#include <vector>

using namespace strates;

namespace {

std::vector<Event> all(const EventBlock& block) {
  std::vector<Event> out;
  block.each([&](const Event& event) { out.push_back(event); });
  return out;
}

std::string name_of(const Event& event) { return std::get<event::OpStarted>(std::get<event::Operation>(event.what)).name; }

}  // namespace

TEST_CASE("texts of a block come back whole: empty, repeated, begun alike, with any byte") {
  const std::vector<std::string> texts = {"", "/a/b/c", "/a/b/d", "/a/b", "/a/b/c", "", std::string("\0\xff\x80\n", 4), std::string(70'000, 'x'), std::string(70'000, 'x') + "y", "/a/b/d", "x"};
  EventBlock block;
  CHECK(block.empty());
  for (size_t i = 0; i < texts.size(); ++i) block.add({i + 1, 0, 0, 0, event::Operation(event::OpStarted{texts[i], texts[texts.size() - 1 - i]})});
  const auto read = all(block);
  REQUIRE(read.size() == texts.size());
  for (size_t i = 0; i < texts.size(); ++i) {
    CHECK(name_of(read[i]) == texts[i]);
    CHECK(std::get<event::OpStarted>(std::get<event::Operation>(read[i].what)).object == texts[texts.size() - 1 - i]);
  }
}

TEST_CASE("a text that was there, or begins as the one before it, costs little") {
  const std::string text(70'000, 'x');
  EventBlock block;
  block.add({1, 0, 0, 0, event::Operation(event::OpStarted{text, text + "y"})});
  block.add({2, 0, 0, 0, event::Operation(event::OpStarted{text + "y", text})});
  CHECK(block.bytes() < 70'100);
  CHECK(name_of(all(block)[1]) == text + "y");
}

TEST_CASE("numbers of a block come back at their ends, and time may go backwards") {
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
  constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min(), kLargest = std::numeric_limits<std::int64_t>::max();
  EventBlock block;
  block.add({5, kLargest, kMost, 1, event::Container(event::ProcessExecuted{ContainerId("c"), "", kLeast, kLargest, {"a", "", "a"}})});
  block.add({6, 0, 0, kMost, event::Container(event::ContainerStopped{ContainerId("c"), std::numeric_limits<int>::min(), true})});
  block.add({7, 1, 2, 3, event::Image(event::LayerUnpacked{ChainId("x"), DiffId("y"), kMost, 0})});
  block.close();
  const auto read = all(block);
  REQUIRE(read.size() == 3);
  CHECK(read[0].at == kLargest);
  CHECK(read[0].op == kMost);
  const auto& executed = std::get<event::ProcessExecuted>(std::get<event::Container>(read[0].what));
  CHECK(executed.host_pid == kLeast);
  CHECK(executed.container_pid == kLargest);
  CHECK(executed.args == std::vector<std::string>{"a", "", "a"});
  CHECK(read[1].at == 0);
  CHECK(read[1].parent == kMost);
  const auto& stopped = std::get<event::ContainerStopped>(std::get<event::Container>(read[1].what));
  CHECK(stopped.exit_code == std::numeric_limits<int>::min());
  CHECK(stopped.oom_killed);
  CHECK(std::get<event::LayerUnpacked>(std::get<event::Image>(read[2].what)).entries == kMost);
  CHECK(read[2].seq == 7);
}
