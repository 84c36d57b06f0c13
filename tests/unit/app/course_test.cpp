// Choosing a lesson and waiting for what it needs, without a window.
#include <doctest/doctest.h>
#include <poll.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "base/text.hpp"
#include "lessons/player/library.hpp"
#include "tests/support/places.hpp"
#include "viewer/app/fonts.hpp"
#include "viewer/app/menu_view.hpp"
#include "viewer/app/wait_view.hpp"
#include "viewer/draw/inspect.hpp"

using namespace strates;
using namespace strates::viewer;

namespace {

MenuView three_lessons() {
  LessonMenu menu;
  menu.lessons = {{"A", "un", 5, false}, {"A", "deux", 5, false}, {"B", "trois", 5, false}};
  return MenuView(std::move(menu));
}

void press(MenuView& view, Key key) {
  KeyPress press;
  press.key = key;
  view.key(press);
}

bool comes_to_an_end(WaitView& view) {
  for (int i = 0; i < 500; ++i) {
    if (view.finished()) return true;
    pollfd entry{view.wake_fd(), POLLIN, 0};
    poll(&entry, 1, 20);
    view.woken();
  }
  return false;
}

std::string words_of(WaitView& view) {
  const Theme theme = Theme::for_size(1280, 720, Shade::Light);
  const auto fonts = Fonts::create(theme);
  REQUIRE(fonts.ok());
  const FontMeasure measure(*fonts.value());
  return dump_drawing(view.frame({1280, 720, theme, measure, 0}));
}

}  // namespace

TEST_CASE("arrows move the choice within the list and Enter takes it") {
  MenuView view = three_lessons();
  press(view, Key::Up);
  CHECK(view.chosen() == 0);
  press(view, Key::Down);
  press(view, Key::Down);
  press(view, Key::Down);
  CHECK(view.chosen() == 2);
  press(view, Key::Up);
  CHECK_FALSE(view.finished());
  press(view, Key::Enter);
  CHECK(view.finished());
  CHECK(view.chosen() == 1);
}

TEST_CASE("a click takes a lesson; a click on nothing, or on one that is not there, does not") {
  MenuView view = three_lessons();
  view.click("");
  view.click("lesson:9");
  CHECK_FALSE(view.finished());
  view.click("lesson:2");
  CHECK(view.finished());
  CHECK(view.chosen() == 2);
}

TEST_CASE("an empty list takes nothing") {
  MenuView view{LessonMenu{}};
  press(view, Key::Down);
  press(view, Key::Enter);
  CHECK_FALSE(view.finished());
}

TEST_CASE("what the work says is shown as it comes, a redrawn line once, and its outcome is kept") {
  std::atomic<bool> go{false};
  auto view = WaitView::start(
      "La leçon", "Préparation", [&](const WaitView::Say& say) -> Result<void> {
        say("première\n10 %\r20 %\r30");
        say(" %");
        while (!go) std::this_thread::sleep_for(std::chrono::milliseconds(1));
        return make_error(ErrorKind::NotFound, "lesson.needs-image", "préparer", "debian", "pas de réseau");
      },
      [&] { go = true; });
  REQUIRE(view.ok());
  std::string words;
  for (int i = 0; i < 500 && words.find("30 %") == std::string::npos; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    words = words_of(*view.value());
  }
  CHECK(words.find("première") != std::string::npos);
  CHECK(words.find("30 %") != std::string::npos);
  CHECK(words.find("20 %") == std::string::npos);
  CHECK_FALSE(view.value()->finished());
  go = true;
  REQUIRE(comes_to_an_end(*view.value()));
  CHECK(view.value()->outcome().error().code == "lesson.needs-image");
}

TEST_CASE("whoever leaves before the end stops the work, and waits for it") {
  std::atomic<bool> stopped{false}, over{false};
  {
    auto view = WaitView::start(
        "x", "y", [&](const WaitView::Say&) -> Result<void> {
          while (!stopped) std::this_thread::sleep_for(std::chrono::milliseconds(1));
          over = true;
          return {};
        },
        [&] { stopped = true; });
    REQUIRE(view.ok());
  }
  CHECK(stopped);
  CHECK(over);
}

TEST_CASE("a chapter is called as its folder's first line says, or as the folder") {
  const std::string course = strates::testing::source_dir() + "/lessons/cours";
  CHECK(lessons::chapter_title(course + "/04-images/02-couches.md") == "Les images Docker");
  CHECK(lessons::chapter_title("/nowhere/07-sans-titre/01-x.md") == "sans-titre");
  const auto files = lessons::lesson_files(course).value();
  for (const auto& file : files) CHECK_MESSAGE(lessons::chapter_title(file).find(' ') != std::string::npos, file);
}
