#include "viewer/app/menu_view.hpp"

#include <algorithm>
#include <cstdlib>

namespace strates::viewer {

Drawing MenuView::frame(const Frame& frame) {
  Drawing out;
  out.width = frame.width;
  out.height = frame.height;
  draw_lesson_menu(out, menu_, frame.theme, frame.measure);
  return out;
}

void MenuView::move(int by) {
  const int last = static_cast<int>(menu_.lessons.size()) - 1;
  menu_.chosen = static_cast<size_t>(std::clamp(static_cast<int>(menu_.chosen) + by, 0, std::max(last, 0)));
}

void MenuView::key(const KeyPress& press) {
  constexpr int kPage = 8;
  switch (press.key) {
    case Key::Up: move(-1); break;
    case Key::Down: move(1); break;
    case Key::PageUp: move(-kPage); break;
    case Key::PageDown: move(kPage); break;
    case Key::Home: menu_.chosen = 0; break;
    case Key::End: move(static_cast<int>(menu_.lessons.size())); break;
    case Key::Enter:
    case Key::F5: decided_ = !menu_.lessons.empty(); break;
    default: break;
  }
}

void MenuView::click(const std::string& action) {
  if (!action.starts_with("lesson:")) return;
  menu_.chosen = static_cast<size_t>(std::atoi(action.c_str() + 7));
  decided_ = menu_.chosen < menu_.lessons.size();
}

void MenuView::wheel(Point, float lines) { move(lines > 0 ? -1 : 1); }

}  // namespace strates::viewer
