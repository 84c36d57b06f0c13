#include "viewer/panel/scene_controls.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace strates::viewer {

namespace {

struct Button {
  const char* sign;
  const char* action;
};

constexpr size_t kMostMarks = 60;

}  // namespace

void draw_scene_controls(Drawing& out, Box area, const Playhead& playhead, const Theme& theme, const TextMeasure& measure) {
  const float unit = theme.unit();
  out.fill(area, Ink::Panel, theme.radius());
  Box inside = area.inset(unit);
  const bool playing = playhead.mode() == Playhead::Mode::Playing;
  const Button buttons[] = {{"«", "start"}, {"‹", "back"}, {playing ? "❚❚" : "▶", "play"}, {"›", "forward"}, {"»", "end"}};
  const float size = std::min(inside.h, 4.5f * unit);
  for (const Button& button : buttons) {
    Box box = inside.take_left(size);
    box.y += (box.h - size) / 2;
    box.h = size;
    if (box.w < size) break;
    out.fill(box, Ink::Raised, theme.radius());
    out.label(box, button.sign, TextStyle::Strong, playhead.count() == 0 ? Ink::Dim : Ink::Accent, Label::Align::Centre);
    out.target(box, button.action);
    inside.take_left(unit / 2);
  }
  inside.take_left(unit);
  const Position position = playhead.position();
  const std::string where = playhead.count() == 0 ? tr(Text::WindowNothingYet) : tr(Text::WindowBeat, position.shown, playhead.count());
  const std::string keys = tr(Text::WindowKeys);
  const float where_width = measure.width(TextStyle::Body, where), keys_width = measure.width(TextStyle::Small, keys);
  if (inside.w >= where_width) out.label(inside.take_left(where_width), where, TextStyle::Body, Ink::Text);
  inside.take_left(2 * unit);
  if (inside.w >= keys_width + 12 * unit) out.label(inside.take_right(keys_width), keys, TextStyle::Small, Ink::Dim, Label::Align::Right);
  inside.take_right(2 * unit);
  // One mark a beat, what was shown filled.
  if (playhead.count() == 0 || inside.w < 8 * unit) return;
  const size_t marks = std::min(playhead.count(), kMostMarks);
  const float step = std::min(2 * unit, inside.w / static_cast<float>(marks)), y = inside.centre().y;
  for (size_t i = 0; i < marks; ++i) {
    const bool shown = (i + 1) * playhead.count() <= position.shown * marks;
    const float side = shown ? 0.75f * unit : 0.5f * unit;
    const Box mark{inside.x + step * (static_cast<float>(i) + 0.5f) - side / 2, y - side / 2, side, side};
    if (shown) out.fill(mark, Ink::Accent, side / 2);
    else out.outline(mark, Ink::Line, side / 2, theme.scale);
  }
}

}  // namespace strates::viewer
