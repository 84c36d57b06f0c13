#include "viewer/app/lesson_view.hpp"

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>

#include "base/strings.hpp"
#include "base/text.hpp"
#include "viewer/panel/lesson_panel.hpp"
#include "viewer/panel/scene_controls.hpp"

namespace strates::viewer {

namespace {

struct Same {
  Key window;
  TerminalKey terminal;
};
constexpr std::array<Same, 26> kKeys = {{
    {Key::Enter, TerminalKey::Enter}, {Key::Tab, TerminalKey::Tab}, {Key::Backspace, TerminalKey::Backspace}, {Key::Escape, TerminalKey::Escape},
    {Key::Insert, TerminalKey::Insert}, {Key::Delete, TerminalKey::Delete}, {Key::Left, TerminalKey::Left}, {Key::Right, TerminalKey::Right},
    {Key::Up, TerminalKey::Up}, {Key::Down, TerminalKey::Down}, {Key::PageUp, TerminalKey::PageUp}, {Key::PageDown, TerminalKey::PageDown},
    {Key::Home, TerminalKey::Home}, {Key::End, TerminalKey::End}, {Key::F1, TerminalKey::F1}, {Key::F2, TerminalKey::F2}, {Key::F3, TerminalKey::F3},
    {Key::F4, TerminalKey::F4}, {Key::F5, TerminalKey::F5}, {Key::F6, TerminalKey::F6}, {Key::F7, TerminalKey::F7}, {Key::F8, TerminalKey::F8},
    {Key::F9, TerminalKey::F9}, {Key::F10, TerminalKey::F10}, {Key::F11, TerminalKey::F11}, {Key::F12, TerminalKey::F12}}};

Result<void> watch(int poll, int fd) {
  if (fd < 0) return {};
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = fd;
  if (epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event) != 0) return system_error("watch a descriptor", "", errno);
  return {};
}

}  // namespace

Result<std::unique_ptr<LessonView>> LessonView::open(LessonStage& stage, ShellSession& shell, std::string engine) {
  std::unique_ptr<LessonView> out(new LessonView(stage, shell, std::move(engine)));
  out->poll_.reset(epoll_create1(EPOLL_CLOEXEC));
  if (!out->poll_) return system_error("make an epoll descriptor", "", errno);
  TRY(watch(out->poll_.get(), stage.wake_fd()));
  TRY(watch(out->poll_.get(), shell.wake_descriptor()));
  return out;
}

Drawing LessonView::frame(const Frame& frame) {
  now_ = static_cast<Playhead::Millis>(frame.now * 1000);
  layout_ = lay_out_window(frame.width, frame.height, frame.theme);
  line_ = frame.measure.line_height(TextStyle::Body) * 1.25f;
  stage_.playhead().set_motion(frame.theme.motion);
  stage_.playhead().advance(now_);
  if (step_ != stage_.progress().current()) {  // what waits now is what one wants to see
    step_ = stage_.progress().current();
    scroll_.reset();
  }
  Drawing out;
  out.width = frame.width;
  out.height = frame.height;
  out.fill({0, 0, frame.width, frame.height}, Ink::Ground);

  LessonPanel panel;
  panel.progress = &stage_.progress();
  panel.engine = engine_;
  panel.message = shell_.ended() ? tr(Text::WindowShellEnded) : stage_.trouble();
  panel.busy = running_;
  panel.scroll = scroll_;
  panel.menu = menu_;
  panel.next = next_;
  shown_ = draw_lesson_panel(out, layout_.lesson, panel, frame.theme, frame.measure);

  out.fill(layout_.terminal, Ink::Terminal, frame.theme.radius());
  layout_.terminal = layout_.terminal.inset(frame.theme.unit());
  const auto cells = TerminalView::layout(layout_.terminal, frame.measure, frame.theme);
  if (!(cells.size == shell_.screen().size())) shell_.resize(cells.size);
  pane_.theme = frame.theme;
  pane_.measure = &frame.measure;
  pane_.view.draw(out, layout_.terminal, shell_.screen(), frame.measure, frame.theme, true);

  stage_.draw_scene(out, layout_.scene, frame.theme, frame.measure);
  draw_scene_controls(out, layout_.controls, stage_.playhead(), frame.theme, frame.measure);
  return out;
}

bool LessonView::woken() {
  for (const ShellEvent& event : shell_.pump()) {
    if (const auto* started = std::get_if<CommandStarted>(&event)) {
      command_ = started->line;
      running_ = true;
    } else if (const auto* ended = std::get_if<CommandEnded>(&event)) {
      running_ = false;
      stage_.command_ended(command_, ended->exit_code, ended->output, now_);
      // A block of several commands goes on by itself once it was begun, at the next prompt.
      typing_ = typing_ && stage_.progress().expected_command() && stage_.progress().current() == typed_step_;
    } else if (std::holds_alternative<PromptShown>(event)) {
      ready_ = true;
      if (typing_ && !running_) type_command();
    } else if (std::holds_alternative<ShellExited>(event)) {
      running_ = false;
    }
  }
  stage_.take_events(now_);
  return true;
}

void LessonView::type_command() {
  const auto command = stage_.progress().expected_command();
  if (!command || running_ || shell_.ended()) return;
  typing_ = true;
  typed_step_ = stage_.progress().current();
  pane_.view.follow();
  shell_.type(*command + "\n");
  running_ = true;
}

void LessonView::go_on() {
  const lessons::Progress& progress = stage_.progress();
  if (progress.finished()) {
    if (!next_.empty()) leave_ = Leave::Next;
    return;
  }
  if (progress.expected_command()) type_command();
  else stage_.check(now_);
}

void LessonView::scroll_by(float points) { scroll_ = std::clamp(scroll_.value_or(shown_.now) + points, 0.0f, shown_.most); }

void LessonView::control(const std::string& action) {
  Playhead& playhead = stage_.playhead();
  if (action == "start") playhead.to_start(now_);
  else if (action == "back") playhead.step_back(now_);
  else if (action == "forward") playhead.step_forward(now_);
  else if (action == "end") playhead.follow(now_);
  else if (playhead.mode() == Playhead::Mode::Playing) playhead.pause(now_);
  else playhead.play(now_);
}

void LessonView::click(const std::string& action) {
  if (action == "run") type_command();
  else if (action == "check") stage_.check(now_);
  else if (action == "skip") stage_.skip(now_);
  else if (action == "more") scroll_by(-layout_.lesson.h * 0.7f);
  else if (action == "menu" && menu_) leave_ = Leave::Menu;
  else if (action == "next" && !next_.empty()) leave_ = Leave::Next;
  else if (action == "terminal:follow") pane_.view.follow();
  else if (action.starts_with("answer:")) stage_.answer(std::atoi(action.c_str() + 7), now_);
  else if (action == "start" || action == "back" || action == "play" || action == "forward" || action == "end") control(action);
}

void LessonView::key(const KeyPress& press) {
  const Modifiers modifiers{press.shift, press.alt, press.ctrl};
  if (modifiers.none()) {
    if (press.key == Key::F2) return control("back");
    if (press.key == Key::F3) return control("play");
    if (press.key == Key::F4) return control("forward");
    if (press.key == Key::F5) return go_on();
  }
  if (press.alt && (press.key == Key::PageUp || press.key == Key::PageDown)) {
    return scroll_by((press.key == Key::PageUp ? 1.0f : -1.0f) * layout_.lesson.h * 0.8f);
  }
  if (press.shift && (press.key == Key::PageUp || press.key == Key::PageDown))
    return pane_.view.scroll(shell_.screen(), (press.key == Key::PageUp ? 1 : -1) * std::max(1, shell_.screen().size().rows - 1));
  pane_.view.follow();
  if (press.key == Key::Character) {
    shell_.send(shell_.screen().character(press.character, modifiers));
    return;
  }
  for (const Same& same : kKeys)
    if (same.window == press.key) shell_.send(shell_.screen().key(same.terminal, modifiers));
}

void LessonView::text(char32_t character) {
  const lessons::Progress& progress = stage_.progress();
  if (!running_ && !progress.finished() && character >= U'1' && character <= U'9')
    if (const auto* predict = std::get_if<lessons::Predict>(&progress.lesson().steps[progress.current()].what);
        predict != nullptr && character - U'0' <= predict->choices.size())
      return stage_.answer(static_cast<int>(character - U'0'), now_);
  pane_.view.follow();
  shell_.send(shell_.screen().character(character, {}));
}

bool LessonView::pointer(const Pointer& pointer) {
  if (!pane_.theme || !pane_.measure) return false;
  if (pointer.kind == Pointer::Kind::Press) {
    selecting_ = layout_.terminal.contains(pointer.at) && pointer.action == "terminal";
    if (!selecting_) return false;
    anchor_ = pane_.view.at(pointer.at, layout_.terminal, shell_.screen(), *pane_.measure, *pane_.theme);
    shell_.screen().clear_selection();
    return true;
  }
  if (pointer.kind == Pointer::Kind::Move && selecting_ && pointer.held) {
    shell_.screen().select(anchor_, pane_.view.at(pointer.at, layout_.terminal, shell_.screen(), *pane_.measure, *pane_.theme));
    return true;
  }
  if (pointer.kind == Pointer::Kind::Release) selecting_ = false;
  return false;
}

void LessonView::wheel(Point at, float lines) {
  if (layout_.lesson.contains(at)) {
    scroll_by(lines * 3 * line_);
  } else if (layout_.terminal.contains(at)) {
    const int count = static_cast<int>(std::lround(lines * 3));
    if (const std::string bytes = shell_.screen().wheel(count); !bytes.empty()) shell_.send(bytes);
    else pane_.view.scroll(shell_.screen(), count);
  }
}

void LessonView::paste(const std::string& text) { shell_.send(shell_.screen().paste(text)); }

std::string LessonView::copy() { return shell_.screen().selected_text(); }

std::optional<double> LessonView::redraw_in() {
  const auto due = stage_.playhead().due();
  if (!due) return std::nullopt;
  return static_cast<double>(*due) / 1000;
}

void LessonView::come_to_rest() { stage_.playhead().to_end(now_); }

}  // namespace strates::viewer
