#include "viewer/draw/theme.hpp"

#include <algorithm>
#include <cmath>

namespace strates::viewer {

namespace {

struct Pair {
  Ink ink;
  Colour light, dark;
};

// The meanings take Okabe and Ito's hues ("Color Universal Design", 2008), darkened or lightened to hold 4.5:1 against what is written on them.
constexpr std::array<Pair, static_cast<size_t>(Ink::Count)> kColours = {{
    {Ink::Ground, {0xf4, 0xf5, 0xf7}, {0x16, 0x19, 0x1f}},
    {Ink::Panel, {0xff, 0xff, 0xff}, {0x1f, 0x24, 0x2c}},
    {Ink::Raised, {0xec, 0xef, 0xf3}, {0x2b, 0x32, 0x3c}},
    {Ink::Line, {0xc3, 0xc9, 0xd2}, {0x49, 0x53, 0x60}},
    {Ink::Text, {0x1b, 0x20, 0x28}, {0xe8, 0xec, 0xf1}},
    {Ink::Dim, {0x56, 0x60, 0x6e}, {0xa9, 0xb3, 0xc0}},
    {Ink::Accent, {0x00, 0x5f, 0x9e}, {0x6c, 0xbd, 0xf0}},
    {Ink::Layer, {0xdb, 0xe4, 0xee}, {0x33, 0x3f, 0x4e}},
    {Ink::LayerText, {0x1b, 0x20, 0x28}, {0xe8, 0xec, 0xf1}},
    {Ink::Writable, {0x00, 0x72, 0x55}, {0x3c, 0xc9, 0xa0}},
    {Ink::Copied, {0xa8, 0x57, 0x00}, {0xf0, 0xa8, 0x3c}},
    {Ink::Removed, {0xb0, 0x3a, 0x00}, {0xff, 0x8f, 0x5e}},
    {Ink::Read, {0x00, 0x5f, 0x9e}, {0x6c, 0xbd, 0xf0}},
    {Ink::Hit, {0x00, 0x72, 0x55}, {0x3c, 0xc9, 0xa0}},
    {Ink::Miss, {0xa8, 0x57, 0x00}, {0xf0, 0xa8, 0x3c}},
    {Ink::OnColour, {0xff, 0xff, 0xff}, {0x10, 0x13, 0x18}},
    {Ink::Terminal, {0x1b, 0x20, 0x28}, {0x0d, 0x10, 0x14}},
    {Ink::TerminalText, {0xe8, 0xec, 0xf1}, {0xe8, 0xec, 0xf1}},
    {Ink::TerminalRed, {0xff, 0x8a, 0x80}, {0xff, 0x8a, 0x80}},
    {Ink::TerminalGreen, {0x7d, 0xdc, 0x8f}, {0x7d, 0xdc, 0x8f}},
    {Ink::TerminalYellow, {0xf0, 0xc7, 0x5e}, {0xf0, 0xc7, 0x5e}},
    {Ink::TerminalBlue, {0x85, 0xb8, 0xff}, {0x85, 0xb8, 0xff}},
    {Ink::TerminalMagenta, {0xdd, 0x9c, 0xf0}, {0xdd, 0x9c, 0xf0}},
    {Ink::TerminalCyan, {0x6f, 0xd3, 0xe0}, {0x6f, 0xd3, 0xe0}},
    {Ink::TerminalDim, {0x9a, 0xa6, 0xb5}, {0x9a, 0xa6, 0xb5}},
    {Ink::Shadow, {0x00, 0x00, 0x00}, {0x00, 0x00, 0x00}},
}};

double linear(std::uint8_t channel) {
  const double value = channel / 255.0;
  return value <= 0.03928 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4);
}

double luminance(Colour c) { return 0.2126 * linear(c.r) + 0.7152 * linear(c.g) + 0.0722 * linear(c.b); }

}  // namespace

Colour Theme::colour(Ink ink) const {
  const Pair& pair = kColours[static_cast<size_t>(ink)];
  return shade == Shade::Light ? pair.light : pair.dark;
}

float Theme::text_size(TextStyle style) const {
  switch (style) {
    case TextStyle::Title: return std::round(26 * scale);
    case TextStyle::Heading: return std::round(20 * scale);
    case TextStyle::Body:
    case TextStyle::Strong:
    case TextStyle::Emphasis: return std::round(16 * scale);
    case TextStyle::Small: return std::round(13 * scale);
    case TextStyle::Mono: return std::round(15 * scale);
    case TextStyle::MonoSmall: return std::round(13 * scale);
    case TextStyle::Count: break;
  }
  return 16;
}

Theme Theme::for_size(float width, float height, Shade shade) {
  Theme out;
  out.shade = shade;
  // Both ways: a wide and low window must not get letters it has no room for.
  const float room = std::min(width, height * 16 / 9);
  out.scale = room < 1600 ? 1.0f : room < 2240 ? 1.25f : 1.75f;
  return out;
}

float eased(float t) {
  const float x = std::clamp(t, 0.0f, 1.0f);
  return x * x * (3 - 2 * x);
}

float contrast(Colour a, Colour b) {
  const double first = luminance(a), second = luminance(b);
  return static_cast<float>((std::max(first, second) + 0.05) / (std::min(first, second) + 0.05));
}

}  // namespace strates::viewer
