// Where things stand in the window: the lesson and the terminal on the left, the picture and its controls on the right.
#pragma once

#include "viewer/draw/theme.hpp"

namespace strates::viewer {

struct WindowLayout {
  Box lesson, terminal, scene, controls;
};

// From 960x540 points at scale 1 on, everything has room; a smaller window keeps the proportions.
WindowLayout lay_out_window(float width, float height, const Theme& theme);

}  // namespace strates::viewer
