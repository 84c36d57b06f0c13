#include "viewer/model/timeline.hpp"

#include <doctest/doctest.h>

#include "base/text.hpp"
#include "overlay_story.hpp"
#include "viewer/draw/theme.hpp"

using namespace strates;
using namespace strates::viewer;

namespace {

constexpr Playhead::Millis kMotion = kMotionMilliseconds;

// A playhead at rest at `shown` of `count`.
Playhead at(size_t shown, size_t count) {
  Playhead head;
  head.set_count(count, 0);
  for (size_t i = 0; i < shown; ++i) head.step_forward(0);
  head.advance(kMotion);
  REQUIRE(head.position() == Position{shown, 1});
  return head;
}

}  // namespace

TEST_CASE("a beat is an event after which the picture changes, told in words") {
  const auto story = whole_story(3);
  set_language(Language::French);
  const auto beats = overlay_beats(story.events, kStoryName);
  std::vector<OverlayChange> kinds;
  for (const auto& beat : beats) kinds.push_back(beat.kind);
  using enum OverlayChange;
  CHECK(kinds == std::vector{Appeared, Started, Read, Read, DirectoryUp, CopiedUp, Read, Whiteout, Created, Created, Opaque, Written, FileRemoved, Whiteout,
                             Created, Committed, Lost, Stopped, Removed});
  CHECK(beats[3].caption == "/etc/motd est lu dans la couche\u00a01.");
  CHECK(beats[5].caption == "Remontée de /etc/motd\u00a0: 286 octets copiés depuis la couche\u00a01.");
  CHECK(beats[17].caption.find("code 3") != std::string::npos);
  for (size_t i = 1; i < beats.size(); ++i) CHECK(beats[i - 1].event < beats[i].event);
  set_language(Language::English);
  const auto english = overlay_beats(story.events, kStoryName);
  CHECK(english[3].caption == "/etc/motd is read in layer\u00a01.");
  CHECK(english[5].caption == "Copy-up of /etc/motd: 286 bytes copied from layer\u00a01.");
  for (size_t i = 0; i < beats.size(); ++i) {
    CHECK(!english[i].caption.empty());
    CHECK(english[i].caption != beats[i].caption);
  }
  set_language(Language::French);
}

TEST_CASE("with a path in focus, reads of other paths are no beats but their writes are") {
  Story story(1);
  story.created().read("/bin/cat", 0).read("/etc/motd", 0).copied("/bin/cat", 0, 5);
  CHECK(overlay_beats(story.events, kStoryName).size() == 4);
  const auto beats = overlay_beats(story.events, kStoryName, "/etc/motd");
  REQUIRE(beats.size() == 3);
  CHECK(beats[1].path == "/etc/motd");
  CHECK(beats[2].path == "/bin/cat");
}

TEST_CASE("beats fed one by one are those of the whole, and none comes without its container") {
  for (unsigned seed = 0; seed < 40; ++seed) {
    const auto events = random_story(seed);
    OverlayBeats fed(kStoryName);
    for (const auto& event : events) fed.feed(event);
    const auto whole = overlay_beats(events, kStoryName);
    REQUIRE(fed.beats().size() == whole.size());
    for (size_t i = 0; i < whole.size(); ++i) {
      CHECK(fed.beats()[i].caption == whole[i].caption);
      CHECK(!whole[i].caption.empty());
      CHECK(whole[i].event < events.size());
    }
    CHECK(overlay_beats(events, "nobody").empty());
  }
}

TEST_CASE("a long path is shortened between characters, its end kept") {
  CHECK(shortened("/etc/motd", 20) == "/etc/motd");
  const std::string accents = "/" + std::string("é") + "/ééééééééééééééééééééééé/fin";
  const std::string out = shortened(accents, 12);
  CHECK(out == "/é/…éééé/fin");
  CHECK(shortened("\x80\x80\x80\x80", 3) == "\x80\x80\x80\x80");
}

TEST_CASE("a step forward moves for its time, a step back undoes it at once") {
  Playhead head = at(1, 3);
  head.step_forward(1000);
  CHECK(head.position() == Position{2, 0});
  head.advance(1000 + kMotion / 2);
  CHECK(head.position().shown == 2);
  CHECK(head.position().progress == doctest::Approx(0.5));
  CHECK(head.due() == Playhead::Millis{0});
  head.step_back(1000 + kMotion / 2);
  CHECK(head.position() == Position{1, 1});
  CHECK(!head.due().has_value());
  head.step_forward(5000);
  head.advance(5000 + kMotion);
  CHECK(head.position() == Position{2, 1});
  // Two steps in a row: the first is over when the second begins.
  head.step_back(6000);
  head.step_back(6000);
  head.step_forward(6000);
  head.step_forward(6010);
  CHECK(head.position() == Position{2, 0});
}

TEST_CASE("there is nothing before the start nor after the end") {
  Playhead head = at(0, 2);
  head.step_back(1000);
  CHECK(head.position() == Position{0, 1});
  head.to_end(1000);
  CHECK(head.position() == Position{2, 1});
  head.step_forward(1100);
  CHECK(head.position() == Position{2, 1});
  head.to_start(1200);
  CHECK(head.position() == Position{0, 1});
  Playhead empty;
  empty.play(0);
  CHECK(empty.mode() == Playhead::Mode::Paused);
  CHECK(empty.position() == Position{0, 1});
}

TEST_CASE("playing shows beat after beat with time to read, and rests at the end") {
  Playhead head = at(0, 3);
  head.play(1000);
  CHECK(head.position() == Position{1, 0});
  head.advance(1000 + kMotion);
  CHECK(head.position() == Position{1, 1});
  CHECK(head.due() == Playhead::kHold);
  head.advance(1000 + kMotion + Playhead::kHold);
  CHECK(head.position() == Position{2, 0});
  head.advance(1000 + 2 * (kMotion + Playhead::kHold) + kMotion);
  CHECK(head.position() == Position{3, 1});
  CHECK(head.mode() == Playhead::Mode::Paused);
  CHECK(!head.due().has_value());
  // Play at the end: from the start again.
  head.play(20000);
  CHECK(head.position() == Position{1, 0});
}

TEST_CASE("a pause lets the motion end and holds what is shown") {
  Playhead head = at(0, 3);
  head.play(1000);
  head.pause(1100);
  CHECK(head.position().shown == 1);
  head.advance(90000);
  CHECK(head.position() == Position{1, 1});
  // Going on takes the next beat at once.
  head.play(90000);
  CHECK(head.position() == Position{2, 0});
}

TEST_CASE("who follows sees each new beat move, and skips when far behind") {
  Playhead head = at(0, 4);
  head.follow(1000);
  CHECK(head.position() == Position{4, 1});
  head.set_count(5, 5000);
  CHECK(head.position() == Position{5, 0});
  head.advance(5000 + kMotion);
  CHECK(head.position() == Position{5, 1});
  CHECK(head.mode() == Playhead::Mode::Following);
  head.set_count(100, 9000);
  CHECK(head.position() == Position{100 - Playhead::kMostBehind + 1, 0});
  head.advance(9000 + 60000);
  CHECK(head.position() == Position{100, 1});
  // Stepping back leaves the live end: what comes then does not move the picture.
  head.step_back(80000);
  head.set_count(120, 81000);
  CHECK(head.position() == Position{99, 1});
}

TEST_CASE("without motion every change is there at once") {
  Playhead head(false);
  head.set_count(3, 0);
  head.step_forward(0);
  CHECK(head.position() == Position{1, 1});
  head.play(10);
  CHECK(head.position() == Position{2, 1});
  CHECK(head.due() == Playhead::kHold);
  head.follow(20);
  head.set_count(4, 30);
  CHECK(head.position() == Position{4, 1});
}

TEST_CASE("another row of beats, fewer, leaves one at its end; a clock that goes back stands still") {
  Playhead head = at(3, 3);
  head.set_count(1, 2000);
  CHECK(head.position() == Position{1, 1});
  head.step_back(2000);
  head.step_forward(2000);
  head.advance(2000 + kMotion / 2);
  const Position there = head.position();
  head.advance(0);
  CHECK(head.position() == there);
}

TEST_CASE("whatever is commanded, one stands among the beats, and the same commands lead to the same place") {
  for (unsigned seed = 0; seed < 60; ++seed) {
    std::mt19937 random(seed);
    Playhead first, second;
    Playhead::Millis now = 0;
    size_t count = 0;
    for (int i = 0; i < 200; ++i) {
      now += static_cast<Playhead::Millis>(random() % 900);
      const unsigned command = random() % 9;
      if (command == 7) count = random() % 5 == 0 ? random() % 8 : count + random() % 3;
      for (Playhead* head : {&first, &second}) {
        if (command == 0) head->play(now);
        if (command == 1) head->pause(now);
        if (command == 2) head->step_forward(now);
        if (command == 3) head->step_back(now);
        if (command == 4) head->to_start(now);
        if (command == 5) head->to_end(now);
        if (command == 6) head->follow(now);
        if (command == 7) head->set_count(count, now);
        if (command == 8) head->advance(now);
      }
      CHECK(first.position() == second.position());
      CHECK(first.position().shown <= count);
      CHECK(first.position().progress >= 0);
      CHECK(first.position().progress <= 1);
      if (const auto due = first.due()) CHECK(*due >= 0);
    }
  }
}
