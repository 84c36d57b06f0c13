// The lesson beside the picture: what is done of it and the step that waits, in one column that scrolls.
#pragma once

#include <optional>
#include <string>

#include "lessons/engine/progress.hpp"
#include "viewer/draw/text_layout.hpp"
#include "viewer/draw/theme.hpp"

namespace strates::viewer {

struct LessonPanel {
  const lessons::Progress* progress = nullptr;
  std::string engine;   // which one, in words
  std::string message;  // what is going on (an image being prepared) or what went wrong; may be empty
  bool busy = false;    // a command runs
  // Points up from the end. None: where somebody goes on reading, from what came of the last step on; the step that waits is in view when there is room for both.
  std::optional<float> scroll;
  bool menu = false;    // there is a list of lessons to go back to
  std::string next;     // the title of the lesson after this one; empty: it is the last
};

struct PanelScroll {
  float most = 0;  // how far it can be scrolled up from the end, in points
  float now = 0;   // where it is
};

// Draws into `area`. Targets: "run" (type the next command), "answer:N", "check", "skip", "menu" (back to all lessons), "next", "more" (read on: something is below).
PanelScroll draw_lesson_panel(Drawing& out, Box area, const LessonPanel& what, const Theme& theme, const TextMeasure& measure);

}  // namespace strates::viewer
