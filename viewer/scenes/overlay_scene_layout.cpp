#include "viewer/scenes/overlay_scene_layout.hpp"

#include <algorithm>
#include <set>

namespace strates::viewer {

namespace {

// Heights and widths in points at scale 1.
constexpr float kRow = 50, kHighestRow = 84, kThinRow = 27, kGap = 8, kAir = 26, kLeastAir = 12;
constexpr float kColumn = 150, kRoomForShelf = 560, kRoomForLegend = 420;

// Layers from the most to the least worth a row of their own: what the beat and the focus are about, what other columns show, then from the top.
std::vector<int> by_weight(const OverlayStack& stack, const OverlayBeat* beat, const std::vector<std::string>& paths, std::set<int>& involved) {
  std::vector<int> order;
  std::set<int> listed;
  const auto add = [&](int index) {
    if (index >= 0 && listed.insert(index).second) order.push_back(index);
  };
  if (beat != nullptr) add(stack.layer_index(beat->layer));
  for (const auto& path : paths)
    if (const auto found = stack.below.find(path); found != stack.below.end()) add(stack.layer_index(found->second.layer));
  involved = listed;
  for (int i = static_cast<int>(stack.layers.size()); i-- > 0;) add(i);
  return order;
}

class Stacking {
 public:
  Stacking(const OverlayStack& stack, const OverlayBeat* beat, const std::vector<std::string>& paths, float scale)
      : scale_(scale), layers_(static_cast<int>(stack.layers.size())) {
    order_ = by_weight(stack, beat, paths, involved_);
    for (const auto& [path, entry] : stack.below)
      if (entry.layer == "init") {
        init_ = true;
        if (std::find(paths.begin(), paths.end(), path) != paths.end()) init_involved_ = true;
      }
  }

  std::vector<OverlayRow> rows(Box area) {
    const float room = area.h / scale_;
    const float rest = kAir + (init_ && !init_involved_ ? kThinRow + kGap : 0);
    const float all = static_cast<float>(layers_ + (init_ && init_involved_ ? 3 : 2));
    std::set<int> every;
    for (int i = 0; i < layers_; ++i) every.insert(every.end(), i);
    if (all * (kRow + kGap) + rest <= room) {
      row_ = std::min(kHighestRow, (room - rest) / all - kGap);
      kept_ = involved_ = every;
      return place(area);
    }
    for (const float height : {kRow + 20, kRow + 10, kRow}) {
      row_ = height;
      if (height_of(every) > room) continue;
      kept_ = every;
      return place(area);
    }
    // Names alone for all that the picture is about, rather than more words about a part of it.
    for (const float height : {kRow, kThinRow}) {
      row_ = height;
      kept_.clear();
      if (height_of(kept_) > room) continue;
      for (const int index : order_) {
        kept_.insert(index);
        if (height_of(kept_) <= room) continue;
        kept_.erase(index);
        break;
      }
      if (height == kThinRow || std::includes(kept_.begin(), kept_.end(), involved_.begin(), involved_.end())) return place(area);
    }
    return {};
  }

 private:
  float layer_height(int index) const { return involved_.contains(index) ? row_ : std::min(row_, kThinRow); }
  float init_height() const { return init_involved_ ? row_ : std::min(row_, kThinRow); }
  // One row for each run of layers that are not kept.
  template <typename Each>
  void each(const std::set<int>& kept, const Each& call) const {
    int next = layers_;  // one above the next layer to show
    for (auto at = kept.rbegin();; ++at) {
      const int index = at == kept.rend() ? -1 : *at;
      if (next - index > 1) call(index + 1, next - index - 1);
      if (index < 0) return;
      call(index, 1);
      next = index;
    }
  }
  float height_of(const std::set<int>& kept) const {
    float height = 2 * (row_ + kGap) + (init_ ? init_height() + kGap : 0) + kLeastAir;
    each(kept, [&](int first, int count) { height += kGap + (count == 1 ? layer_height(first) : kThinRow); });
    return height;
  }

  std::vector<OverlayRow> place(Box area) const {
    std::vector<OverlayRow> out;
    const auto add = [&](OverlayRow::Kind kind, int layer, int count, float height) {
      out.push_back({kind, layer, count, {area.x, 0, area.w, height * scale_}, height < kRow});
    };
    add(OverlayRow::Kind::Merged, -1, 1, row_);
    add(OverlayRow::Kind::Writable, -1, 1, row_);
    if (init_) add(OverlayRow::Kind::Init, -1, 1, init_height());
    each(kept_, [&](int first, int count) {
      if (count > 1) add(OverlayRow::Kind::Collapsed, first, count, kThinRow);
      else add(OverlayRow::Kind::Layer, first, 1, layer_height(first));
    });
    float used = 0;
    for (const auto& row : out) used += row.box.h + kGap * scale_;
    const float air = std::clamp(area.h - used, kLeastAir * scale_, kAir * scale_);
    // In the middle of its room: a stack of two is not glued to the top.
    float y = area.y + std::max(0.0f, (area.h - used - air) / 2);
    for (auto& row : out) {
      row.box.y = y;
      y += row.box.h + kGap * scale_ + (row.kind == OverlayRow::Kind::Merged ? air : 0);
    }
    return out;
  }

  float scale_, row_ = kRow;
  int layers_;
  bool init_ = false, init_involved_ = false;
  std::set<int> involved_, kept_;
  std::vector<int> order_;
};

// Rows grow and shrink with the beat, as long as they are the same rows.
std::vector<OverlayRow> between(const std::vector<OverlayRow>& before, std::vector<OverlayRow> after, float t) {
  const auto same = [](const OverlayRow& a, const OverlayRow& b) { return a.kind == b.kind && a.layer == b.layer && a.count == b.count; };
  if (t >= 1 || !std::equal(before.begin(), before.end(), after.begin(), after.end(), same)) return after;
  for (size_t i = 0; i < after.size(); ++i) {
    Box& box = after[i].box;
    box.y = before[i].box.y + (box.y - before[i].box.y) * t;
    box.h = before[i].box.h + (box.h - before[i].box.h) * t;
    after[i].thin = before[i].thin && after[i].thin;
  }
  return after;
}

}  // namespace

const OverlayRow* OverlayLayout::row(OverlayRow::Kind kind) const {
  const auto found = std::find_if(rows.begin(), rows.end(), [&](const OverlayRow& one) { return one.kind == kind; });
  return found == rows.end() ? nullptr : &*found;
}

const OverlayRow* OverlayLayout::row_of_layer(int index) const {
  const auto found = std::find_if(rows.begin(), rows.end(), [&](const OverlayRow& one) { return one.holds(index); });
  return found == rows.end() ? nullptr : &*found;
}

int OverlayLayout::column_of(const std::string& path) const {
  const auto found = std::find(paths.begin(), paths.end(), path);
  return found == paths.end() ? -1 : static_cast<int>(found - paths.begin());
}

Box OverlayLayout::cell(const OverlayRow& row, size_t column, const Theme& theme) const {
  const float margin = row.thin ? 2.5f * theme.scale : 4 * theme.scale;
  Box out{columns_x + static_cast<float>(column) * column_width + theme.unit() / 2, row.box.y + margin, column_width - theme.unit(), row.box.h - 2 * margin};
  // A chip is two lines high; in a high slab it stands in the middle.
  const float most = 44 * theme.scale;
  if (out.h > most) out = {out.x, out.y + (out.h - most) / 2, out.w, most};
  return out;
}

OverlayLayout overlay_layout(Box area, const OverlayScene& what, const Theme& theme) {
  OverlayLayout out;
  const float s = theme.scale, unit = theme.unit();
  area = area.inset(unit);
  const bool roomy = area.h / s >= kRoomForLegend;
  out.header = area.take_top(30 * s);
  area.take_top(roomy ? unit : unit / 2);
  if (roomy) out.legend = area.take_bottom(20 * s);
  if (roomy) area.take_bottom(unit / 2);
  out.caption = area.take_bottom(54 * s);
  area.take_bottom(unit);
  out.stack = area;

  out.label_width = std::clamp(area.w * 0.325f, 120 * s, 260 * s);
  const float rest = area.w - out.label_width - unit / 2;
  if (area.w / s >= kRoomForShelf) out.shelf_width = std::clamp(rest * 0.25f, 104 * s, 220 * s);
  const float room = rest - out.shelf_width;
  const auto columns = static_cast<size_t>(std::clamp(room / (kColumn * s), 1.0f, static_cast<float>(kMostPlaces)));
  out.column_width = room / static_cast<float>(columns);
  out.columns_x = area.x + out.label_width;
  out.shelf_x = out.columns_x + room;
  out.paths = what.after.places[columns - 1];
  out.rows = Stacking(what.after, what.beat ? &*what.beat : nullptr, out.paths, s).rows(area);
  if (what.beat && what.before.id == what.after.id)
    out.rows = between(Stacking(what.before, nullptr, what.before.places[columns - 1], s).rows(area), std::move(out.rows), what.progress);
  return out;
}

}  // namespace strates::viewer
