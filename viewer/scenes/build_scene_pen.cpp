#include "viewer/scenes/build_scene_pen.hpp"

#include <algorithm>

#include "base/strings.hpp"
#include "viewer/model/build_words.hpp"

namespace strates::viewer {

namespace {

constexpr size_t kMostBytes = 600;  // of one text: two lines hold less, and what comes from outside may be long

std::string bounded(std::string_view words) {
  size_t end = std::min(words.size(), kMostBytes);
  while (end > 0 && end < words.size() && (static_cast<unsigned char>(words[end]) & 0xc0) == 0x80) --end;
  return one_line(words.substr(0, end)) + (end < words.size() ? "…" : "");
}

}  // namespace

float BuildPen::text(Box room, std::string_view words, TextStyle style, Ink ink, Label::Align align, float alpha, bool moving) const {
  if (room.w <= 0 || room.h < line(style) || alpha <= 0) return 0;
  std::string shown = elide_end(measure, style, bounded(words), room.w);
  if (shown.empty()) return 0;
  const float width = measure.width(style, shown);
  out.items.push_back(Label{room, std::move(shown), style, ink, align, alpha, moving});
  return width;
}

std::vector<std::string> BuildPen::folded(std::string_view words, TextStyle style, float width, size_t most, bool* cut) const {
  if (width < measure.width(style, "MM") || most == 0) return {};
  const std::string all = bounded(words);
  auto lines = fold_text(measure, style, all, width);
  if (cut != nullptr) *cut = lines.size() > most;
  if (lines.size() <= most) return lines;
  lines.resize(most);
  // The last one takes as much of the rest as it can hold: folding lost nothing but spaces.
  size_t rest = 0;
  for (size_t i = 0; i + 1 < most; ++i) {
    for (const char c : lines[i]) {
      while (c != ' ' && all[rest] == ' ') ++rest;
      if (c != ' ') ++rest;
    }
  }
  lines.back() = elide_end(measure, style, trim(std::string_view(all).substr(rest)), width);
  return lines;
}

void BuildPen::mark(Box box, const BuildStep& step, float alpha) const {
  const auto at = [&](float x, float y) { return Point{box.x + x * box.w, box.y + y * box.h}; };
  const auto stroke = [&](std::vector<Point> points, float width) { out.line(std::move(points), Ink::OnColour, width * box.w, alpha); };
  const float round = box.w * 0.25f;
  const Ink ink = ink_of(step);
  const auto hammer = [&](Ink with) {
    out.line({at(0.24f, 0.80f), at(0.60f, 0.40f)}, with, 0.13f * box.w, alpha);
    out.line({at(0.40f, 0.22f), at(0.80f, 0.58f)}, with, 0.25f * box.w, alpha);
  };
  switch (step.state) {
    case StepState::Hit:
      out.fill(box, ink, round, alpha);
      stroke({at(0.22f, 0.52f), at(0.42f, 0.72f), at(0.79f, 0.29f)}, 0.13f);
      return;
    case StepState::Miss:
      if (!step.done) {  // being made: the shape without the ground
        out.outline(box, ink, round, std::max(1.5f, 0.1f * box.w), alpha);
        hammer(ink);
        return;
      }
      out.fill(box, ink, round, alpha);
      hammer(Ink::OnColour);
      return;
    case StepState::Failed:
    case StepState::Cancelled:
      out.fill(box, ink, round, alpha);
      stroke({at(0.27f, 0.27f), at(0.73f, 0.73f)}, 0.13f);
      stroke({at(0.73f, 0.27f), at(0.27f, 0.73f)}, 0.13f);
      return;
    case StepState::Ready:
      out.fill(box, ink, round, alpha);
      for (const float y : {0.28f, 0.58f}) out.fill({box.x + 0.22f * box.w, box.y + y * box.h, 0.56f * box.w, 0.16f * box.h}, Ink::OnColour, 0, alpha);
      return;
    case StepState::Running:
    case StepState::Waiting:
    case StepState::NotReached:
      out.outline(box, ink, round, 1.5f * theme.scale, alpha);
      return;
  }
}

Ink ink_of(const BuildStep& step) {
  switch (step.state) {
    case StepState::Hit: return Ink::Hit;
    case StepState::Miss: return Ink::Miss;
    case StepState::Failed: return Ink::Removed;
    case StepState::Running: return Ink::Accent;
    case StepState::Ready:
    case StepState::Cancelled: return Ink::Dim;
    case StepState::Waiting:
    case StepState::NotReached: return Ink::Line;
  }
  return Ink::Dim;
}

}  // namespace strates::viewer
