#include "viewer/panel/window_layout.hpp"

#include <algorithm>
#include <cmath>

namespace strates::viewer {

WindowLayout lay_out_window(float width, float height, const Theme& theme) {
  const float gap = theme.unit();
  Box all = Box{0, 0, width, height}.inset(gap);
  WindowLayout out;
  Box left = all.take_left(std::round(std::clamp(all.w * 0.42f, std::min(420 * theme.scale, all.w * 0.5f), 760 * theme.scale)));
  all.take_left(gap);
  out.terminal = left.take_bottom(std::round(left.h * 0.36f));
  left.take_bottom(gap);
  out.lesson = left;
  out.controls = all.take_bottom(std::round(6 * theme.unit()));
  all.take_bottom(gap);
  out.scene = all;
  return out;
}

}  // namespace strates::viewer
