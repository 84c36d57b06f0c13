// The course in one window: the list of lessons, the one that was chosen, the next one.
#pragma once

#include <string>

#include "viewer/app/window.hpp"

namespace strates::viewer {

struct CourseOptions {
  std::string folder;  // of the lessons
  std::string lesson;  // to begin with; empty: the list
  std::string host;
};

// Until the window is closed. A lesson that cannot be shown is told in the list, or is the error when it was asked for by name.
Result<void> show_course(Window& window, const CourseOptions& options);

}  // namespace strates::viewer
