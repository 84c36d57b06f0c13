#include "viewer/scenes/build_scene_stack.hpp"

#include <algorithm>

#include "base/sizes.hpp"
#include "base/text.hpp"
#include "viewer/model/build_words.hpp"

namespace strates::viewer {

namespace {

constexpr float kHighestSlab = 76;  // points at scale 1

bool makes_layer(const BuildStep& step) { return step.made_layer; }
// A step that is done and made no layer; the FROM and what comes before it are no settings of the image.
bool sets(const BuildStep& step) { return step.done && !step.made_layer && !step.opens_stage(); }

std::string familiar(std::string name) {
  for (const std::string_view prefix : {"docker.io/", "library/"})
    if (name.starts_with(prefix)) name.erase(0, prefix.size());
  return name;
}

std::uint64_t bytes_of(const std::vector<std::uint64_t>& layers) {
  std::uint64_t out = 0;
  for (const auto each : layers) out += each;
  return out;
}

std::string layers_words(size_t count, std::uint64_t bytes) {
  return count == 1 ? tr(Text::BuildBaseOne, told_size(bytes)) : tr(Text::BuildBaseCount, count, told_size(bytes));
}

class StackPainter {
 public:
  StackPainter(const BuildStackLayout& layout, const StepRows& rows, const BuildScene& what, const BuildPen& pen) : layout_(layout), rows_(rows), what_(what), pen_(pen) {}

  void draw() const {
    title();
    card();
    for (const auto& slab : layout_.slabs)
      if (slab.step == 0 || slab.step != moving_step()) at_rest(slab);
    arrow();
    // Last: it passes over the others.
    for (const auto& slab : layout_.slabs)
      if (slab.step != 0 && slab.step == moving_step()) arriving(slab);
  }

 private:
  const BuildStep* step(int index) const { return what_.run.step(index); }
  bool done_now(int index) const { return what_.run.current == index && what_.run.change == BuildChange::StepDone; }
  float come(int index) const { return done_now(index) ? what_.progress : 1; }
  int moving_step() const { return what_.run.change == BuildChange::StepDone && what_.progress < 1 ? what_.run.current : 0; }

  void title() const {
    std::string words = tr(Text::BuildStackTitle);
    if (what_.whole.stages.size() > 1 && layout_.stage != nullptr) words += " · " + tr(Text::BuildStageTitle, layout_.stage - what_.whole.stages.data() + 1, what_.whole.stages.size());
    if (pen_.measure.width(TextStyle::Strong, words) > layout_.title.w) words = tr(Text::BuildStackShort);
    pen_.text(layout_.title, words, TextStyle::Strong, Ink::Dim);
  }

  // The image as it is after the last step that is done.
  const BuildStep* newest() const {
    const BuildStep* out = nullptr;
    for (int index = layout_.stage == nullptr ? 1 : layout_.stage->first; index <= what_.run.current; ++index)
      if (const BuildStep* each = step(index); each != nullptr && each->done) out = each;
    return out;
  }

  void card() const {
    if (layout_.card.h <= 0) return;
    const Theme& theme = pen_.theme;
    const bool ready = what_.run.state == BuildRun::State::Done;
    pen_.out.fill(layout_.card, Ink::Panel, theme.radius());
    pen_.out.outline(layout_.card, ready ? Ink::Accent : Ink::Line, theme.radius(), (ready ? 2 : 1) * theme.scale);
    const BuildStep* last = newest();
    std::string name = tr(Text::BuildStackEmpty);
    if (last != nullptr && !last->image.empty()) {
      name = tr(Text::BuildImageDone, short_id(last->image.str()));
      if (pen_.measure.width(TextStyle::Strong, name) > layout_.name.w) name = short_id(last->image.str());
    }
    pen_.text(layout_.name, name, TextStyle::Strong, last == nullptr ? Ink::Dim : Ink::Text);
    if (ready && !what_.run.tags.empty()) {
      std::string tags;
      for (const auto& each : what_.run.tags) tags += (tags.empty() ? "" : ", ") + familiar(each);
      pen_.text(layout_.tags, "➜ " + tags, TextStyle::Strong, Ink::Accent, Label::Align::Left, what_.run.change == BuildChange::Ended ? what_.progress : 1);
    }
    for (const auto& setting : layout_.settings)
      if (const BuildStep* each = step(setting.step); each != nullptr && sets(*each)) this->setting(setting.box, *each);
    if (layout_.more_settings.h > 0) pen_.text(layout_.more_settings, tr(Text::BuildSettingsMore, layout_.hidden.size()), TextStyle::Small, Ink::Dim);
  }

  void setting(Box box, const BuildStep& each) const {
    const float side = std::min(box.h, 1.75f * pen_.unit());
    pen_.mark({box.x, box.y + (box.h - side) / 2, side, side}, each, come(each.index));
    box.take_left(side + pen_.unit());
    pen_.text(box, each.instruction, TextStyle::MonoSmall, Ink::Text, Label::Align::Left, come(each.index));
  }

  void at_rest(const BuildStackLayout::Slab& slab) const {
    if (slab.base) return base(slab);
    if (slab.step == 0) return together(slab);
    if (const BuildStep* each = step(slab.step); each != nullptr && each->done && makes_layer(*each)) one(slab.box, *each, 1, false);
  }

  void surface(const Box& box, Ink edge, float alpha) const {
    const float s = pen_.theme.scale, radius = pen_.theme.radius();
    pen_.out.fill({box.x + 3 * s, box.y + 4 * s, box.w, box.h}, Ink::Shadow, radius, 0.10f * alpha);
    pen_.out.fill(box, Ink::Layer, radius, alpha);
    pen_.out.outline(box, edge, radius, 2 * s, alpha);
  }

  void one(const Box& box, const BuildStep& each, float alpha, bool moving) const {
    const float u = pen_.unit();
    const bool kept = each.state == StepState::Hit;
    surface(box, ink_of(each), alpha);
    Box inner{box.x + u, box.y, box.w - 2 * u, box.h};
    const float side = std::min(2.5f * u, box.h - 0.5f * u);
    Box mark = inner.take_left(side);
    pen_.mark({mark.x, mark.y + (mark.h - side) / 2, side, side}, each, alpha);
    inner.take_left(u);
    // In the larger letters when there is room.
    const bool large = box.h >= pen_.line(TextStyle::Mono) + pen_.line(TextStyle::Body) + 2 * u;
    const TextStyle code = large ? TextStyle::Mono : TextStyle::MonoSmall, said = large ? TextStyle::Body : TextStyle::Small;
    const float small = pen_.line(said), mono = pen_.line(code);
    const std::string bytes = told_size(each.layer_bytes);
    const std::string word = tr(kept ? Text::BuildKept : Text::BuildNew);
    if (inner.h >= small + mono + 0.5f * u) {
      inner.take_top((inner.h - small - mono) / 2);
      pen_.text(inner.take_top(mono), each.instruction, code, Ink::LayerText, Label::Align::Left, alpha, moving);
      pen_.text(inner.take_top(small), bytes + " · " + word, said, Ink::LayerText, Label::Align::Left, alpha, moving);
      return;
    }
    const float wide = std::min(inner.w * 0.55f, pen_.measure.width(TextStyle::Small, bytes) + 1);
    pen_.text(inner.take_right(wide), bytes, TextStyle::Small, Ink::LayerText, Label::Align::Right, alpha, moving);
    inner.take_right(0.5f * u);
    pen_.text(inner, each.instruction, TextStyle::MonoSmall, Ink::LayerText, Label::Align::Left, alpha, moving);
  }

  // Older layers for which there is no room, as one slab.
  void together(const BuildStackLayout::Slab& slab) const {
    int count = 0;
    std::uint64_t bytes = 0;
    for (const int index : layout_.folded)
      if (const BuildStep* each = step(index); each != nullptr && each->done && makes_layer(*each)) {
        ++count;
        bytes += each->layer_bytes;
      }
    if (count == 0) return;
    surface(slab.box, Ink::Dim, 1);
    pen_.text({slab.box.x + pen_.unit(), slab.box.y, slab.box.w - 2 * pen_.unit(), slab.box.h}, layers_words(static_cast<size_t>(count), bytes), TextStyle::Small, Ink::LayerText,
              Label::Align::Centre);
  }

  void base(const BuildStackLayout::Slab& slab) const {
    const BuildStage* known = nullptr;
    for (const BuildStage& stage : what_.run.stages)
      if (stage.first == layout_.stage->first) known = &stage;
    const BuildStep* from = step(layout_.stage->first);
    if (known == nullptr || from == nullptr || !from->done) return;
    const float alpha = come(from->index), u = pen_.unit();
    const bool scratch = from->image.empty();
    if (scratch) {
      const Box& box = slab.box;
      pen_.out.items.push_back(Stroke{{{box.x, box.y}, {box.right(), box.y}, {box.right(), box.bottom()}, {box.x, box.bottom()}, {box.x, box.y}}, Ink::Dim, 1.5f * pen_.theme.scale, alpha, false, true});
    } else {
      surface(slab.box, Ink::Dim, alpha);
    }
    Box inner{slab.box.x + u, slab.box.y, slab.box.w - 2 * u, slab.box.h};
    const std::string name = scratch ? tr(Text::BuildFromScratch) : tr(Text::BuildBaseImage, known->base_name);
    const TextStyle style = slab.box.h >= 2 * pen_.line(TextStyle::Body) + 2 * u ? TextStyle::Body : TextStyle::Small;
    const float body = pen_.line(style);
    const std::string layers = known->base_layers.empty() ? "" : layers_words(known->base_layers.size(), bytes_of(known->base_layers));
    const bool two = !layers.empty() && inner.h >= 2 * body + 0.5f * u;
    inner.take_top((inner.h - (two ? 2 : 1) * body) / 2);
    pen_.text(inner.take_top(body), name, style, scratch ? Ink::Dim : Ink::LayerText, Label::Align::Left, alpha);
    if (two) pen_.text(inner.take_top(body), layers, style, Ink::LayerText, Label::Align::Left, alpha);
  }

  // A new layer leaves its step and slides onto the stack; a kept one lies there already and is taken up again.
  void arriving(const BuildStackLayout::Slab& slab) const {
    const BuildStep* each = step(slab.step);
    if (each == nullptr || !makes_layer(*each)) return;
    Box box = slab.box;
    const float t = what_.progress;
    if (each->state == StepState::Hit) return one(box, *each, t, true);
    const StepRow* row = rows_.of(slab.step);
    if (row != nullptr) {
      const float y = row->box.centre().y - box.h / 2;
      box.x += (1 - t) * (row->box.right() - 0.4f * box.w - box.x);
      box.y += (1 - t) * (y - box.y);
    }
    one(box, *each, 1, true);
  }

  // From the step that was done last to what it made.
  void arrow() const {
    if (what_.run.state != BuildRun::State::Running || what_.run.change != BuildChange::StepDone) return;
    const BuildStep* each = step(what_.run.current);
    const StepRow* row = rows_.of(what_.run.current);
    const Box* to = layout_.place_of(what_.run.current);
    if (each == nullptr || row == nullptr || to == nullptr || !each->done) return;
    const float y = row->box.y + rows_.pad + rows_.mark / 2, end = to->x - (each->made_layer || each->opens_stage() ? 0 : pen_.unit());
    const float middle = std::min(row->box.right() + 1.25f * pen_.unit(), (row->box.right() + layout_.title.x) / 2);
    pen_.out.arrow({{row->box.right(), y}, {middle, y}, {middle, to->centre().y}, {end, to->centre().y}}, each->opens_stage() ? Ink::Dim : ink_of(*each), 2.5f * pen_.theme.scale, what_.progress);
  }

  const BuildStackLayout& layout_;
  const StepRows& rows_;
  const BuildScene& what_;
  const BuildPen& pen_;
};

// The card with the image's name, its tags and its settings; what is left of `area` is for the layers.
void lay_out_card(BuildStackLayout& out, Box& area, const std::vector<int>& settings, size_t layers, bool tagged, const BuildPen& pen) {
  const float u = pen.unit(), strong = pen.line(TextStyle::Strong), each = pen.line(TextStyle::MonoSmall) + u / 4, slab = pen.line(TextStyle::Small) + u;
  const float fixed = u + strong + (tagged ? strong : 0);
  if (area.h < fixed + (std::min(static_cast<float>(layers), 3.0f) + 1) * slab) return;
  // Layers come first: settings take what these leave, but two of them are always told.
  const float left = area.h - fixed - (static_cast<float>(layers) + 1) * slab - 2 * u;
  const float room = std::min(area.h * 0.4f - fixed, std::max(left, 2 * each + u));
  auto shown = settings.empty() || room < each ? size_t{0} : std::min(settings.size(), static_cast<size_t>(room / each));
  if (shown < settings.size() && shown > 0) --shown;  // one line tells how many more
  const bool more = shown < settings.size() && room >= each;
  out.hidden.assign(settings.begin() + static_cast<std::ptrdiff_t>(shown), settings.end());
  out.card = area.take_top(fixed + static_cast<float>(shown + (more ? 1 : 0)) * each + (shown > 0 || more ? u / 2 : 0));
  Box inner{out.card.x + u, out.card.y + u / 2, out.card.w - 2 * u, out.card.h - u};
  out.name = inner.take_top(strong);
  if (tagged) out.tags = inner.take_top(strong);
  if (shown > 0 || more) inner.take_top(u / 2);
  for (size_t i = 0; i < shown; ++i) out.settings.push_back({settings[i], inner.take_top(each)});
  if (more) out.more_settings = inner.take_top(each);
  area.take_top(u);
}

void lay_out_slabs(BuildStackLayout& out, Box area, const std::vector<int>& layers, const BuildPen& pen) {
  const float u = pen.unit(), gap = u / 2, least = pen.line(TextStyle::Small) + u / 2;
  const auto rows = [&](float height) { return static_cast<size_t>(std::max(0.0f, (area.h + gap) / (height + gap))); };
  const size_t most = rows(least);
  if (most == 0) return;
  // One for the base; when there are too many, one for the lowest together.
  size_t single = layers.size();
  if (single + 1 > most) single = most > 2 ? most - 2 : 0;
  const size_t folded = layers.size() - single;
  const bool together = folded > 0 && most >= 2;
  const size_t count = 1 + single + (together ? 1 : 0);
  const float height = std::min(kHighestSlab * pen.theme.scale, (area.h + gap) / static_cast<float>(count) - gap);
  Box stack = area.take_top(static_cast<float>(count) * (height + gap) - gap);
  const auto add = [&](int step, bool base) {
    out.slabs.push_back({step, base, stack.take_bottom(height)});
    stack.take_bottom(gap);
  };
  add(0, true);
  if (together) {
    add(0, false);
    out.folded.assign(layers.begin(), layers.begin() + static_cast<std::ptrdiff_t>(folded));
  }
  for (size_t i = folded; i < layers.size(); ++i) add(layers[i], false);
}

}  // namespace

const Box* BuildStackLayout::place_of(int step) const {
  const auto among = [&](const std::vector<int>& list) { return std::find(list.begin(), list.end(), step) != list.end(); };
  for (const Slab& slab : slabs)
    if (slab.base ? stage != nullptr && step == stage->first : slab.step == 0 ? among(folded) : slab.step == step) return &slab.box;
  for (const Setting& each : settings)
    if (each.step == step) return &each.box;
  return more_settings.h > 0 && among(hidden) ? &more_settings : nullptr;
}

BuildStackLayout lay_out_build_stack(Box area, const BuildScene& what, const BuildPen& pen) {
  BuildStackLayout out;
  const float strong = pen.line(TextStyle::Strong);
  if (area.h < strong) return out;
  out.title = area.take_top(strong);
  area.take_top(pen.unit() / 2);
  out.stage = what.whole.stage_of(what.run.current);
  if (out.stage == nullptr && !what.whole.stages.empty()) out.stage = &what.whole.stages.front();
  if (out.stage == nullptr) return out;
  std::vector<int> layers, settings;
  for (int index = out.stage->first; index <= out.stage->last; ++index) {
    const BuildStep* step = what.whole.step(index);
    if (step != nullptr && makes_layer(*step)) layers.push_back(index);
    else if (step != nullptr && sets(*step)) settings.push_back(index);
  }
  lay_out_card(out, area, settings, layers.size(), !what.whole.tags.empty(), pen);
  lay_out_slabs(out, area, layers, pen);
  return out;
}

void draw_build_stack(const BuildStackLayout& layout, const StepRows& rows, const BuildScene& what, const BuildPen& pen) {
  if (layout.title.h > 0) StackPainter(layout, rows, what, pen).draw();
}

}  // namespace strates::viewer
