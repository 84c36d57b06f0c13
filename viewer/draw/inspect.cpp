#include "viewer/draw/inspect.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace strates::viewer {

namespace {

constexpr std::array<const char*, static_cast<size_t>(Ink::Count)> kInks = {
    "ground", "panel", "raised", "line", "text", "dim", "accent", "layer", "layer-text", "writable",
    "copied", "removed", "read", "hit", "miss", "on-colour", "terminal", "terminal-text",
    "terminal-red", "terminal-green", "terminal-yellow", "terminal-blue", "terminal-magenta", "terminal-cyan", "terminal-dim", "shadow"};
constexpr std::array<const char*, static_cast<size_t>(TextStyle::Count)> kStyles = {"title", "heading", "body", "strong",
                                                                                    "emphasis", "small", "mono", "mono-small"};

int whole(float value) { return static_cast<int>(std::lround(value)); }
std::string text_of(const Box& box) { return fmt::format("{},{} {}x{}", whole(box.x), whole(box.y), whole(box.w), whole(box.h)); }
const char* name_of(Ink ink) { return kInks[static_cast<size_t>(ink)]; }
std::string alpha_of(float alpha) { return alpha >= 1 ? "" : fmt::format(" alpha {:.2f}", alpha); }

struct Dumper {
  std::string operator()(const Fill& fill) const {
    return fmt::format("{} {} {} radius {}{}{}", fill.outline ? "outline" : "fill", text_of(fill.box), name_of(fill.ink), whole(fill.radius),
                       fill.outline ? fmt::format(" width {}", whole(fill.width)) : "", alpha_of(fill.alpha));
  }
  std::string operator()(const Label& label) const {
    static constexpr std::array<const char*, 3> kAligns = {"", " centre", " right"};
    return fmt::format("label {} {} {}{}{}{} \"{}\"", text_of(label.box), kStyles[static_cast<size_t>(label.style)], name_of(label.ink),
                       kAligns[static_cast<size_t>(label.align)], alpha_of(label.alpha), label.moving ? " moving" : "", label.text);
  }
  std::string operator()(const Stroke& stroke) const {
    std::string out = stroke.arrow ? "arrow" : stroke.dashed ? "dashes" : "line";
    for (const Point& point : stroke.points) out += fmt::format(" {},{}", whole(point.x), whole(point.y));
    return out + fmt::format(" {} width {}{}", name_of(stroke.ink), whole(stroke.width), alpha_of(stroke.alpha));
  }
  std::string operator()(const Clip& clip) const { return "clip " + text_of(clip.box); }
  std::string operator()(const Unclip&) const { return "unclip"; }
};

Box common(const Box& a, const Box& b) {
  const float left = std::max(a.x, b.x), top = std::max(a.y, b.y);
  return {left, top, std::max(0.0f, std::min(a.right(), b.right()) - left), std::max(0.0f, std::min(a.bottom(), b.bottom()) - top)};
}

// A label where its letters are, and what is seen of it.
struct Seen {
  const Label* label;
  Box letters;
};

Box letters_of(const Label& label, const TextMeasure& measure) {
  const float width = measure.width(label.style, label.text), height = measure.line_height(label.style);
  Box out{label.box.x, label.box.y + (label.box.h - height) / 2, width, height};
  if (label.align == Label::Align::Centre) out.x += (label.box.w - width) / 2;
  if (label.align == Label::Align::Right) out.x += label.box.w - width;
  return out;
}

constexpr float kHair = 0.75f;  // rounding

}  // namespace

std::string dump_drawing(const Drawing& drawing) {
  std::string out = fmt::format("picture {}x{}\n", whole(drawing.width), whole(drawing.height));
  for (const Item& item : drawing.items) out += std::visit(Dumper{}, item) + "\n";
  for (const Target& target : drawing.targets) out += fmt::format("target {} {}\n", text_of(target.box), target.action);
  return out;
}

std::vector<std::string> drawing_mistakes(const Drawing& drawing, const TextMeasure& measure) {
  std::vector<std::string> out;
  const Box all{0, 0, drawing.width, drawing.height};
  const auto named = [](const Label& label) { return "\"" + label.text + "\" at " + text_of(label.box); };
  std::vector<Seen> seen;
  std::vector<Box> clips;
  for (const Item& item : drawing.items) {
    if (const auto* clip = std::get_if<Clip>(&item)) {
      clips.push_back(clips.empty() ? clip->box : common(clips.back(), clip->box));
    } else if (std::holds_alternative<Unclip>(item)) {
      if (clips.empty()) out.emplace_back("an unclip without its clip");
      else clips.pop_back();
    } else if (const auto* fill = std::get_if<Fill>(&item)) {
      if (!fill->outline && fill->alpha >= 1) std::erase_if(seen, [&](const Seen& under) { return under.letters.inside(fill->box); });
    } else if (const auto* label = std::get_if<Label>(&item)) {
      if (label->text.empty()) out.push_back("an empty text at " + text_of(label->box));
      if (label->moving || label->alpha <= 0) continue;
      const Box letters = letters_of(*label, measure);
      if (letters.w > label->box.w + kHair) out.push_back(named(*label) + fmt::format(" is {:.0f} wide", letters.w));
      if (letters.h > label->box.h + kHair) out.push_back(named(*label) + fmt::format(" is {:.0f} high", letters.h));
      if (clips.empty() && !letters.inside({all.x - kHair, all.y - kHair, all.w + 2 * kHair, all.h + 2 * kHair}))
        out.push_back(named(*label) + " leaves the picture");
      const Box visible = clips.empty() ? letters : common(letters, clips.back());
      if (visible.w <= 0 || visible.h <= 0) continue;
      for (const Seen& other : seen)
        if (visible.inset(kHair).overlaps(other.letters.inset(kHair))) out.push_back(named(*label) + " lies on " + named(*other.label));
      seen.push_back({label, visible});
    }
  }
  if (!clips.empty()) out.emplace_back("a clip without its unclip");
  for (const Target& target : drawing.targets)
    if (!target.box.inside(all)) out.push_back("target " + target.action + " leaves the picture");
  return out;
}

}  // namespace strates::viewer
