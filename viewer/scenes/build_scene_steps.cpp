#include "viewer/scenes/build_scene_steps.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "viewer/model/build_words.hpp"

namespace strates::viewer {

namespace {

// How much is said of a step: tried from the roomiest until all steps fit.
struct Density {
  TextStyle code, note;
  size_t code_lines, note_lines;
  bool all_notes;   // else only where it begins: what follows from an earlier step is told by the rule
  float pad, mark;  // units
};
constexpr Density kDensities[] = {{TextStyle::Mono, TextStyle::Body, 2, 2, true, 1, 2.5f},         {TextStyle::Mono, TextStyle::Small, 2, 2, true, 1, 2.5f},
                                  {TextStyle::Mono, TextStyle::Small, 1, 2, true, 0.75f, 2.5f},    {TextStyle::MonoSmall, TextStyle::Small, 1, 1, true, 0.5f, 2.5f},
                                  {TextStyle::MonoSmall, TextStyle::Small, 1, 1, false, 0.375f, 2.5f}, {TextStyle::MonoSmall, TextStyle::Small, 1, 0, false, 0.25f, 2.5f},
                                  {TextStyle::MonoSmall, TextStyle::Small, 1, 0, false, 0, 2}};
constexpr size_t kPaged = 4;         // when not even the last one fits, pages of this one
constexpr float kMostAir = 1.25f;    // units above and below a row, when there is room
constexpr float kRoomForHeads = 460;
constexpr float kNarrow = 340;       // points at scale 1: the verdict in small letters

std::string words_of(const BuildStep& step) { return step.instruction.empty() ? tr(Text::BuildUnknownStep, step.index) : step.instruction; }

// Why a step was executed, or how it failed.
std::vector<std::string> notes_of(const BuildStep& step, const Density& density, bool begins, float width, const BuildPen& pen, bool& cut) {
  // The reason why all begins again is what one looks for.
  const size_t most = begins && density.note_lines > 0 ? std::max<size_t>(2, density.note_lines) : density.note_lines;
  if (!step.failure.empty()) return pen.folded(step.failure, density.note, width, most == 0 ? 0 : most + 1, &cut);
  if (!step.reason || (!density.all_notes && !begins)) return {};
  const auto* changed = std::get_if<event::InstructionChanged>(&*step.reason);
  if (changed == nullptr || most < 2) return pen.folded(miss_words(*step.reason), density.note, width, most, &cut);
  const auto [before, now] = changed_parts(changed->before, changed->now);
  std::vector<std::string> out;
  bool one_cut = false;
  for (const auto& line : {tr(Text::BuildBefore, before), tr(Text::BuildNow, now)})
    for (auto& text : pen.folded(line, density.note, width, 1, &one_cut)) {
      cut = cut || one_cut;
      out.push_back(std::move(text));
    }
  return out;
}

struct Columns {
  float line = 0, number = 0, mark = 0, verdict = 0, text = 0;
  bool heads = false;
  TextStyle verdict_style = TextStyle::Strong;
};

Columns columns_of(const Box& area, const BuildRun& whole, const Density& density, const BuildPen& pen) {
  Columns out;
  const float u = pen.unit();
  int last_line = 1;
  for (const BuildStep& step : whole.steps) last_line = std::max(last_line, step.line);
  out.line = std::min(pen.measure.width(TextStyle::Small, std::to_string(std::max(last_line, 10))), area.w * 0.1f);
  out.number = std::min(pen.measure.width(TextStyle::Strong, std::to_string(whole.steps.size())), area.w * 0.1f);
  // The numbers of lines and of steps are told apart by words above them, where there is room.
  out.heads = area.w >= kRoomForHeads * pen.theme.scale && area.h >= kRoomForHeads / 2 * pen.theme.scale;
  if (out.heads) {
    out.line = std::max(out.line, pen.measure.width(TextStyle::Small, tr(Text::BuildHeadLine)) + 1);
    out.number = std::max(out.number, pen.measure.width(TextStyle::Small, tr(Text::BuildHeadStep)) + 1);
  }
  out.mark = density.mark * u;
  if (area.w < kNarrow * pen.theme.scale || density.pad <= 0) out.verdict_style = TextStyle::Small;
  for (const Text word : {Text::BuildStateWaiting, Text::BuildStateRunning, Text::BuildStateBase, Text::BuildStateReady, Text::BuildStateHit, Text::BuildStateMiss,
                          Text::BuildStateFailed, Text::BuildStateCancelled, Text::BuildStateNotReached}) {
    const bool quiet = word == Text::BuildStateWaiting || word == Text::BuildStateNotReached;
    out.verdict = std::max(out.verdict, pen.measure.width(quiet ? TextStyle::Small : out.verdict_style, tr(word)) + 1);
  }
  const auto left = [&] { return area.w - out.line - out.number - out.mark - out.verdict - 6 * u; };
  if (left() < 11 * u) out.verdict = 0;  // the mark says it
  out.text = std::max(0.0f, left());
  return out;
}

// How long it took stands at the right of the notes.
float time_width(const BuildStep& step, float verdict, const BuildPen& pen) {
  const std::string time = duration_words(step.started, step.finished);
  return time.empty() || verdict <= 0 ? 0 : pen.measure.width(TextStyle::Small, time) + 1 + pen.unit();
}

StepRow row_of(const BuildStep& step, const Density& density, const Columns& columns, bool begins, const BuildPen& pen) {
  StepRow out;
  out.index = step.index;
  out.code = pen.folded(words_of(step), density.code, columns.text, density.code_lines);
  out.notes = notes_of(step, density, begins, columns.text + columns.verdict + pen.unit() - time_width(step, columns.verdict, pen), pen, out.cut);
  const float first = std::max(columns.mark, pen.line(columns.verdict_style));
  const float code = out.code.size() < 2 ? std::max(first, pen.line(density.code)) : pen.line(density.code) * static_cast<float>(out.code.size());
  float content = std::max(code + pen.line(density.note) * static_cast<float>(out.notes.size()), first);
  if (density.note_lines > 1 && columns.verdict > 0 && !duration_words(step.started, step.finished).empty())
    content = std::max(content, first + pen.line(TextStyle::Small));
  out.box.h = content + 2 * density.pad * pen.unit();
  if (begins) out.rule.h = pen.line(TextStyle::Strong) + (density.pad > 0 ? pen.unit() / 2 : 0);
  return out;
}

bool begins_again(const BuildRun& run, const BuildStep& step) {
  const BuildStage* stage = run.stage_of(step.index);
  return stage != nullptr && run.first_miss(*stage) == step.index;
}

float height_of(const std::vector<StepRow>& rows, float gap) {
  float out = 0;
  for (const StepRow& row : rows) out += row.box.h + row.rule.h + gap;
  return rows.empty() ? 0 : out - gap;
}

// The rows of the page that shows step `wanted`, within `height`.
void keep_page(StepRows& out, int wanted, float height, float gap, float told) {
  const auto count = static_cast<int>(out.rows.size());
  const auto taken = [&](int row) { return out.rows[static_cast<size_t>(row)].box.h + out.rows[static_cast<size_t>(row)].rule.h; };
  int first = 0;
  while (first < count) {
    float room = height - told - (first > 0 ? told : 0);
    int end = first;
    while (end < count && (end == first || taken(end) <= room)) {
      room -= taken(end) + gap;
      ++end;
    }
    if (wanted <= out.rows[static_cast<size_t>(end) - 1].index || end == count) {
      // The last page is as full as the others.
      if (end == count) room += told;
      while (end == count && first > 0 && taken(first - 1) + gap <= room) room -= taken(--first) + gap;
      out.hidden_before = first;
      out.hidden_after = count - end;
      out.rows.erase(out.rows.begin() + end, out.rows.end());
      out.rows.erase(out.rows.begin(), out.rows.begin() + first);
      return;
    }
    first = end;
  }
}

// The step that must be seen: the one being worked on; at the end, where it all began again, or went wrong.
int shown_first(const BuildRun& run) {
  if (run.state != BuildRun::State::Done) return run.current;
  const BuildStage* stage = run.stage_of(run.current);
  const int miss = stage == nullptr ? 0 : run.first_miss(*stage);
  return miss == 0 ? run.current : miss;
}

class StepsPainter {
 public:
  StepsPainter(const StepRows& rows, const BuildScene& what, const BuildPen& pen) : rows_(rows), what_(what), pen_(pen) {}

  void draw() const {
    for (const StepRow& row : rows_.rows)
      if (const BuildStep* step = what_.run.step(row.index); step != nullptr && mark_box(row).inside(row.box)) one(row, *step);
    thread();
    heads();
    more(rows_.before, Text::BuildStepsBefore, rows_.hidden_before);
    more(rows_.after, Text::BuildStepsMore, rows_.hidden_after);
  }

 private:
  // The mark, the number and the verdict stand on it.
  float first_line() const { return std::max(rows_.mark, pen_.line(rows_.verdict_style)); }

  Box mark_box(const StepRow& row) const {
    const float x = row.box.x + 3 * pen_.unit() + rows_.line_width + rows_.number_width;
    const float line = first_line();
    return {x, row.box.y + rows_.pad + (line - rows_.mark) / 2, rows_.mark, rows_.mark};
  }

  // How far what just happened has come: 1 for everything else.
  float come(int index, BuildChange change) const { return what_.run.current == index && what_.run.change == change ? what_.progress : 1; }

  // A line down the marks: it holds while the cache gives, and ends where it does not.
  void thread() const {
    for (size_t i = 0; i + 1 < rows_.rows.size(); ++i) {
      const BuildStep* above = what_.run.step(rows_.rows[i].index);
      const BuildStep* below = what_.run.step(rows_.rows[i + 1].index);
      if (above == nullptr || below == nullptr || below->state != StepState::Hit || below->opens_stage()) continue;
      const Box from = mark_box(rows_.rows[i]), to = mark_box(rows_.rows[i + 1]);
      if (!to.inside(rows_.rows[i + 1].box)) return;
      pen_.out.line({{from.centre().x, from.bottom()}, {to.centre().x, to.y}}, Ink::Hit, 3 * pen_.theme.scale, come(below->index, BuildChange::StepDone));
    }
  }

  void one(const StepRow& row, const BuildStep& step) const {
    const Theme& theme = pen_.theme;
    const float u = pen_.unit();
    const bool current = what_.run.current == row.index && what_.run.state == BuildRun::State::Running;
    const bool told = step.state == StepState::Hit || step.state == StepState::Miss || step.state == StepState::Failed;
    if (row.rule.h > 0 && step.reason) rule(row, step);
    if (told) pen_.out.fill(row.box, ink_of(step), theme.radius() / 2, 0.13f);
    if (current) {
      pen_.out.outline(row.box, Ink::Accent, theme.radius() / 2, 2 * theme.scale);
      pen_.out.fill({row.box.x, row.box.y, 0.5f * u, row.box.h}, Ink::Accent, theme.radius() / 2);
    }
    const float first = first_line();
    const float top = row.box.y + rows_.pad;
    const bool quiet = step.state == StepState::Waiting || step.state == StepState::NotReached;
    if (step.line > 0)
      pen_.text({row.box.x + u, top, rows_.line_width, first}, std::to_string(step.line), TextStyle::Small, Ink::Dim, Label::Align::Right);
    pen_.text({row.box.x + 2 * u + rows_.line_width, top, rows_.number_width, first}, std::to_string(row.index), rows_.verdict_style, quiet ? Ink::Dim : Ink::Text, Label::Align::Right);
    pen_.mark(mark_box(row), step, come(row.index, BuildChange::Verdict));

    const float left = mark_box(row).right() + u;
    const float verdict_left = row.box.right() - u - rows_.verdict_width;
    const float width = verdict_left - u - left;
    const float line = pen_.line(rows_.style);
    // One line of code stands on the mark's line; more begin at the top.
    float y = row.code.size() > 1 ? top : top + (first - line) / 2;
    for (const std::string& text : row.code) {
      if (y + line > row.box.bottom() + 1) return;  // no room, not even for one step
      pen_.text({left, y, width, line}, text, rows_.style, quiet ? Ink::Dim : Ink::Text);
      y += line;
    }
    if (row.code.size() < 2) y = top + std::max(first, line);
    const float notes_y = row.notes.empty() ? top + first : y;
    if (step.reason || !step.failure.empty())
      for (const std::string& text : row.notes) {
        if (y + pen_.line(rows_.note_style) > row.box.bottom() + 1) break;
        pen_.text({left, y, row.box.right() - u - left, pen_.line(rows_.note_style)}, text, rows_.note_style, step.failure.empty() ? Ink::Text : Ink::Removed, Label::Align::Left,
                  come(row.index, step.failure.empty() ? BuildChange::Verdict : BuildChange::StepDone));
        y += pen_.line(rows_.note_style);
      }
    if (rows_.verdict_width <= 0) return;
    const TextStyle verdict = quiet ? TextStyle::Small : rows_.verdict_style;
    const float alpha = come(row.index, step.state == StepState::Hit || step.state == StepState::Miss ? BuildChange::Verdict : BuildChange::StepDone);
    pen_.text({verdict_left, top, rows_.verdict_width, first}, state_word(step), verdict, quiet ? Ink::Dim : ink_of(step), Label::Align::Right, alpha);
    const float high = pen_.line(row.notes.empty() ? TextStyle::Small : rows_.note_style);
    if (time_width(step, rows_.verdict_width, pen_) > 0 && notes_y + high <= row.box.bottom() + 1)
      pen_.text({verdict_left, notes_y, rows_.verdict_width, high}, duration_words(step.started, step.finished), TextStyle::Small, Ink::Dim, Label::Align::Right);
  }

  void rule(const StepRow& row, const BuildStep& step) const {
    const float come_far = come(row.index, BuildChange::Verdict);
    const float y = row.rule.centre().y;
    const float width = pen_.text(row.rule, remade_words(*step.reason), TextStyle::Strong, Ink::Miss, Label::Align::Centre, come_far);
    const float half = std::max(0.0f, (row.rule.w - width) / 2 - pen_.unit());
    for (const float from : {row.rule.x, row.rule.right() - half * come_far})
      pen_.out.items.push_back(Stroke{{{from, y}, {from + half * come_far, y}}, Ink::Miss, 2 * pen_.theme.scale, 1, false, false});
  }

  void heads() const {
    if (rows_.heads.h <= 0) return;
    const float u = pen_.unit();
    const Box& at = rows_.heads;
    pen_.text({at.x + u, at.y, rows_.line_width, at.h}, tr(Text::BuildHeadLine), TextStyle::Small, Ink::Dim, Label::Align::Right);
    pen_.text({at.x + 2 * u + rows_.line_width, at.y, rows_.number_width, at.h}, tr(Text::BuildHeadStep), TextStyle::Small, Ink::Dim, Label::Align::Right);
    const float left = at.x + 3 * u + rows_.line_width + rows_.number_width;
    pen_.text({left, at.y, at.right() - left, at.h}, tr(Text::BuildDockerfile), TextStyle::Small, Ink::Dim);
  }

  void more(const Box& box, Text words, int count) const {
    if (count > 0) pen_.text(box, tr(words, count), TextStyle::Small, Ink::Dim, Label::Align::Centre);
  }

  const StepRows& rows_;
  const BuildScene& what_;
  const BuildPen& pen_;
};

}  // namespace

const StepRow* StepRows::of(int index) const {
  const auto found = std::find_if(rows.begin(), rows.end(), [&](const StepRow& row) { return row.index == index; });
  return found == rows.end() ? nullptr : &*found;
}

StepRows lay_out_steps(Box area, const BuildScene& what, const BuildPen& pen) {
  StepRows out;
  if (columns_of(area, what.whole, kDensities[0], pen).heads) out.heads = area.take_top(pen.line(TextStyle::Small));
  const float told = pen.line(TextStyle::Small) + pen.unit() / 2;
  const auto lay = [&](const Density& density) {
    const Columns columns = columns_of(area, what.whole, density, pen);
    out.rows.clear();
    out.style = density.code;
    out.note_style = density.note;
    out.verdict_style = columns.verdict_style;
    out.pad = density.pad * pen.unit();
    out.line_width = columns.line;
    out.number_width = columns.number;
    out.mark = columns.mark;
    out.verdict_width = columns.verdict;
    for (const BuildStep& step : what.whole.steps) out.rows.push_back(row_of(step, density, columns, begins_again(what.whole, step), pen));
  };
  const float gap = pen.unit() / 4;
  // Far too many steps need no trial of each.
  const bool few = static_cast<float>(what.whole.steps.size()) * pen.unit() <= area.h;
  bool fits = false;
  for (const Density& density : kDensities) {
    if (!few || fits) break;
    lay(density);
    const bool cut = std::any_of(out.rows.begin(), out.rows.end(), [](const StepRow& row) { return row.cut; });
    fits = height_of(out.rows, gap) <= area.h && !(cut && density.note == TextStyle::Body);
  }
  if (!fits) {
    lay(kDensities[kPaged]);
    keep_page(out, shown_first(what.run), area.h, gap, told);
  } else if (!out.rows.empty()) {
    const float air = std::min(kMostAir * pen.unit(), (area.h - height_of(out.rows, gap)) / static_cast<float>(2 * out.rows.size()));
    out.pad += air;
    for (StepRow& row : out.rows) row.box.h += 2 * air;
  }
  Box rest = area;
  if (out.hidden_before > 0) out.before = rest.take_top(told);
  if (out.hidden_after > 0) out.after = rest.take_bottom(told);
  for (StepRow& row : out.rows) {
    if (row.rule.h > 0) row.rule = rest.take_top(row.rule.h);
    row.box = rest.take_top(row.box.h);
    rest.take_top(gap);
  }
  return out;
}

void draw_steps(const StepRows& rows, const BuildScene& what, const BuildPen& pen) { StepsPainter(rows, what, pen).draw(); }

}  // namespace strates::viewer
