// The window's content while a lesson is chosen: arrows and Enter, or a click.
#pragma once

#include "viewer/app/window_content.hpp"
#include "viewer/panel/lesson_menu.hpp"

namespace strates::viewer {

class MenuView : public WindowContent {
 public:
  explicit MenuView(LessonMenu menu) : menu_(std::move(menu)) {}

  Drawing frame(const Frame& frame) override;
  void key(const KeyPress& press) override;
  void click(const std::string& action) override;
  void wheel(Point at, float lines) override;
  bool finished() override { return decided_; }

  // Of menu.lessons; meaningful once finished().
  size_t chosen() const { return menu_.chosen; }

 private:
  void move(int by);

  LessonMenu menu_;
  bool decided_ = false;
};

}  // namespace strates::viewer
