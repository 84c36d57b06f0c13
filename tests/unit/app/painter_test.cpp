#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "app_support.hpp"
#include "base/text.hpp"
#include "viewer/app/painter.hpp"

using namespace strates;
using namespace strates::viewer;
using namespace strates::viewer::test;

namespace {

const Theme kTheme;
Colour of(Ink ink) { return kTheme.colour(ink); }
Drawing blank(float width = 200, float height = 120) {
  Drawing out;
  out.width = width;
  out.height = height;
  return out;
}
Box everything(const Pixels& pixels) { return {0, 0, static_cast<float>(pixels.width), static_cast<float>(pixels.height)}; }
Box ink(const Pixels& pixels) { return ink_in(pixels, everything(pixels), of(Ink::Ground)); }
int off(Colour a, Colour b) { return std::max({std::abs(a.r - b.r), std::abs(a.g - b.g), std::abs(a.b - b.b)}); }

}  // namespace

TEST_CASE("a fill covers its box to the point, in its colour") {
  if (headless() == nullptr) return;
  for (const Ink which : {Ink::Accent, Ink::Writable, Ink::Removed, Ink::Panel}) {
    for (const Shade shade : {Shade::Light, Shade::Dark}) {
      Theme theme;
      theme.shade = shade;
      Drawing drawing = blank();
      drawing.fill({20, 30, 50, 40}, which);
      const Pixels pixels = painted(drawing, theme);
      CHECK(ink_in(pixels, everything(pixels), theme.colour(Ink::Ground)) == Box{20, 30, 50, 40});
      CHECK(pixels.at(20, 30) == theme.colour(which));
      CHECK(pixels.at(69, 69) == theme.colour(which));
    }
  }
}

TEST_CASE("boxes between points are moved to points") {
  if (headless() == nullptr) return;
  Drawing drawing = blank();
  drawing.fill({20.4f, 30.6f, 50.2f, 40.1f}, Ink::Accent);
  const Pixels pixels = painted(drawing);
  CHECK(ink(pixels) == Box{20, 31, 51, 40});
  CHECK(pixels.at(20, 31) == of(Ink::Accent));
  CHECK(pixels.at(70, 70) == of(Ink::Accent));
}

TEST_CASE("the ground is the ground's colour and opaque, said or not") {
  if (headless() == nullptr) return;
  Drawing drawing = blank(33, 17);
  const Pixels silent = painted(drawing);
  drawing.fill({0, 0, 33, 17}, Ink::Ground);
  const Pixels told = painted(drawing);
  CHECK(silent.width == 33);
  CHECK(silent.height == 17);
  CHECK(ink(silent).w == 0);
  CHECK(silent.rgba == told.rgba);
  CHECK(silent.rgba[3] == 255);
  drawing.fill({0, 0, 33, 17}, Ink::Accent);
  drawing.fill({0, 0, 33, 17}, Ink::Ground);  // not the first: it hides
  CHECK(painted(drawing).rgba == silent.rgba);
}

TEST_CASE("what comes later lies on top, and half an alpha is half of both") {
  if (headless() == nullptr) return;
  Drawing drawing = blank();
  drawing.fill({10, 10, 60, 60}, Ink::Accent);
  drawing.fill({40, 40, 60, 60}, Ink::Removed, 0, 0.5f);
  const Pixels pixels = painted(drawing);
  CHECK(pixels.at(20, 20) == of(Ink::Accent));
  const auto half = [](Colour a, Colour b) {
    return Colour{static_cast<std::uint8_t>((a.r + b.r) / 2), static_cast<std::uint8_t>((a.g + b.g) / 2), static_cast<std::uint8_t>((a.b + b.b) / 2)};
  };
  CHECK(off(pixels.at(50, 50), half(of(Ink::Accent), of(Ink::Removed))) <= 2);
  CHECK(off(pixels.at(90, 90), half(of(Ink::Ground), of(Ink::Removed))) <= 2);
}

TEST_CASE("round corners are cut, straight edges are not blurred") {
  if (headless() == nullptr) return;
  Drawing drawing = blank();
  drawing.fill({20, 20, 80, 60}, Ink::Accent, 12);
  const Pixels pixels = painted(drawing);
  CHECK(ink(pixels) == Box{20, 20, 80, 60});
  for (const auto& [x, y] : {std::pair{20, 20}, {99, 20}, {20, 79}, {99, 79}}) CHECK(pixels.at(x, y) == of(Ink::Ground));
  for (const auto& [x, y] : {std::pair{60, 20}, {60, 79}, {20, 50}, {99, 50}, {60, 50}, {24, 24}}) CHECK(off(pixels.at(x, y), of(Ink::Accent)) <= 4);
}

TEST_CASE("a box as round as it is wide is a dot") {
  if (headless() == nullptr) return;
  for (const int side : {8, 9, 20, 90}) {
    CAPTURE(side);
    Drawing drawing = blank();
    drawing.fill({10, 10, static_cast<float>(side), static_cast<float>(side)}, Ink::Accent, static_cast<float>(side) / 2);
    const Pixels pixels = painted(drawing);
    CHECK(ink(pixels) == Box{10, 10, static_cast<float>(side), static_cast<float>(side)});
    double covered = 0;  // how much of the square is inked: pi / 4
    const Colour full = of(Ink::Accent), none = of(Ink::Ground);
    for (int y = 10; y < 10 + side; ++y)
      for (int x = 10; x < 10 + side; ++x) covered += static_cast<double>(none.r - pixels.at(x, y).r) / (none.r - full.r);
    CHECK(covered / (side * side) == doctest::Approx(0.785).epsilon(0.035));
  }
}

TEST_CASE("large fills are as small ones: round, clipped, under what comes later and over what came before") {
  if (headless() == nullptr) return;
  Drawing drawing = blank(400, 300);
  drawing.label({40, 60, 300, 30}, "dessous", TextStyle::Title, Ink::Text);
  drawing.fill({20, 20, 360, 200}, Ink::Accent, 14);
  drawing.label({40, 100, 300, 30}, "dessus", TextStyle::Title, Ink::OnColour);
  drawing.clip({100, 150, 50, 500});
  drawing.fill({0, 120, 400, 180}, Ink::Removed, 8);
  drawing.unclip();
  const Pixels pixels = painted(drawing);
  CHECK(ink_in(pixels, {0, 0, 400, 150}, of(Ink::Ground)) == Box{20, 20, 360, 130});
  for (const auto& [x, y] : {std::pair{20, 20}, {379, 20}, {20, 219}, {379, 219}, {21, 22}, {378, 217}}) CHECK(pixels.at(x, y) == of(Ink::Ground));
  for (int y = 35; y < 90; ++y) CHECK(pixels.at(60, y) == of(Ink::Accent));  // what lay under it is gone, and no seam shows
  for (int y = 20; y < 220; ++y)
    if (y < 100 || y > 150) CHECK(off(pixels.at(300, y), of(Ink::Accent)) <= 4);
  CHECK(ink_in(pixels, {40, 100, 300, 30}, of(Ink::Accent)).w > 60);
  CHECK(ink_in(pixels, {0, 225, 400, 75}, of(Ink::Ground)) == Box{100, 225, 50, 75});
  CHECK(pixels.at(120, 200) == of(Ink::Removed));
  CHECK(pixels.at(99, 200) == of(Ink::Accent));
  CHECK(pixels.at(150, 200) == of(Ink::Accent));
}

TEST_CASE("a border lies inside its box") {
  if (headless() == nullptr) return;
  for (const float radius : {0.0f, 10.0f})
    for (const int width : {1, 2, 3}) {
      CAPTURE(radius);
      CAPTURE(width);
      Drawing drawing = blank();
      drawing.outline({20, 20, 80, 60}, Ink::Accent, radius, static_cast<float>(width));
      const Pixels pixels = painted(drawing);
      CHECK(ink(pixels) == Box{20, 20, 80, 60});
      for (int i = 0; i < width; ++i) {
        CHECK(off(pixels.at(60, 20 + i), of(Ink::Accent)) <= 8);
        CHECK(off(pixels.at(20 + i, 50), of(Ink::Accent)) <= 8);
        CHECK(off(pixels.at(60, 79 - i), of(Ink::Accent)) <= 8);
        CHECK(off(pixels.at(99 - i, 50), of(Ink::Accent)) <= 8);
      }
      CHECK(off(pixels.at(60, 20 + width), of(Ink::Ground)) <= 8);
      CHECK(off(pixels.at(20 + width, 50), of(Ink::Ground)) <= 8);
    }
}

TEST_CASE("a clip cuts, clips in clips cut more, and unclip ends them") {
  if (headless() == nullptr) return;
  Drawing drawing = blank();
  drawing.clip({20, 20, 60, 60});
  drawing.clip({50, 10, 100, 40});
  drawing.fill({0, 0, 200, 120}, Ink::Accent);
  drawing.unclip();
  CHECK(ink(painted(drawing)) == Box{50, 20, 30, 30});
  drawing.fill({0, 60, 30, 10}, Ink::Removed);
  drawing.unclip();
  Pixels pixels = painted(drawing);
  CHECK(pixels.at(19, 65) == of(Ink::Ground));
  CHECK(pixels.at(20, 65) == of(Ink::Removed));
  drawing.fill({0, 100, 10, 10}, Ink::Removed);
  CHECK(painted(drawing).at(5, 105) == of(Ink::Removed));
  drawing.unclip();  // one too many is nothing
  drawing.clip({-50, -50, 20, 20});
  drawing.fill({0, 0, 200, 120}, Ink::Accent);  // clipped away, and the clip never ends
  CHECK(painted(drawing).at(150, 110) == of(Ink::Ground));
  drawing.items.clear();
  drawing.fill({0, 0, 5, 5}, Ink::Accent);
  CHECK(ink(painted(drawing)) == Box{0, 0, 5, 5});  // nothing is left of it in the next picture
}

TEST_CASE("rules are as dark as their colour") {
  if (headless() == nullptr) return;
  Drawing drawing = blank();
  drawing.line({{20, 40}, {120, 40}}, Ink::Text, 1);
  Pixels pixels = painted(drawing);
  CHECK(ink(pixels).h == 1);
  CHECK(ink(pixels).w == 100);
  CHECK(pixels.at(70, static_cast<int>(ink(pixels).y)) == of(Ink::Text));
  drawing.items.clear();
  drawing.line({{40.3f, 100}, {40.3f, 20}}, Ink::Text, 2.4f);
  pixels = painted(drawing);
  CHECK(ink(pixels).w == 2);
  CHECK(ink(pixels).h == 80);
}

TEST_CASE("a line of right angles is not blurred, wherever it is") {
  if (headless() == nullptr) return;
  for (const float width : {1.0f, 2.0f, 2.6f, 4.0f}) {
    CAPTURE(width);
    Drawing drawing = blank();
    drawing.line({{20.3f, 20.7f}, {120.4f, 20.7f}, {120.4f, 90.2f}}, Ink::Removed, width);
    const Pixels pixels = painted(drawing);
    const float whole = std::round(width);
    CHECK(ink_in(pixels, {60, 0, 10, 120}, of(Ink::Ground)).h == whole);
    const Box upright = ink_in(pixels, {60, 60, 140, 10}, of(Ink::Ground));
    CHECK(upright.w == whole);
    for (int i = 0; i < static_cast<int>(whole); ++i) CHECK(off(pixels.at(static_cast<int>(upright.x) + i, 65), of(Ink::Removed)) <= 4);
  }
}

TEST_CASE("an arrow ends at its last point, and its head is wider than its line") {
  if (headless() == nullptr) return;
  Drawing drawing = blank();
  drawing.arrow({{20, 60}, {80, 60}, {80, 20}, {160, 20}}, Ink::Removed, 2);
  const Pixels pixels = painted(drawing);
  CHECK(ink(pixels).right() <= 161);
  CHECK(ink(pixels).right() >= 158);
  CHECK(ink(pixels).x >= 19);
  CHECK(ink_in(pixels, {100, 0, 20, 120}, of(Ink::Ground)).h <= 4);
  CHECK(ink_in(pixels, {145, 0, 20, 120}, of(Ink::Ground)).h >= 7);
  // The head is filled, whichever way it points.
  for (const Point tip : {Point{100, 20}, Point{100, 100}, Point{60, 60}, Point{140, 60}, Point{130, 90}}) {
    drawing.items.clear();
    drawing.arrow({{100, 60}, tip}, Ink::Removed, 2);
    const Pixels one = painted(drawing);
    const float length = std::hypot(tip.x - 100, tip.y - 60);
    const int x = static_cast<int>(tip.x - (tip.x - 100) * 6 / length), y = static_cast<int>(tip.y - (tip.y - 60) * 6 / length);
    CAPTURE(x);
    CAPTURE(y);
    CHECK(off(one.at(x, y), of(Ink::Removed)) <= 40);
  }
}

TEST_CASE("dashes leave gaps, along a corner too") {
  if (headless() == nullptr) return;
  Drawing drawing = blank();
  drawing.items.push_back(Stroke{{{10, 20}, {110, 20}, {110, 110}}, Ink::Text, 2, 1, false, true});
  const Pixels pixels = painted(drawing);
  int inked = 0, changes = 0;
  for (int x = 10; x < 110; ++x) {
    const bool here = !(pixels.at(x, 20) == of(Ink::Ground));
    inked += here;
    changes += x > 10 && here != !(pixels.at(x - 1, 20) == of(Ink::Ground));
  }
  CHECK(inked > 30);
  CHECK(inked < 80);
  CHECK(changes >= 8);
  CHECK(ink_in(pixels, {100, 60, 20, 60}, of(Ink::Ground)).h > 20);
}

TEST_CASE("hostile numbers paint nothing and harm nothing") {
  if (headless() == nullptr) return;
  const float nan = std::numeric_limits<float>::quiet_NaN(), far = 1e30f, infinite = std::numeric_limits<float>::infinity();
  Drawing drawing = blank();
  for (const float bad : {nan, far, infinite, -far}) {
    drawing.fill({bad, 10, 20, 20}, Ink::Accent);
    drawing.fill({10, 10, 20, bad}, Ink::Accent, bad);
    drawing.fill({10, 10, 20, 20}, Ink::Accent, 0, nan);
    drawing.outline({10, bad, 20, 20}, Ink::Accent, bad, bad);
    drawing.label({bad, 10, 100, 30}, "texte", TextStyle::Body, Ink::Text);
    drawing.line({{10, 10}, {bad, 20}}, Ink::Text, 2);
    drawing.line({{10, 10}, {20, 20}}, Ink::Text, bad);
    drawing.items.push_back(Stroke{{{0, 0}, {bad, bad}}, Ink::Text, 1, 1, true, true});
    drawing.clip({bad, 0, 10, 10});
    drawing.fill({0, 0, 200, 120}, Ink::Accent);
    drawing.unclip();
  }
  drawing.line({}, Ink::Text);
  drawing.line({{5, 5}}, Ink::Text);
  drawing.arrow({{5, 5}, {5, 5}}, Ink::Text);
  drawing.fill({10, 10, -5, 20}, Ink::Accent);
  drawing.outline({10, 10, 0, 0}, Ink::Accent, 3, 9);
  drawing.label({10, 10, 100, 30}, "", TextStyle::Body, Ink::Text);
  CHECK(ink(painted(drawing)).w == 0);
  drawing.items.clear();
  drawing.items.push_back(Stroke{{{-60000, -60000}, {60000, 60000}}, Ink::Text, 1, 1, false, true});  // dashes are bounded
  CHECK(painted(drawing).width == 200);
}

TEST_CASE("a picture that is no size is refused") {
  if (headless() == nullptr) return;
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (const auto& [width, height] : {std::pair{0.0f, 10.0f}, {10.0f, -1.0f}, {9000.0f, 10.0f}, {10.0f, 1e30f}, {nan, 10.0f}, {8192.0f, 8192.0f}}) {
    const auto out = headless()->paint(blank(width, height), kTheme);
    REQUIRE_FALSE(out.ok());
    CHECK(out.error().code == "picture.size");
  }
  CHECK(painted(blank(10.5f, 1)).width == 11);
}

TEST_CASE("more letters than one set of 16-bit indices are all painted") {
  if (headless() == nullptr) return;
  Drawing drawing = blank(1200, 1000);
  const std::string line(150, 'M');
  for (int row = 0; row < 130; ++row) drawing.label({0, static_cast<float>(row) * 7, 1200, 16}, line, TextStyle::MonoSmall, Ink::Text);
  const Pixels pixels = painted(drawing);  // 19 500 letters, 78 000 corners
  CHECK(ink_in(pixels, {0, 900, 1200, 20}, of(Ink::Ground)).w > 1100);
  CHECK(ink(pixels).bottom() < 935);
}

TEST_CASE("the same drawing gives the same picture, whatever was painted between") {
  if (headless() == nullptr) return;
  Drawing drawing = blank(300, 200);
  drawing.fill({10, 10, 200, 100}, Ink::Layer, 8);
  drawing.label({20, 20, 200, 30}, "Couche inscriptible", TextStyle::Heading, Ink::LayerText);
  drawing.arrow({{20, 150}, {200, 110}}, Ink::Accent, 3);
  const Pixels first = painted(drawing);
  Theme larger{Shade::Dark, 1.75f, true};
  (void)painted(blank(640, 480), larger);
  CHECK(painted(drawing).rgba == first.rgba);
}
