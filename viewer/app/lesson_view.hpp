// What the window shows while a lesson is played: its column, the terminal, the picture and its controls; and where keys and clicks go.
//
// Keys go to the terminal, but for F2 to F5, PageUp and PageDown with Alt, and the digits while a prediction waits for its answer.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/unique_fd.hpp"
#include "viewer/app/lesson_stage.hpp"
#include "viewer/app/window_content.hpp"
#include "viewer/panel/lesson_panel.hpp"
#include "viewer/panel/window_layout.hpp"
#include "viewer/terminal/shell_session.hpp"
#include "viewer/terminal/terminal_view.hpp"

namespace strates::viewer {

class LessonView : public WindowContent {
 public:
  // What it is given must outlive it. `engine`: which one, in words.
  static Result<std::unique_ptr<LessonView>> open(LessonStage& stage, ShellSession& shell, std::string engine);

  Drawing frame(const Frame& frame) override;
  void key(const KeyPress& press) override;
  void text(char32_t character) override;
  void click(const std::string& action) override;
  bool pointer(const Pointer& pointer) override;
  void wheel(Point at, float lines) override;
  void paste(const std::string& text) override;
  std::string copy() override;
  std::optional<double> redraw_in() override;
  int wake_fd() override { return poll_.get(); }
  bool woken() override;
  bool finished() override { return leave_ != Leave::No; }

  // Where somebody wants to go from here.
  enum class Leave { No, Menu, Next };
  Leave leave() const { return leave_; }
  // What there is to go to: a list of lessons, and the title of the next one (empty: none).
  void offer(bool menu, std::string next) {
    menu_ = menu;
    next_ = std::move(next);
  }

  // The shell showed its first prompt.
  bool ready() const { return ready_; }
  // A command runs, or the next one of its block is about to be typed.
  bool command_runs() const { return running_ || typing_; }
  // All that moves is shown as it ends: for a picture.
  void come_to_rest();

 private:
  LessonView(LessonStage& stage, ShellSession& shell, std::string engine) : stage_(stage), shell_(shell), engine_(std::move(engine)) {}
  Playhead::Millis now() const { return now_; }
  void go_on();
  void type_command();
  void control(const std::string& action);
  void scroll_by(float points);  // upwards positive

  LessonStage& stage_;
  ShellSession& shell_;
  std::string engine_;
  UniqueFd poll_;
  WindowLayout layout_;
  // The terminal's part of the window, and what it was drawn with last.
  struct Pane {
    TerminalView view;
    std::optional<Theme> theme;
    const TextMeasure* measure = nullptr;
  } pane_;
  GridPoint anchor_;
  std::string command_;
  Playhead::Millis now_ = 0;
  std::optional<float> scroll_;  // none: where the panel itself puts it
  PanelScroll shown_;
  float line_ = 20;
  size_t step_ = 0;
  size_t typed_step_ = 0;
  bool running_ = false, typing_ = false, selecting_ = false, ready_ = false;
  Leave leave_ = Leave::No;
  bool menu_ = false;
  std::string next_;
};

}  // namespace strates::viewer
