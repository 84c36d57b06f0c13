#include <algorithm>

#include "viewer/draw/drawing.hpp"

namespace strates::viewer {

Box Box::take_top(float height) {
  const float taken = std::clamp(height, 0.0f, std::max(0.0f, h));
  const Box out{x, y, w, taken};
  y += taken;
  h -= taken;
  return out;
}

Box Box::take_bottom(float height) {
  const float taken = std::clamp(height, 0.0f, std::max(0.0f, h));
  h -= taken;
  return {x, y + h, w, taken};
}

Box Box::take_left(float width) {
  const float taken = std::clamp(width, 0.0f, std::max(0.0f, w));
  const Box out{x, y, taken, h};
  x += taken;
  w -= taken;
  return out;
}

Box Box::take_right(float width) {
  const float taken = std::clamp(width, 0.0f, std::max(0.0f, w));
  w -= taken;
  return {x + w, y, taken, h};
}

}  // namespace strates::viewer
