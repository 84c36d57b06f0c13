// Colours, sizes and motion: one grid, one palette (light and dark, told apart by people who see fewer colours), one type scale.
#pragma once

#include <array>
#include <cstdint>

#include "viewer/draw/drawing.hpp"

namespace strates::viewer {

struct Colour {
  std::uint8_t r = 0, g = 0, b = 0;
  bool operator==(const Colour&) const = default;
};

enum class Shade { Light, Dark };

struct Theme {
  Shade shade = Shade::Light;
  // Of the picture's size: 1 at 1280x720 and below 1600 points wide, 1.25 up to 2240, 1.75 above. Everything below grows with it.
  float scale = 1;
  bool motion = true;  // off: every change is shown at once

  Colour colour(Ink ink) const;
  // Height of the letters' em box, in points.
  float text_size(TextStyle style) const;
  // The grid: every distance is a multiple.
  float unit() const { return 8 * scale; }
  float radius() const { return 6 * scale; }

  static Theme for_size(float width, float height, Shade shade);
};

// How long a change takes to be shown.
constexpr int kMotionMilliseconds = 320;
// Slow at both ends: 0 to 1 for t from 0 to 1.
float eased(float t);

// WCAG 2.1 contrast of two colours, 1 to 21.
float contrast(Colour a, Colour b);

}  // namespace strates::viewer
