#include "lessons/player/build_text.hpp"

#include "base/names.hpp"
#include "base/sizes.hpp"
#include "base/text.hpp"
#include "lessons/engine/checks.hpp"
#include "viewer/model/build_words.hpp"

namespace strates::lessons {

namespace {

using viewer::BuildRun;
using viewer::BuildStage;
using viewer::BuildStep;
using viewer::StepState;

constexpr size_t kMostSteps = 60;                // shown; a Dockerfile of a lesson has ten
constexpr int kLine = 5, kNumber = 6;            // columns of the two numbers
constexpr int kIndent = 2 + kLine + kNumber + 5;  // where an instruction begins, after them and its mark
constexpr int kLeast = 14;                       // of an instruction beside its verdict

struct Look {
  std::string_view mark;
  Style style;
};

Look look_of(const BuildStep& step) {
  switch (step.state) {
    case StepState::Hit: return {"✓", Style::Good};
    case StepState::Miss: return {step.done ? "+" : "…", Style::Upper};
    case StepState::Failed: return {"✗", Style::Bad};
    case StepState::Cancelled: return {"✗", Style::Dim};
    case StepState::Running: return {"…", Style::Plain};
    case StepState::Ready: return {"·", Style::Plain};
    case StepState::Waiting:
    case StepState::NotReached: return {" ", Style::Dim};
  }
  return {" ", Style::Plain};
}

std::string repeated(std::string_view text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

std::string right(const std::string& text, int columns) { return repeated(" ", columns - columns_of(text)) + text; }

class Steps {
 public:
  Steps(const BuildRun& run, const Screen& screen, std::vector<std::string>& out) : run_(run), screen_(screen), out_(out) {}

  void steps() const {
    out_.push_back("  " + screen_.styled(Style::Dim, right(tr(Text::BuildHeadLine), kLine) + right(tr(Text::BuildHeadStep), kNumber) + "     " + tr(Text::BuildDockerfile)));
    size_t shown = 0;
    for (const BuildStep& step : run_.steps) {
      if (shown++ == kMostSteps) {
        out_.push_back("  " + screen_.styled(Style::Dim, tr(Text::BuildStepsMore, run_.steps.size() - kMostSteps)));
        return;
      }
      if (const BuildStage* stage = run_.stage_of(step.index); stage != nullptr && step.reason && run_.first_miss(*stage) == step.index) rule(viewer::remade_words(*step.reason));
      one(step);
    }
  }

  // The stack that is growing, as it stands: of the stage in which the build is, or ended.
  void stack() const {
    const BuildStage* stage = run_.stage_of(run_.current);
    if (stage == nullptr) return;
    std::string title = tr(Text::BuildStackTitle);
    if (run_.stages.size() > 1) title += " · " + tr(Text::BuildStageTitle, stage - run_.stages.data() + 1, run_.stages.size());
    out_.push_back("");
    out_.push_back("  " + screen_.styled(Style::Dim, title));
    const int inner = screen_.width() - 6;
    border("┌", "┐", inner);
    for (int index = stage->last; index > stage->first; --index) {
      const BuildStep* step = run_.step(index);
      if (step == nullptr || !step->made_layer) continue;
      const bool kept = step->state == StepState::Hit;
      slab(look_of(*step).style, tr(Text::BuildStepName, index) + "  " + viewer::one_line(step->instruction),
           told_size(step->layer_bytes) + " · " + tr(kept ? Text::BuildKept : Text::BuildNew), inner);
      border("├", "┤", inner);
    }
    slab(Style::Plain, base_words(*stage), base_bytes(*stage), inner);
    border("└", "┘", inner);
  }

 private:
  void rule(const std::string& words) const {
    const int left = screen_.width() - columns_of(words) - 8;
    out_.push_back("  " + screen_.styled(Style::Upper, "── " + words + " " + repeated("─", left)));
  }

  void one(const BuildStep& step) const {
    const Look look = look_of(step);
    const std::string number = step.line > 0 ? std::to_string(step.line) : "";
    std::string verdict = viewer::state_word(step);
    if (step.state == StepState::Miss || step.state == StepState::Failed)
      if (const std::string time = viewer::duration_words(step.started, step.finished); !time.empty()) verdict += " · " + time;
    if (step.done && step.made_layer) verdict += " · " + told_size(step.layer_bytes);
    int room = screen_.width() - kIndent - 2 - columns_of(verdict);
    const bool beside = room >= kLeast;
    if (!beside) room = screen_.width() - kIndent;
    const std::string text = step.instruction.empty() ? tr(Text::BuildUnknownStep, step.index) : viewer::one_line(step.instruction);
    const bool quiet = step.state == StepState::Waiting || step.state == StepState::NotReached;
    out_.push_back("  " + screen_.styled(Style::Dim, right(fit(number, kLine, false), kLine)) + right(std::to_string(step.index), kNumber) + "  " + screen_.styled(look.style, look.mark) + "  " +
                   screen_.styled(quiet ? Style::Dim : Style::Strong, fit(text, room, beside)) + (beside ? "  " + screen_.styled(look.style, verdict) : ""));
    if (!beside) out_.push_back(repeated(" ", kIndent) + screen_.styled(look.style, fit(verdict, room, false)));
    if (step.reason) below(tr(Text::BuildBecause, viewer::miss_words(*step.reason)));
    if (!step.failure.empty()) below(viewer::one_line(step.failure));
  }

  void below(const std::string& words) const {
    const int room = screen_.width() - kIndent;
    for (const auto& line : fold_lines(words, room)) out_.push_back(repeated(" ", kIndent) + screen_.styled(Style::Dim, fit(line, room, false)));
  }

  void border(std::string_view left, std::string_view end, int inner) const { out_.push_back("  " + std::string(left) + repeated("─", inner + 2) + std::string(end)); }

  void slab(Style style, const std::string& name, const std::string& words, int inner) const {
    const int room = inner - columns_of(words);
    const std::string text = words.empty() || room < kLeast ? fit(name, inner, true) : fit(name, room - 2, true) + "  " + words;
    out_.push_back("  │ " + screen_.styled(style, text) + " │");
    if (!words.empty() && room < kLeast) out_.push_back("  │ " + screen_.styled(style, fit("  " + words, inner, true)) + " │");
  }

  static std::string base_words(const BuildStage& stage) { return stage.base_name == "scratch" ? tr(Text::BuildFromScratch) : tr(Text::BuildBaseImage, viewer::one_line(stage.base_name)); }
  static std::string base_bytes(const BuildStage& stage) {
    unsigned long long bytes = 0;
    for (const auto each : stage.base_layers) bytes += each;
    if (stage.base_layers.empty()) return "";
    return stage.base_layers.size() == 1 ? tr(Text::BuildBaseOne, told_size(bytes)) : tr(Text::BuildBaseCount, stage.base_layers.size(), told_size(bytes));
  }

  const BuildRun& run_;
  const Screen& screen_;
  std::vector<std::string>& out_;
};

}  // namespace

std::vector<std::string> draw_build(const viewer::BuildSteps& builds, const std::string& tag, const std::string& last, const Screen& screen) {
  std::vector<std::string> out;
  const BuildRun* run = builds.choose(tag, last.empty() ? 1 : small_number(last));
  if (run == nullptr) {
    const BuildRun* newest = builds.choose(tag);
    const std::string words = newest != nullptr ? tr(Text::BuildNoneThatFar, builds.place(*newest).count, tag) : tag.empty() ? tr(Text::BuildNoneAtAll) : tr(Text::BuildNone, tag);
    out.push_back("  " + fit(words, screen.width() - 2, false));
    return out;
  }
  const auto place = builds.place(*run);
  std::string title = run->tag.empty() ? tr(Text::BuildTitleUntagged) : tr(Text::BuildTitle, viewer::one_line(run->tag));
  if (place.count > 1) title += " · " + tr(Text::BuildNumber, place.number, place.count);
  out.push_back("  " + screen.styled(Style::Title, fit(title, screen.width() - 2, false)));
  if (run->context) out.push_back("  " + fit(viewer::context_words(*run->context), screen.width() - 2, false));
  const Steps text(*run, screen, out);
  text.steps();
  text.stack();
  if (run->state != BuildRun::State::Running)
    for (const auto& line : fold_lines(viewer::change_words(*run), screen.width() - 2))
      out.push_back("  " + screen.styled(run->state == BuildRun::State::Done ? Style::Good : Style::Bad, fit(line, screen.width() - 2, false)));
  return out;
}

}  // namespace strates::lessons
