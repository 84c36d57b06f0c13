#include "viewer/app/pixels.hpp"

#include <algorithm>
#include <cstdlib>

namespace strates::viewer {

Colour Pixels::at(int x, int y) const {
  const size_t i = (static_cast<size_t>(y) * static_cast<size_t>(width) + static_cast<size_t>(x)) * 4;
  return {rgba[i], rgba[i + 1], rgba[i + 2]};
}

PixelDifference compare_pixels(const Pixels& a, const Pixels& b, int tolerance) {
  PixelDifference out;
  out.same_size = a.width == b.width && a.height == b.height && a.rgba.size() == b.rgba.size();
  if (!out.same_size) return out;
  double sum = 0;
  for (size_t i = 0; i + 3 < a.rgba.size(); i += 4) {
    int worst = 0;
    for (size_t c = 0; c < 4; ++c) {
      const int off = std::abs(a.rgba[i + c] - b.rgba[i + c]);
      sum += off;
      worst = std::max(worst, off);
    }
    out.largest = std::max(out.largest, worst);
    if (worst > tolerance) ++out.beyond;
  }
  if (!a.rgba.empty()) out.mean = sum / static_cast<double>(a.rgba.size());
  return out;
}

}  // namespace strates::viewer
