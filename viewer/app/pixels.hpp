// A picture as colours, and how far two pictures are apart.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "viewer/draw/theme.hpp"

namespace strates::viewer {

struct Pixels {
  int width = 0, height = 0;
  std::vector<std::uint8_t> rgba;  // rows from the top, 4 bytes a pixel; sRGB, not multiplied by alpha

  // x and y inside the picture.
  Colour at(int x, int y) const;
};

struct PixelDifference {
  bool same_size = false;
  int largest = 0;         // of any channel of any pixel
  double mean = 0;         // over all channels, 0 to 255
  std::size_t beyond = 0;  // pixels with a channel more than `tolerance` off
};

PixelDifference compare_pixels(const Pixels& a, const Pixels& b, int tolerance);

}  // namespace strates::viewer
