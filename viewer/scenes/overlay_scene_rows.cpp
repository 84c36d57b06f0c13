#include "viewer/scenes/overlay_scene_rows.hpp"

#include <algorithm>
#include <cmath>

#include "base/sizes.hpp"
#include "base/text.hpp"
#include "lessons/player/screen.hpp"

namespace strates::viewer {

namespace {

using Kind = OverlayRow::Kind;

// What stands at the left of a row.
struct Title {
  std::string name, size, second, third, third_short;
  TextStyle second_style = TextStyle::Small;
};

Title title_of(const OverlayRow& row, const OverlayStack& stack) {
  const bool removed = stack.state == "removed";
  switch (row.kind) {
    case Kind::Merged: return {tr(Text::OverlayMergedTitle), "", removed ? tr(Text::OverlayMergedGone) : tr(Text::OverlayMergedWord), "", ""};
    case Kind::Writable: {
      const size_t entries = stack.upper.size();
      if (removed) return {tr(Text::OverlayWritableTitle), "", tr(Text::OverlayWritableGone), "", ""};
      return {tr(Text::OverlayWritableTitle), "",
              entries == 0   ? tr(Text::OverlayWritableEmpty)
              : entries == 1 ? tr(Text::OverlayWritableOne)
                             : tr(Text::OverlayWritableCount, entries),
              "", ""};
    }
    case Kind::Init: return {tr(Text::OverlayInitTitle), "", tr(removed ? Text::OverlayWritableGone : Text::OverlayInitWord), "", ""};
    case Kind::Collapsed: return {tr(Text::OverlayManyLayers, row.count), "", "", "", ""};
    case Kind::Layer: break;
  }
  const StackLayer& layer = stack.layers[static_cast<size_t>(row.layer)];
  const std::string id = short_id(layer.chain_id.str()), instruction = instruction_words(layer.created_by);
  const std::string name = tr(Text::OverlayLayerTitle, row.layer + 1), size = told_size(layer.bytes);
  if (instruction.empty()) return {name, size, id, tr(Text::OverlayReadOnly), "", TextStyle::MonoSmall};
  return {name, size, instruction, id + " · " + tr(Text::OverlayReadOnly), id, TextStyle::MonoSmall};
}

void draw_title(OverlayParts& parts, Box room, const OverlayRow& row, const Title& title, Ink name_ink) {
  const TextStyle name_style = row.thin || parts.width(TextStyle::Strong, title.name) > room.w ? TextStyle::Small : TextStyle::Strong;
  const float s = parts.theme().scale, first = parts.high(name_style), second = parts.high(title.second_style), third = parts.high(TextStyle::Small);
  const bool two = !title.second.empty() && room.h >= first + second, three = two && !title.third.empty() && room.h >= first + second + third + 2 * s;
  const float used = first + (two ? second : 0) + (three ? third : 0);
  if (room.h < first) return;
  room.take_top((room.h - used) / 2);
  Box line = room.take_top(first);
  // The size at the right of the name, when both fit.
  const float wide = parts.width(TextStyle::Small, title.size);
  if (!title.size.empty() && parts.width(name_style, title.name) + wide + parts.theme().unit() <= line.w)
    parts.text(line.take_right(wide + 1), title.size, TextStyle::Small, Ink::Dim, Label::Align::Right);
  parts.text(line, title.name, name_style, name_ink);
  if (two) parts.line(room, title.second, title.second_style, Ink::Dim);
  if (three)
    parts.line(room, title.third_short.empty() || parts.width(TextStyle::Small, title.third) <= room.w ? title.third : title.third_short, TextStyle::Small,
               Ink::Dim);
}

// Files without a column, in columns of names when the whole width is free.
void draw_others(OverlayParts& parts, const OverlayLayout& layout, const OverlayRow& row, const OverlayStack& stack, const LayerFiles& files) {
  const float line = parts.high(TextStyle::MonoSmall), s = parts.theme().scale;
  const bool free = layout.paths.empty();
  const float x = free ? layout.columns_x : layout.shelf_x;
  const float margin = (row.thin ? 3 : 6) * s;
  const Box room{x + 4 * s, row.box.y + margin, row.box.right() - x - 12 * s, row.box.h - 2 * margin};
  if (room.w < 60 * s || room.h < line) return;
  const auto lines = static_cast<size_t>(room.h / line);
  const size_t columns = free ? std::max<size_t>(1, static_cast<size_t>(room.w / (180 * s))) : 1;
  const size_t places = lines * columns;
  OtherFiles others = overlay_others(stack, files, row, layout.paths, places);
  if (others.count == 0 && row.thin && row.kind == Kind::Layer) {
    // A thin row has no line for its instruction: here it has room.
    parts.text({room.x, row.box.y, room.w, row.box.h}, instruction_words(stack.layers[static_cast<size_t>(row.layer)].created_by), TextStyle::MonoSmall,
               Ink::Dim);
    return;
  }
  if (others.count > places) {
    others.names.resize(places - 1);
    others.names.push_back(others.names.empty() ? tr(Text::OverlayFiles, others.count) : tr(Text::OverlayOthers, others.count - (places - 1)));
  }
  const size_t used = std::min(lines, (others.names.size() + columns - 1) / columns);
  const float top = row.box.y + (row.box.h - static_cast<float>(used) * line) / 2, width = room.w / static_cast<float>(columns);
  for (size_t i = 0; i < others.names.size(); ++i) {
    const auto column = static_cast<float>(i % columns), high = static_cast<float>(i / columns);
    const bool count = others.count > places && i + 1 == others.names.size();
    parts.text({room.x + column * width, top + high * line, width - 8 * s, line}, others.names[i], count ? TextStyle::Small : TextStyle::MonoSmall, Ink::Dim,
               Label::Align::Left, OverlayParts::Cut::Middle);
  }
}

void draw_surface(OverlayParts& parts, const OverlayRow& row, const OverlayStack& stack) {
  const float s = parts.theme().scale;
  if (row.of_container() && stack.state == "removed") return parts.dashed(row.box, Ink::Dim);
  switch (row.kind) {
    case Kind::Merged:
      // Not a slab: a view, which has no depth.
      parts.fill(row.box, Ink::Panel);
      parts.outline(row.box, Ink::Accent, 1.5f);
      return;
    case Kind::Writable:
      parts.slab(row.box, Ink::Panel);
      parts.hatch({row.box.x + 2 * s, row.box.y + 2 * s, 8 * s, row.box.h - 4 * s}, Ink::Writable, 0.9f);
      return parts.outline(row.box, Ink::Writable, 2);
    case Kind::Collapsed:
      // Edges of what lies behind.
      parts.slab(row.box, Ink::Raised);
      for (const float up : {3.0f, 0.0f})
        parts.out().line({{row.box.x + 2 * s, row.box.bottom() - up * s}, {row.box.right() - 2 * s, row.box.bottom() - up * s}}, Ink::Line, s);
      return;
    case Kind::Init: return parts.slab(row.box, Ink::Raised);
    case Kind::Layer: return parts.slab(row.box, Ink::Layer);
  }
}

float between(float a, float b, float t) { return a + (b - a) * t; }
Box between(const Box& a, const Box& b, float t) { return {between(a.x, b.x, t), between(a.y, b.y, t), between(a.w, b.w, t), between(a.h, b.h, t)}; }

// The part of a read's beat in which the ray falls; in the rest its end is shown.
constexpr float kFall = 0.7f;

class Motion {
 public:
  Motion(OverlayParts& parts, const OverlayLayout& layout, const OverlayScene& what)
      : parts_(parts), layout_(layout), what_(what), beat_(*what.beat), t_(what.progress), column_(static_cast<size_t>(layout.column_of(beat_.path))) {
    merged_ = layout_.row(OverlayRow::Kind::Merged);
    writable_ = layout_.row(OverlayRow::Kind::Writable);
    below_ = beat_.layer == "init" ? layout_.row(OverlayRow::Kind::Init) : layout_.row_of_layer(what_.after.layer_index(beat_.layer));
    if (beat_.layer == "container") below_ = writable_;
  }

  void draw() {
    if (merged_ == nullptr || writable_ == nullptr) return;
    const Box up = box(*writable_);
    switch (beat_.kind) {
      case OverlayChange::Read: return fall();
      case OverlayChange::CopiedUp: return rise({ChipLook::Kind::Copied, beat_.path, told_size(beat_.bytes)}, Ink::Copied);
      case OverlayChange::DirectoryUp: return rise({ChipLook::Kind::Made, beat_.path, tr(Text::OverlayDirectoryAgain)}, Ink::Writable);
      case OverlayChange::Created:
        if (beat_.directory) return drop({ChipLook::Kind::Made, beat_.path, tr(Text::OverlayNewDirectory)}, Ink::Writable);
        return drop({ChipLook::Kind::Written, beat_.path, tr(Text::OverlayNew)}, Ink::Writable);
      case OverlayChange::Written: return drop({ChipLook::Kind::Written, beat_.path, tr(Text::OverlayWrittenHere)}, Ink::Writable);
      case OverlayChange::Whiteout:
        drop({ChipLook::Kind::Whiteout, beat_.path, tr(Text::OverlayMask)}, Ink::Removed);
        if (t_ >= 1 && below_ != nullptr && below_ != writable_) parts_.ray(foot(up), head(*below_), Ink::Removed, true, false);
        return;
      case OverlayChange::Opaque: return drop({ChipLook::Kind::Opaque, beat_.path, tr(Text::OverlayOpaqueWord)}, Ink::Removed);
      case OverlayChange::FileRemoved: return vanish();
      default: return;
    }
  }

 private:
  Box box(const OverlayRow& row) const { return layout_.cell(row, column_, parts_.theme()); }
  // A line must be longer than its head.
  float least() const { return 16 * parts_.theme().scale; }
  static Point foot(const Box& box) { return {box.x + box.w / 2, box.bottom()}; }
  // Where a line from above meets the file; in a row that counts many layers, its middle.
  Point head(const OverlayRow& row) const {
    const Box cell = box(row);
    return {cell.x + cell.w / 2, row.kind == OverlayRow::Kind::Collapsed ? row.box.y + row.box.h / 2 : cell.y};
  }
  void chip(Box where, const ChipLook& look, float alpha = 1) {
    parts_.set_moving(true);
    parts_.set_alpha(alpha);
    parts_.chip(where, look);
    parts_.set_alpha(1);
    parts_.set_moving(false);
  }

  void fall() {
    if (below_ == nullptr) return;
    const Point from = foot(box(*merged_)), to = head(*below_);
    const float fallen = std::min(1.0f, t_ / kFall);
    if (fallen > 0) parts_.ray(from, {to.x, between(from.y, to.y, fallen)}, Ink::Read, true, true);
  }

  void rise(const ChipLook& look, Ink ink) {
    const Box to = box(*writable_);
    const Box from = below_ == nullptr || below_ == writable_ ? to : box(*below_);
    const Box now = between(from, to, t_);
    if (from.y - now.bottom() > least()) parts_.ray(head(*below_), foot(now), ink, false, true);
    if (t_ < 1) chip(now, look);
  }

  void drop(const ChipLook& look, Ink ink) {
    const Box from = box(*merged_), to = box(*writable_), now = between(from, to, t_);
    if (now.y - from.bottom() > least()) parts_.ray(foot(from), {from.x + from.w / 2, now.y}, ink, false, true);
    if (t_ < 1) chip(now, look);
  }

  void vanish() {
    if (t_ >= 1) return;
    const auto look = overlay_cell(what_.before, what_.files, *writable_, beat_.path);
    if (!look) return;
    Box now = box(*writable_);
    now.y -= t_ * parts_.theme().unit();
    chip(now, *look, 1 - t_);
  }

  OverlayParts& parts_;
  const OverlayLayout& layout_;
  const OverlayScene& what_;
  const OverlayBeat& beat_;
  float t_;
  size_t column_;
  const OverlayRow *merged_ = nullptr, *writable_ = nullptr, *below_ = nullptr;
};

}  // namespace

void draw_overlay_row(OverlayParts& parts, const OverlayLayout& layout, const OverlayRow& row, const OverlayStack& stack, const OverlayScene& what) {
  const float s = parts.theme().scale;
  draw_surface(parts, row, stack);
  Box room{row.box.x + 16 * s, row.box.y + 2 * s, layout.label_width - 24 * s, row.box.h - 4 * s};
  const bool gone = stack.state == "removed" && row.of_container();
  draw_title(parts, room, row, title_of(row, stack), gone ? Ink::Dim : row.kind == Kind::Layer ? Ink::LayerText : Ink::Text);
  if (gone) return;
  for (size_t i = 0; i < layout.paths.size(); ++i)
    if (const auto look = overlay_cell(stack, what.files, row, layout.paths[i])) parts.chip(layout.cell(row, i, parts.theme()), *look);
  draw_others(parts, layout, row, stack, what.files);
}

const OverlayStack& overlay_state_now(const OverlayScene& what) {
  if (!what.beat || what.before.id != what.after.id) return what.after;
  switch (what.beat->kind) {
    case OverlayChange::Read: return what.progress >= kFall ? what.after : what.before;
    case OverlayChange::FileRemoved: return what.after;
    case OverlayChange::Started:
    case OverlayChange::Stopped: return what.progress >= 0.5f ? what.after : what.before;
    default: return what.progress >= 1 ? what.after : what.before;
  }
}

void draw_overlay_motion(OverlayParts& parts, const OverlayLayout& layout, const OverlayScene& what) {
  if (!what.beat || layout.column_of(what.beat->path) < 0) return;
  Motion(parts, layout, what).draw();
}

}  // namespace strates::viewer
