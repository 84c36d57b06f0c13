// Moments of the pictures that golden files keep: each is a fold of events told by hand, drawn in the window's own layout.
#pragma once

#include <span>
#include <string>

#include "viewer/draw/drawing.hpp"
#include "viewer/draw/text_layout.hpp"
#include "viewer/draw/theme.hpp"

namespace strates::viewer::golden {

struct Canvas {
  float width, height;
  const Theme& theme;
  const TextMeasure& measure;
};

struct Moment {
  const char* name;  // of its golden files
  Drawing (*draw)(const Canvas& canvas);
};

std::span<const Moment> moments();

}  // namespace strates::viewer::golden
