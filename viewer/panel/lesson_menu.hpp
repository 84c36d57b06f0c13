// The lessons of the course, by chapter, to choose one from: the window's first picture.
#pragma once

#include <string>
#include <vector>

#include "viewer/draw/text_layout.hpp"
#include "viewer/draw/theme.hpp"

namespace strates::viewer {

struct MenuLesson {
  std::string chapter;  // its heading stands above the first lesson of a run with the same one
  std::string title;
  int minutes = 0;
  bool done = false;    // played to its end in this window
};

struct LessonMenu {
  std::vector<MenuLesson> lessons;
  size_t chosen = 0;    // what Enter opens
  std::string message;  // why the last one could not be opened; may be empty
};

// Draws the whole picture. Targets: "lesson:N", N from 0. A list that is too long for the picture is scrolled so that the chosen lesson shows.
void draw_lesson_menu(Drawing& out, const LessonMenu& what, const Theme& theme, const TextMeasure& measure);

// What is going on before a lesson can be shown, with the last lines of what is said about it.
struct Waiting {
  std::string title, doing;
  std::vector<std::string> lines;
};
void draw_waiting(Drawing& out, const Waiting& what, const Theme& theme, const TextMeasure& measure);

}  // namespace strates::viewer
