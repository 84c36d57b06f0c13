#include "viewer/scenes/build_scene.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "viewer/model/build_words.hpp"
#include "viewer/scenes/build_scene_pen.hpp"
#include "viewer/scenes/build_scene_stack.hpp"
#include "viewer/scenes/build_scene_steps.hpp"

namespace strates::viewer {

namespace {

// Points at scale 1.
constexpr float kHeader = 30, kCaption = 54, kRoomForContext = 420, kRoomForStack = 400, kWidestStack = 460;

struct Parts {
  Box header, context, steps, stack, caption;
};

Parts split(Box area, const BuildPen& pen) {
  Parts out;
  const float s = pen.theme.scale, u = pen.unit();
  area = area.inset(u);
  out.header = area.take_top(kHeader * s);
  if (area.h / s >= kRoomForContext) out.context = area.take_top(pen.line(TextStyle::Small));
  area.take_top(u);
  out.caption = area.take_bottom(kCaption * s);
  area.take_bottom(u);
  if (area.w / s >= kRoomForStack) {
    const float gap = (area.w / s >= 600 ? 5 : 3) * u;
    out.stack = area.take_right(std::min(kWidestStack * s, area.w * 0.36f));
    area.take_right(gap);
  }
  out.steps = area;
  return out;
}

std::string title_of(const BuildScene& what) {
  std::string out = what.whole.tag.empty() ? tr(Text::BuildTitleUntagged) : tr(Text::BuildTitle, what.whole.tag);
  if (what.place.count > 1) out += " · " + tr(Text::BuildNumber, what.place.number, what.place.count);
  return out;
}

// A word of how it stands at the right, the name before it.
void draw_header(const BuildScene& what, Box room, const BuildPen& pen) {
  Text word = Text::BuildStateRunning;
  Ink ink = Ink::Accent;
  switch (what.run.state) {
    case BuildRun::State::Running: break;
    case BuildRun::State::Done: word = Text::BuildRunDone; ink = Ink::Text; break;
    case BuildRun::State::Failed: word = Text::BuildStateFailed; ink = Ink::Removed; break;
    case BuildRun::State::Cancelled: word = Text::BuildStateCancelled; ink = Ink::Removed; break;
  }
  if (what.run.started != 0 || what.run.state != BuildRun::State::Running) {
    std::string words = tr(word);
    if (const std::string time = duration_words(what.run.started, what.run.finished); !time.empty()) words += " · " + time;
    const float wide = std::min(room.w / 3, pen.measure.width(TextStyle::Strong, words) + 1);
    pen.text(room.take_right(wide), words, TextStyle::Strong, ink, Label::Align::Right);
    room.take_right(2 * pen.unit());
  }
  pen.text(room, title_of(what), TextStyle::Heading, Ink::Text);
}

Ink caption_ink(const BuildRun& run) {
  if (run.change == BuildChange::Ended) return run.state == BuildRun::State::Done ? Ink::Accent : Ink::Removed;
  const BuildStep* step = run.change == BuildChange::Context ? nullptr : run.step(run.current);
  return step == nullptr ? Ink::Accent : ink_of(*step);
}

// Two lines of the usual letters, or three of small ones; never more.
void draw_caption(const BuildScene& what, Box room, const BuildPen& pen) {
  if (what.caption.empty()) return;
  const float s = pen.theme.scale;
  pen.out.fill(room, Ink::Raised, pen.theme.radius());
  pen.out.fill({room.x, room.y, 5 * s, room.h}, caption_ink(what.run), 2 * s);
  Box inner{room.x + 2 * pen.unit(), room.y + 2 * s, room.w - 3 * pen.unit(), room.h - 4 * s};
  TextStyle style = TextStyle::Body;
  const auto lines_of = [&](size_t most) { return pen.folded(what.caption, style, inner.w, most); };
  auto lines = lines_of(100);
  if (static_cast<float>(lines.size()) * pen.line(style) > inner.h) {
    style = TextStyle::Small;
    lines = lines_of(std::max<size_t>(1, static_cast<size_t>(inner.h / pen.line(style))));
  }
  inner.take_top((inner.h - static_cast<float>(lines.size()) * pen.line(style)) / 2);
  for (const auto& line : lines) pen.text(inner.take_top(pen.line(style)), line, style, Ink::Text);
}

// No build yet: what the scene waits for.
void draw_waiting(const BuildScene& what, Box area, const BuildPen& pen) {
  area = area.inset(2 * pen.unit());
  const float line = pen.line(TextStyle::Body);
  const auto lines = pen.folded(what.tag.empty() ? tr(Text::BuildNoneAtAll) : tr(Text::BuildNone, what.tag), TextStyle::Body, std::min(area.w, 460 * pen.theme.scale), 4);
  area.take_top((area.h - static_cast<float>(lines.size()) * line) / 2);
  for (const auto& each : lines) pen.text(area.take_top(line), each, TextStyle::Body, Ink::Dim, Label::Align::Centre);
}

}  // namespace

BuildScene build_scene_at(std::span<const Event> events, std::span<const Beat> beats, Position position, const std::string& tag, int last) {
  BuildScene out;
  out.tag = tag;
  const BuildSteps builds = fold_builds(events);
  const BuildRun* whole = builds.choose(tag, last);
  if (whole == nullptr) return out;
  out.whole = *whole;
  out.place = builds.place(*whole);
  const size_t shown = std::min(position.shown, beats.size());
  if (shown == 0) {
    out.run = build_after(events.first(beats.empty() ? events.size() : std::min(beats.front().event, events.size())), *whole);
    return out;
  }
  const Beat& beat = beats[shown - 1];
  out.run = build_after(events.first(std::min(beat.event + 1, events.size())), *whole);
  out.caption = beat.caption;
  out.progress = position.progress;
  return out;
}

void draw_build_scene(Drawing& out, Box area, const BuildScene& what, const Theme& theme, const TextMeasure& measure) {
  const BuildPen pen{out, theme, measure};
  if (what.whole.op == 0) return draw_waiting(what, area, pen);
  const Parts parts = split(area, pen);
  draw_header(what, parts.header, pen);
  if (parts.context.h > 0 && what.run.context)
    pen.text(parts.context, context_words(*what.run.context), TextStyle::Small, Ink::Dim, Label::Align::Left, what.run.change == BuildChange::Context ? what.progress : 1);
  const StepRows rows = lay_out_steps(parts.steps, what, pen);
  draw_steps(rows, what, pen);
  if (parts.stack.w > 0) draw_build_stack(lay_out_build_stack(parts.stack, what, pen), rows, what, pen);
  draw_caption(what, parts.caption, pen);
}

}  // namespace strates::viewer
