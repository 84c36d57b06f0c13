#include "viewer/panel/lesson_panel.hpp"

#include <algorithm>

#include "base/strings.hpp"
#include "base/text.hpp"
#include "viewer/panel/rich_text.hpp"

namespace strates::viewer {

namespace {

using lessons::Checks;
using lessons::Predict;
using lessons::Prose;
using lessons::Run;

// Walks down a column; drawing or only measuring, the same way.
class Column {
 public:
  Column(Drawing* out, Point at, float width, const Theme& theme, const TextMeasure& measure)
      : out_(out), x_(at.x), y_(at.y), width_(width), theme_(theme), measure_(measure) {}

  float y() const { return y_; }

  void block(const Block& block, float indent = 0) {
    y_ += draw_block(out_, {x_ + indent, y_}, width_ - indent, block, theme_, measure_) + block_gap(block, theme_);
  }
  void markdown(const std::string& text, float indent = 0) {
    for (const Block& one : markdown_blocks(text)) block(one, indent);
  }
  void words(const std::string& text, TextStyle style, Ink ink, float indent = 0) {
    for (const std::string& line : fold_text(measure_, style, text, width_ - indent)) {
      const float height = measure_.line_height(style) * 1.25f;
      if (out_ != nullptr) out_->label({x_ + indent, y_, width_ - indent, height}, line, style, ink);
      y_ += height;
    }
  }
  void gap(float units) { y_ += units * theme_.unit(); }

  // A command as it is typed, with what came of it: 0 and "✓", another code and "✗", or nothing yet.
  void command(const std::string& text, std::optional<int> exit, bool failure_is_fine) {
    const float pad = theme_.unit(), line = measure_.line_height(TextStyle::Mono) * 1.2f;
    const float mark = measure_.width(TextStyle::Mono, "✓ 127") + pad;
    std::vector<std::string> lines;
    for (const std::string& part : split_lines(text))
      for (std::string& folded : fold_text(measure_, TextStyle::Mono, (lines.empty() ? "$ " : "  ") + part, width_ - 2 * pad - mark)) lines.push_back(std::move(folded));
    const float height = 2 * pad * 0.75f + line * static_cast<float>(lines.size());
    if (out_ != nullptr) {
      out_->fill({x_, y_, width_, height}, Ink::Terminal, theme_.radius());
      for (size_t i = 0; i < lines.size(); ++i)
        out_->label({x_ + pad, y_ + 0.75f * pad + line * static_cast<float>(i), width_ - 2 * pad - mark, line}, lines[i], TextStyle::Mono, Ink::TerminalText);
      if (exit)
        out_->label({x_ + width_ - pad - mark, y_ + 0.75f * pad, mark, line}, *exit == 0 ? "✓" : (failure_is_fine ? "✓ " : "✗ ") + std::to_string(*exit),
                    TextStyle::Mono, Ink::TerminalText, Label::Align::Right);
    }
    y_ += height + 0.75f * pad;
  }

  void button(const std::string& text, const std::string& action, bool first = true) {
    const float pad = 1.25f * theme_.unit(), height = measure_.line_height(TextStyle::Strong) * 1.25f + 1.25f * theme_.unit();
    const float width = std::min(width_, measure_.width(TextStyle::Strong, text) + 2 * pad);
    if (out_ != nullptr) {
      const Box box{x_, y_, width, height};
      if (first) out_->fill(box, Ink::Accent, theme_.radius());
      else out_->outline(box, Ink::Accent, theme_.radius(), 1.5f * theme_.scale);
      out_->label(box.inset(0.5f * theme_.unit()), elide_end(measure_, TextStyle::Strong, text, width - theme_.unit()), TextStyle::Strong,
                  first ? Ink::OnColour : Ink::Accent, Label::Align::Centre);
      out_->target(box, action);
    }
    y_ += height + theme_.unit();
  }

  // A line that can be clicked.
  void link(const std::string& text, const std::string& action) {
    const float height = measure_.line_height(TextStyle::Small) * 1.5f;
    const float width = std::min(width_, measure_.width(TextStyle::Small, text) + theme_.unit());
    if (out_ != nullptr) {
      out_->label({x_, y_, width, height}, elide_end(measure_, TextStyle::Small, text, width), TextStyle::Small, Ink::Accent);
      out_->target({x_, y_, width, height}, action);
    }
    y_ += height;
  }

  // One of a question's answers. `state`: 0 open, 1 given and right, 2 given and wrong, 3 the right one, 4 another.
  void choice(int number, const std::string& text, int state) {
    const float pad = theme_.unit(), line = measure_.line_height(TextStyle::Body) * 1.25f;
    const float indent = measure_.width(TextStyle::Strong, "0.") + 1.5f * pad;
    const auto lines = fold_text(measure_, TextStyle::Body, text, width_ - indent - 4 * pad);
    const float height = line * static_cast<float>(lines.size()) + pad;
    if (out_ != nullptr) {
      const Box box{x_, y_, width_, height};
      const Ink border = state == 1 || state == 3 ? Ink::Hit : state == 2 ? Ink::Removed : Ink::Line;
      out_->fill(box, Ink::Panel, theme_.radius());
      out_->outline(box, border, theme_.radius(), (state == 0 || state == 4 ? 1.0f : 2.0f) * theme_.scale);
      out_->label({x_ + pad, y_ + pad / 2, indent - pad, line}, std::to_string(number) + ".", TextStyle::Strong, state == 0 ? Ink::Accent : Ink::Dim);
      for (size_t i = 0; i < lines.size(); ++i)
        out_->label({x_ + indent, y_ + pad / 2 + line * static_cast<float>(i), width_ - indent - 3 * pad, line}, lines[i], TextStyle::Body, Ink::Text);
      if (state >= 1 && state <= 3)
        out_->label({x_ + width_ - 3 * pad, y_ + pad / 2, 2 * pad, line}, state == 2 ? "✗" : "✓", TextStyle::Strong, border, Label::Align::Right);
      if (state == 0) out_->target(box, "answer:" + std::to_string(number));
    }
    y_ += height + 0.75f * pad;
  }

  void verdict(bool passed, const std::string& text) {
    const float mark = measure_.width(TextStyle::Strong, "✓") + theme_.unit(), line = measure_.line_height(TextStyle::Body) * 1.25f;
    if (out_ != nullptr) out_->label({x_, y_, mark, line}, passed ? "✓" : "✗", TextStyle::Strong, passed ? Ink::Hit : Ink::Removed);
    words(text, TextStyle::Body, Ink::Text, mark);
  }
  float verdict_indent() const { return measure_.width(TextStyle::Strong, "✓") + theme_.unit(); }

 private:
  Drawing* out_;
  float x_, y_, width_;
  const Theme& theme_;
  const TextMeasure& measure_;
};

class Writer {
 public:
  Writer(Column& column, const LessonPanel& what) : column_(column), what_(what), progress_(*what.progress) {}

  // Where the eyes are when the present step begins to wait: the start of the lesson, or of the last step whose outcome is news.
  float resume() const { return resume_; }

  void write() {
    resume_ = column_.y();
    const lessons::Lesson& lesson = progress_.lesson();
    if (what_.menu) column_.link(tr(Text::WindowMenu), "menu");
    column_.words(lesson.title, TextStyle::Title, Ink::Text);
    column_.words(tr(Text::PlayerEngine, what_.engine), TextStyle::Small, Ink::Dim);
    column_.words(tr(Text::WindowProgress, progress_.stops_done(), progress_.stops()), TextStyle::Small, Ink::Dim);
    column_.gap(1.5f);
    const size_t last = std::min(progress_.current() + 1, lesson.steps.size());
    const size_t resume = resume_step();
    for (size_t i = 0; i < last; ++i) {
      if (i == resume) resume_ = column_.y();
      current_ = i == progress_.current();
      std::visit([&](const auto& step) { show(i, step); }, lesson.steps[i].what);
    }
    if (!what_.message.empty()) {
      column_.words(what_.message, TextStyle::Strong, Ink::Accent);
      column_.gap(1);
    }
    if (progress_.finished()) {
      const bool all = progress_.checks() == progress_.passed();
      column_.words(tr(all ? Text::PlayerDone : Text::PlayerNotDone, progress_.passed(), progress_.checks()), TextStyle::Strong, all ? Ink::Hit : Ink::Removed);
      column_.gap(1);
      if (!what_.next.empty()) column_.button(tr(Text::WindowNext, what_.next), "next");
      if (what_.menu) column_.button(tr(Text::WindowMenu), "menu", false);
    }
  }

 private:
  template <typename T>
  const T* outcome(size_t step) const {
    return std::get_if<T>(&progress_.outcome(step));
  }

  void show(size_t, const Prose& prose) { column_.markdown(prose.markdown); }
  void show(size_t, const lessons::Scene&) {}
  void show(size_t, const lessons::Clean&) {}
  void show(size_t step, const Run& run) {
    const auto* done = outcome<lessons::RunOutcome>(step);
    for (size_t i = 0; i < run.commands.size(); ++i)
      column_.command(run.commands[i], done != nullptr && i < done->exits.size() ? std::optional(done->exits[i]) : std::nullopt, run.may_fail);
    if (current_) {
      if (what_.busy) column_.words(tr(Text::WindowRunning), TextStyle::Small, Ink::Dim);
      else column_.button(tr(Text::WindowType), "run");
    }
    column_.gap(0.75f);
  }
  void show(size_t step, const Predict& predict) {
    const auto* answer = outcome<lessons::PredictOutcome>(step);
    column_.words(predict.question, TextStyle::Strong, Ink::Accent);
    column_.gap(0.75f);
    for (int i = 1; i <= static_cast<int>(predict.choices.size()); ++i) {
      int state = 0;
      // Until the machine has answered, only what was chosen is marked.
      if (answer != nullptr && !answer->told) state = 4;
      else if (answer != nullptr) state = i == answer->given ? (answer->right ? 1 : 2) : i == predict.answer ? 3 : 4;
      column_.choice(i, predict.choices[static_cast<size_t>(i) - 1], state);
    }
    if (answer != nullptr && !answer->told) column_.words(tr(Text::WindowChosen, answer->given), TextStyle::Small, Ink::Dim);
    if (answer != nullptr && answer->told) {
      if (!predict.reveal.empty())
        column_.words(answer->proof.empty() ? tr(Text::WindowNotProven) : tr(Text::PlayerRevealed, answer->proof), TextStyle::Small, answer->proof.empty() ? Ink::Removed : Ink::Dim);
      column_.words(answer->right ? tr(Text::PlayerRight) : tr(Text::PlayerWrong, predict.answer, predict.choices[static_cast<size_t>(predict.answer) - 1]),
                    TextStyle::Strong, answer->right ? Ink::Hit : Ink::Removed);
      column_.gap(0.5f);
      if (!predict.because.empty()) column_.markdown(predict.because);
    }
    column_.gap(0.75f);
  }
  void show(size_t step, const Checks& checks) {
    if (const auto* done = outcome<lessons::CheckOutcome>(step)) {
      for (size_t i = 0; i < done->results.size(); ++i) {
        const lessons::CheckResult& result = done->results[i];
        column_.verdict(result.passed, result.passed ? result.expected : tr(Text::PlayerCheckFailed, result.expected, result.found));
        if (!result.passed && i < checks.checks.size() && !checks.checks[i].hint.empty())
          column_.words(tr(Text::PlayerHint, checks.checks[i].hint), TextStyle::Emphasis, Ink::Dim, column_.verdict_indent());
      }
      column_.gap(0.75f);
    }
    if (current_) {
      column_.button(tr(outcome<lessons::CheckOutcome>(step) == nullptr ? Text::WindowCheck : Text::WindowCheckAgain), "check");
      if (outcome<lessons::CheckOutcome>(step) != nullptr) column_.button(tr(Text::WindowGoOn), "skip", false);
    }
    column_.gap(0.5f);
  }

  Column& column_;
  const LessonPanel& what_;
  static bool waits(const lessons::Step& step) {
    return std::holds_alternative<Run>(step.what) || std::holds_alternative<Predict>(step.what) || std::holds_alternative<Checks>(step.what);
  }
  // The last step that somebody did; the prediction before it, which is told only once its command has run. None: as many as there are steps.
  size_t resume_step() const {
    const auto& steps = progress_.lesson().steps;
    size_t at = std::min(progress_.current(), steps.size());
    while (at > 0 && !waits(steps[at - 1])) --at;
    if (at == 0) return steps.size();
    size_t before = at - 1;
    while (before > 0 && !waits(steps[before - 1])) --before;
    return before > 0 && std::holds_alternative<Predict>(steps[before - 1].what) && std::holds_alternative<Run>(steps[at - 1].what) ? before - 1 : at - 1;
  }

  const lessons::Progress& progress_;
  bool current_ = false;
  float resume_ = 0;
};

}  // namespace

PanelScroll draw_lesson_panel(Drawing& out, Box area, const LessonPanel& what, const Theme& theme, const TextMeasure& measure) {
  out.fill(area, Ink::Panel, theme.radius());
  const float pad = 2 * theme.unit(), bar = theme.unit();
  const Box inside{area.x + pad, area.y + pad, area.w - 2 * pad - bar, area.h - 2 * pad};
  if (inside.w < 4 * theme.unit() || inside.h < 4 * theme.unit()) return {};
  float resume = 0;
  const auto write = [&](Drawing* to, float top) {
    Column column(to, {inside.x, top}, inside.w, theme, measure);
    Writer writer(column, what);
    writer.write();
    resume = writer.resume() - top;
    return column.y() - top;
  };
  const float height = write(nullptr, 0);
  const float most = std::max(0.0f, height - inside.h);
  const float scroll = std::clamp(what.scroll.value_or(height - resume - inside.h), 0.0f, most);
  const float top = inside.y - most + scroll;
  // Where something is below, a strip says so.
  const bool more = scroll >= 1;
  const float strip = more ? measure.line_height(TextStyle::Small) * 1.5f : 0;
  const Box seen{inside.x, inside.y, inside.w, inside.h - strip};
  // A little more than the column, for accents and borders at its edges.
  const Box cut{seen.x - bar / 2, seen.y - bar / 2, seen.w + bar, seen.h + bar / (more ? 2.0f : 1.0f)};
  out.clip(cut);
  const size_t before = out.targets.size(), items = out.items.size();
  write(&out, top);
  // A line that the edge would cut through is left out: half a text reads as dirt.
  out.items.erase(std::remove_if(out.items.begin() + static_cast<std::ptrdiff_t>(items), out.items.end(),
                                 [&](const Item& item) {
                                   const auto* label = std::get_if<Label>(&item);
                                   return label != nullptr && (label->box.y < cut.y || label->box.bottom() > cut.bottom());
                                 }),
                  out.items.end());
  out.unclip();
  // What is scrolled out of view cannot be clicked.
  std::erase_if(out.targets, [&, index = size_t{0}](const Target& target) mutable { return index++ >= before && !target.box.inside(seen); });
  if (more) {
    const Box box{inside.x, inside.bottom() - strip, inside.w, strip};
    out.fill(box, Ink::Raised, theme.radius());
    out.label(box, elide_end(measure, TextStyle::Small, tr(Text::WindowMore), box.w), TextStyle::Small, Ink::Accent, Label::Align::Centre);
    out.target(box, "more");
  }
  if (most > 0) {
    const float size = std::max(4 * theme.unit(), inside.h * inside.h / height), room = inside.h - size;
    const float y = inside.y + room * (most - scroll) / most;
    out.fill({area.right() - pad, y, bar / 2, size}, Ink::Line, bar / 4);
  }
  return {most, scroll};
}

}  // namespace strates::viewer
