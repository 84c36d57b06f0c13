#include "viewer/scenes/overlay_scene_parts.hpp"

#include <algorithm>

namespace strates::viewer {

namespace {

struct ChipInks {
  Ink surface, border, name;
  float border_width;
  bool dashed, struck, hatched;
};

ChipInks inks_of(ChipLook::Kind kind) {
  using Kind = ChipLook::Kind;
  switch (kind) {
    case Kind::Plain: return {Ink::Panel, Ink::Line, Ink::Text, 1, false, false, false};
    case Kind::Found: return {Ink::Panel, Ink::Read, Ink::Text, 2.5f, false, false, false};
    case Kind::Seen: return {Ink::Panel, Ink::Accent, Ink::Text, 1.5f, false, false, false};
    case Kind::Absent: return {Ink::Ground, Ink::Dim, Ink::Dim, 1.5f, true, false, false};
    case Kind::Below: return {Ink::Layer, Ink::Dim, Ink::Dim, 1, true, false, false};
    case Kind::Struck: return {Ink::Layer, Ink::Removed, Ink::Dim, 1, true, true, false};
    case Kind::Copied: return {Ink::Copied, Ink::Copied, Ink::OnColour, 1, false, false, false};
    case Kind::Written: return {Ink::Writable, Ink::Writable, Ink::OnColour, 1, false, false, false};
    case Kind::Made: return {Ink::Panel, Ink::Writable, Ink::Text, 1.5f, false, false, false};
    case Kind::Whiteout: return {Ink::Panel, Ink::Removed, Ink::Text, 2.5f, false, true, true};
    case Kind::Opaque: return {Ink::Panel, Ink::Removed, Ink::Text, 2.5f, false, false, true};
  }
  return {Ink::Panel, Ink::Line, Ink::Text, 1, false, false, false};
}

}  // namespace

void OverlayParts::text(Box box, const std::string& words, TextStyle style, Ink ink, Label::Align align, Cut cut) {
  std::string shown = cut == Cut::End ? elide_end(measure_, style, words, box.w) : elide_middle(measure_, style, words, box.w);
  if (shown.empty() || alpha_ <= 0) return;
  Label label{box, std::move(shown), style, ink, align, alpha_, moving_};
  out_.items.emplace_back(std::move(label));
}

void OverlayParts::line(Box& box, const std::string& words, TextStyle style, Ink ink, Cut cut) {
  const float height = high(style);
  if (box.h < height) return;
  text(box.take_top(height), words, style, ink, Label::Align::Left, cut);
}

void OverlayParts::slab(Box box, Ink surface) {
  const float s = theme_.scale, radius = theme_.radius();
  out_.fill({box.x + 4 * s, box.y + 6 * s, box.w, box.h}, Ink::Shadow, radius, 0.10f * alpha_);
  out_.fill({box.x, box.y + 3 * s, box.w, box.h}, Ink::Line, radius, alpha_);
  out_.fill(box, surface, radius, alpha_);
}

void OverlayParts::outline(Box box, Ink ink, float width) { out_.outline(box, ink, theme_.radius(), width * theme_.scale, alpha_); }

void OverlayParts::dashed(Box box, Ink ink, float width) {
  Stroke stroke{{{box.x, box.y}, {box.right(), box.y}, {box.right(), box.bottom()}, {box.x, box.bottom()}, {box.x, box.y}},
                ink,
                width * theme_.scale,
                alpha_,
                false,
                true};
  out_.items.emplace_back(std::move(stroke));
}

void OverlayParts::hatch(Box box, Ink ink, float alpha) {
  const float step = 7 * theme_.scale;
  for (float at = step; at < box.w + box.h; at += step) {
    // From the left or lower side to the upper or right one, at 45 degrees.
    const Point from = at < box.h ? Point{box.x, box.y + at} : Point{box.x + at - box.h, box.bottom()};
    const Point to = at < box.w ? Point{box.x + at, box.y} : Point{box.right(), box.y + at - box.w};
    out_.line({from, to}, ink, theme_.scale, alpha * alpha_);
  }
}

void OverlayParts::chip(Box box, const ChipLook& look) {
  const ChipInks inks = inks_of(look.kind);
  const float s = theme_.scale, radius = std::min(theme_.radius() * 0.7f, box.h / 2);
  out_.fill(box, inks.surface, radius, alpha_);
  if (inks.hatched) hatch(box.inset(2 * s), inks.border, 0.22f);
  if (inks.dashed) dashed(box, inks.border, inks.border_width);
  else out_.outline(box, inks.border, radius, inks.border_width * s, alpha_);

  Box inner{box.x + 6 * s, box.y, box.w - 12 * s, box.h};
  if (inner.w <= 0) return;
  const bool two = !look.word.empty() && box.h >= high(TextStyle::Mono) + high(TextStyle::Small);
  // The larger letters when the whole path fits in them.
  const bool large = width(TextStyle::Mono, look.path) <= inner.w && box.h >= high(TextStyle::Mono);
  const TextStyle style = large ? TextStyle::Mono : TextStyle::MonoSmall;
  if (box.h < high(style)) return;
  if (two) inner = {inner.x, box.y + (box.h - high(style) - high(TextStyle::Small)) / 2, inner.w, high(style)};
  text(inner, look.path, style, inks.name, Label::Align::Left, Cut::Middle);
  if (inks.struck) {
    const float y = inner.y + inner.h / 2 + s, wide = std::min(inner.w, width(style, look.path));
    out_.line({{inner.x - 2 * s, y}, {inner.x + wide + 2 * s, y}}, inks.border, 1.5f * s, alpha_);
  }
  if (two) text({inner.x, inner.bottom(), inner.w, high(TextStyle::Small)}, look.word, TextStyle::Small, inks.name == Ink::Text ? Ink::Dim : inks.name);
}

void OverlayParts::ray(Point from, Point to, Ink ink, bool dashed, bool head) {
  Stroke stroke{{from, to}, ink, 2.5f * theme_.scale, alpha_, head, dashed};
  out_.items.emplace_back(std::move(stroke));
}

}  // namespace strates::viewer
