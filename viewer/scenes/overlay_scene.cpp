#include "viewer/scenes/overlay_scene.hpp"

#include <algorithm>

#include "base/sizes.hpp"
#include "base/text.hpp"
#include "viewer/scenes/overlay_scene_rows.hpp"

namespace strates::viewer {

namespace {

std::string state_words(const std::string& state) {
  if (state == "created") return tr(Text::OverlayStateCreated);
  if (state == "running") return tr(Text::OverlayStateRunning);
  if (state == "exited") return tr(Text::OverlayStateExited);
  if (state == "removed") return tr(Text::OverlayStateRemoved);
  return state;
}

// The state at the right (a dot, full while the container runs, and a word), then what was copied, then as much of the name as fits.
void draw_header(OverlayParts& parts, Box room, const OverlayStack& stack) {
  const float s = parts.theme().scale, unit = parts.theme().unit();
  const std::string word = state_words(stack.state);
  const float most = room.w / 3;
  Box state = room.take_right(std::min(most, parts.width(TextStyle::Strong, word) + 1));
  parts.text(state, word, TextStyle::Strong, Ink::Text, Label::Align::Right);
  Box dot = room.take_right(16 * s);
  dot = {dot.x, dot.y + dot.h / 2 - 5 * s, 10 * s, 10 * s};
  if (stack.state == "running") parts.out().fill(dot, Ink::Writable, 5 * s);
  else parts.out().outline(dot, stack.state == "removed" ? Ink::Removed : Ink::Dim, 5 * s, 2 * s);

  const std::string title = tr(Text::OverlayTitle, stack.name);
  room.take_right(2 * unit);
  const std::string copied = stack.copied_bytes > 0 && stack.state != "removed" ? tr(Text::OverlayCopiedTotal, told_size(stack.copied_bytes)) : "";
  const float wide = parts.width(TextStyle::Small, copied) + 2 * unit;
  if (!copied.empty() && room.w - wide > 160 * s) {
    Box badge = room.take_right(wide);
    const float high = parts.high(TextStyle::Small) + 6 * s;
    badge = {badge.x, badge.y + (badge.h - high) / 2, badge.w, high};
    parts.out().fill(badge, Ink::Copied, high / 2);
    parts.text(badge, copied, TextStyle::Small, Ink::OnColour, Label::Align::Centre);
    room.take_right(unit);
  }
  const float named = parts.width(TextStyle::Heading, title) + unit;
  const std::string id = short_id(stack.id.str());
  if (named + parts.width(TextStyle::MonoSmall, id) <= room.w) {
    Box rest = room;
    rest.take_left(named);
    parts.text(rest, id, TextStyle::MonoSmall, Ink::Dim);
    room.w = named;
  }
  parts.text(room, title, TextStyle::Heading, Ink::Text, Label::Align::Left, OverlayParts::Cut::Middle);
}

Ink ink_of(OverlayChange kind) {
  switch (kind) {
    case OverlayChange::Read: return Ink::Read;
    case OverlayChange::CopiedUp: return Ink::Copied;
    case OverlayChange::DirectoryUp:
    case OverlayChange::Created:
    case OverlayChange::Written:
    case OverlayChange::Appeared:
    case OverlayChange::Started: return Ink::Writable;
    case OverlayChange::Whiteout:
    case OverlayChange::Opaque:
    case OverlayChange::FileRemoved:
    case OverlayChange::Removed:
    case OverlayChange::Lost: return Ink::Removed;
    default: return Ink::Accent;
  }
}

// Two lines of the usual letters, or three of small ones; never more.
void draw_caption(OverlayParts& parts, Box room, const OverlayBeat& beat) {
  const float s = parts.theme().scale;
  parts.out().fill(room, Ink::Raised, parts.theme().radius());
  parts.out().fill({room.x, room.y, 5 * s, room.h}, ink_of(beat.kind), 2 * s);
  Box inner{room.x + 16 * s, room.y + 2 * s, room.w - 26 * s, room.h - 4 * s};
  TextStyle style = TextStyle::Body;
  auto lines = fold_text(parts.measure(), style, beat.caption, inner.w);
  if (static_cast<float>(lines.size()) * parts.high(style) > inner.h) {
    style = TextStyle::Small;
    lines = fold_text(parts.measure(), style, beat.caption, inner.w);
  }
  const auto most = std::max<size_t>(1, static_cast<size_t>(inner.h / parts.high(style)));
  if (lines.size() > most) {
    lines.resize(most);
    lines.back() += "…";
  }
  inner.take_top((inner.h - static_cast<float>(lines.size()) * parts.high(style)) / 2);
  for (const auto& line : lines) parts.line(inner, line, style, Ink::Text);
}

void draw_legend(OverlayParts& parts, Box room) {
  const float s = parts.theme().scale, unit = parts.theme().unit();
  struct Entry {
    Text words;
    int sign;
  };
  for (const Entry& entry :
       {Entry{Text::OverlayLegendRead, 0}, Entry{Text::OverlayLegendCopied, 1}, Entry{Text::OverlayLegendWritten, 2}, Entry{Text::OverlayLegendMask, 3}}) {
    const std::string words = tr(entry.words);
    const float wide = parts.width(TextStyle::Small, words) + 1;
    if (room.w < 36 * s + unit + wide) return;
    Box sign = room.take_left((entry.sign == 0 ? 36 : 26) * s);
    sign = {sign.x, sign.y + sign.h / 2 - 6 * s, sign.w, 12 * s};
    const float middle = sign.y + sign.h / 2;
    if (entry.sign == 0) parts.ray({sign.x, middle}, {sign.right(), middle}, Ink::Read, true, true);
    if (entry.sign == 1 || entry.sign == 2) parts.out().fill(sign, entry.sign == 1 ? Ink::Copied : Ink::Writable, 3 * s);
    if (entry.sign == 3) {
      parts.hatch(sign, Ink::Removed, 0.5f);
      parts.out().outline(sign, Ink::Removed, 3 * s, 2 * s);
    }
    room.take_left(unit * 0.75f);
    parts.text(room.take_left(wide), words, TextStyle::Small, Ink::Dim);
    room.take_left(2 * unit);
  }
}

// Nothing to show yet: a ghost of the picture, and what to do.
void draw_waiting(OverlayParts& parts, Box area, const std::string& name) {
  const float s = parts.theme().scale, unit = parts.theme().unit();
  area = area.inset(2 * unit);
  const auto lines = fold_text(parts.measure(), TextStyle::Body, tr(Text::OverlayNoContainer, shortened(name, 30)), std::min(area.w, 460 * s));
  const float texts = static_cast<float>(lines.size()) * parts.high(TextStyle::Body), ghost = 3 * 34 * s;
  const bool roomy = area.h >= ghost + 3 * unit + texts;
  area.take_top((area.h - texts - (roomy ? ghost + 2 * unit : 0)) / 2);
  if (roomy) {
    const float wide = std::min(area.w, 260 * s);
    for (int i = 0; i < 3; ++i) {
      const Box slab = area.take_top(34 * s);
      parts.dashed({slab.x + (slab.w - wide) / 2, slab.y, wide, 24 * s}, i == 0 ? Ink::Writable : Ink::Line);
    }
    area.take_top(2 * unit);
  }
  for (const auto& line : lines) {
    const Box place = area.take_top(parts.high(TextStyle::Body));
    parts.text(place, line, TextStyle::Body, Ink::Dim, Label::Align::Centre);
  }
}

// The container's own rows come with it and leave with it.
void draw_rows(OverlayParts& parts, const OverlayLayout& layout, const OverlayScene& what) {
  const OverlayStack& now = overlay_state_now(what);
  const float t = what.progress, s = parts.theme().scale;
  const auto kind = what.beat ? what.beat->kind : OverlayChange::None;
  for (OverlayRow row : layout.rows) {
    const bool own = row.of_container();
    const bool comes = own && kind == OverlayChange::Appeared && t < 1, goes = own && kind == OverlayChange::Removed && t > 0 && t < 1;
    OverlayLayout placed = layout;
    if (comes) {
      row.box.y -= (1 - t) * 12 * s;
      parts.set_alpha(t);
    }
    if (goes) {
      const float away = t * row.box.w * 0.6f;
      row.box.x += away;
      placed.columns_x += away;
      placed.shelf_x += away;
      parts.set_alpha(1 - t);
    }
    parts.set_moving(comes || goes);
    draw_overlay_row(parts, placed, row, now, what);
    parts.set_moving(false);
    parts.set_alpha(1);
  }
}

}  // namespace

OverlayScene overlay_scene_at(std::span<const Event> events, std::span<const OverlayBeat> beats, Position position, const std::string& name,
                              const std::string& focus, LayerFiles files) {
  OverlayScene out;
  out.focus = focus;
  out.files = std::move(files);
  out.progress = position.progress;
  const size_t shown = std::min(position.shown, beats.size());
  if (shown == 0) {
    const size_t end = beats.empty() ? events.size() : std::min(beats.front().event, events.size());
    out.before = out.after = fold_overlay_stack(events.first(end), name, focus);
    out.progress = 1;
    return out;
  }
  out.beat = beats[shown - 1];
  const size_t event = std::min(out.beat->event, events.size());
  OverlayFold fold(name, focus);
  for (const auto& one : events.first(event)) fold.feed(one);
  out.before = fold.stack();
  if (event < events.size()) fold.feed(events[event]);
  out.after = fold.stack();
  // What changes lay in its layer before anything told of it; only a read finds out.
  if (out.beat->kind != OverlayChange::Read && out.before.id == out.after.id) out.before.below = out.after.below;
  return out;
}

void draw_overlay_scene(Drawing& out, Box area, const OverlayScene& what, const Theme& theme, const TextMeasure& measure) {
  OverlayParts parts(out, theme, measure);
  if (what.after.id.empty()) return draw_waiting(parts, area, what.after.name);
  const OverlayLayout layout = overlay_layout(area, what, theme);
  draw_header(parts, layout.header, overlay_state_now(what));
  out.clip(area);
  draw_rows(parts, layout, what);
  draw_overlay_motion(parts, layout, what);
  out.unclip();
  if (what.beat) draw_caption(parts, layout.caption, *what.beat);
  if (layout.legend.w > 0) draw_legend(parts, layout.legend);
}

}  // namespace strates::viewer
