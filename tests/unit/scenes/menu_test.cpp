// The list of lessons and the picture of waiting: nothing cut, nothing on anything else, whatever they hold.
#include <doctest/doctest.h>

#include <algorithm>

#include "base/text.hpp"
#include "fixed_measure.hpp"
#include "viewer/draw/inspect.hpp"
#include "viewer/panel/lesson_menu.hpp"

using namespace strates;
using namespace strates::viewer;

namespace {

LessonMenu menu_of(size_t lessons) {
  LessonMenu out;
  for (size_t i = 0; i < lessons; ++i)
    out.lessons.push_back({"Chapitre " + std::to_string(i / 5), i % 3 == 0 ? "Un titre très long, " + std::string(90, 'm') : "La leçon " + std::to_string(i), static_cast<int>(i), i % 2 == 0});
  return out;
}

template <typename Draw>
Drawing drawn(Point size, const Theme& theme, const Draw& draw) {
  Drawing out;
  out.width = size.x;
  out.height = size.y;
  const FixedMeasure measure(theme);
  draw(out, measure);
  for (const std::string& mistake : drawing_mistakes(out, measure)) FAIL_CHECK(mistake);
  return out;
}

constexpr Point kSizes[] = {{640, 400}, {1280, 720}, {1920, 1080}, {2560, 1440}};

}  // namespace

TEST_CASE("the list of lessons is clean in both languages and every size, and the chosen lesson can be clicked") {
  for (const Language language : {Language::French, Language::English}) {
    set_language(language);
    for (const Point size : kSizes) {
      const Theme theme = Theme::for_size(size.x, size.y, Shade::Light);
      for (const size_t count : {size_t{0}, size_t{1}, size_t{6}, size_t{120}}) {
        for (const size_t chosen : {size_t{0}, count / 2, count - std::min<size_t>(count, 1)}) {
          LessonMenu menu = menu_of(count);
          menu.chosen = chosen;
          if (count == 6) menu.message = "montage overlay sur /var/lib/strates : EPERM ; lancez « strates doctor » pour savoir ce que cette machine permet.";
          const Drawing out = drawn(size, theme, [&](Drawing& to, const TextMeasure& measure) { draw_lesson_menu(to, menu, theme, measure); });
          const std::string action = "lesson:" + std::to_string(chosen);
          CHECK(std::any_of(out.targets.begin(), out.targets.end(), [&](const Target& target) { return target.action == action; }) == (count > 0));
        }
      }
    }
  }
  set_language(Language::French);
}

TEST_CASE("while one waits, the last lines of what is said are shown") {
  Waiting waiting{"La copie sur écriture", "Préparation", {}};
  for (int i = 0; i < 300; ++i) waiting.lines.push_back(i % 7 == 0 ? "" : "ligne " + std::to_string(i) + std::string(static_cast<size_t>(i), 'x'));
  for (const Point size : kSizes) {
    const Theme theme = Theme::for_size(size.x, size.y, Shade::Dark);
    const Drawing out = drawn(size, theme, [&](Drawing& to, const TextMeasure& measure) { draw_waiting(to, waiting, theme, measure); });
    const std::string text = dump_drawing(out);
    CHECK(text.find("ligne 299") != std::string::npos);
    CHECK(text.find("ligne 1\"") == std::string::npos);
  }
}
