#include "viewer/terminal/terminal_inks.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace strates::viewer {

namespace {

struct Rgb {
  int r, g, b;
};

// xterm's palette above the sixteen: a cube of six steps, then greys.
Rgb rgb_of(int index) {
  if (index >= 232) {
    const int grey = 8 + 10 * (index - 232);
    return {grey, grey, grey};
  }
  const auto step = [](int level) { return level == 0 ? 0 : 55 + 40 * level; };
  const int in_cube = index - 16;
  return {step(in_cube / 36), step(in_cube / 6 % 6), step(in_cube % 6)};
}

// By hue; greys by how light they are.
Ink nearest(Rgb c) {
  const int most = std::max({c.r, c.g, c.b}), least = std::min({c.r, c.g, c.b}), spread = most - least;
  if (most < 56) return Ink::Terminal;
  if (spread * 5 < most) return most >= 176 ? Ink::TerminalText : Ink::TerminalDim;
  const float sixth = c.r == most   ? static_cast<float>(c.g - c.b) / static_cast<float>(spread)
                      : c.g == most ? 2 + static_cast<float>(c.b - c.r) / static_cast<float>(spread)
                                    : 4 + static_cast<float>(c.r - c.g) / static_cast<float>(spread);
  const float hue = 60 * (sixth < 0 ? sixth + 6 : sixth);
  if (hue < 25 || hue >= 335) return Ink::TerminalRed;
  if (hue < 75) return Ink::TerminalYellow;
  if (hue < 160) return Ink::TerminalGreen;
  if (hue < 200) return Ink::TerminalCyan;
  return hue < 260 ? Ink::TerminalBlue : Ink::TerminalMagenta;
}

Ink of_sixteen(int index) {
  static constexpr std::array<Ink, 8> kInks = {Ink::Terminal,     Ink::TerminalRed,     Ink::TerminalGreen, Ink::TerminalYellow,
                                               Ink::TerminalBlue, Ink::TerminalMagenta, Ink::TerminalCyan,  Ink::TerminalText};
  return index == 8 ? Ink::TerminalDim : kInks[static_cast<size_t>(index % 8)];
}

Ink of_colour(TerminalColour colour) {
  if (colour.kind == TerminalColour::Kind::Rgb) return nearest({colour.r, colour.g, colour.b});
  return colour.r < 16 ? of_sixteen(colour.r) : nearest(rgb_of(colour.r));
}

}  // namespace

Ink text_ink(TerminalColour colour) {
  if (colour.kind == TerminalColour::Kind::Default) return Ink::TerminalText;
  const Ink ink = of_colour(colour);
  return ink == Ink::Terminal ? Ink::TerminalDim : ink;
}

Ink ground_ink(TerminalColour colour) { return colour.kind == TerminalColour::Kind::Default ? Ink::Terminal : of_colour(colour); }

CellInks inks_of(const CellStyle& style, bool inverted) {
  const Ink ground = ground_ink(style.bg);
  const bool reverse = style.reverse != inverted;
  // On a coloured ground every text is the terminal's own ground: two of its colours on one another would not be readable.
  if (!reverse) return ground == Ink::Terminal ? CellInks{text_ink(style.fg), ground} : CellInks{Ink::Terminal, ground};
  return ground == Ink::Terminal ? CellInks{Ink::Terminal, text_ink(style.fg)} : CellInks{ground, Ink::Terminal};
}

}  // namespace strates::viewer
