#include "viewer/model/build_words.hpp"

#include <algorithm>

#include "base/sizes.hpp"
#include "base/strings.hpp"
#include "base/text.hpp"
#include "lessons/player/screen.hpp"

namespace strates::viewer {

namespace {

constexpr size_t kMostCharacters = 160;  // of one text that comes from outside, in a sentence

// "sha256:1f3a9b..." and "file:1f3a9b..." are shown by their first digits.
std::string checksum(const std::string& sum) {
  const size_t colon = sum.rfind(':');
  const std::string digits = one_line(colon == std::string::npos ? sum : sum.substr(colon + 1));
  return digits.size() > 8 ? lessons::fit(digits, 9, false) : digits;
}

std::string brief(const std::string& text) { return lessons::fit(one_line(text), kMostCharacters, false); }

struct MissWords {
  std::string operator()(const event::NoCandidate&) const { return tr(Text::BuildMissNoCandidate); }
  std::string operator()(const event::InstructionChanged& why) const { 
    const auto [before, now] = changed_parts(why.before, why.now);
    return tr(Text::BuildMissInstruction, before, now);
  }
  std::string operator()(const event::FileChanged& why) const {
    if (why.before.empty()) return tr(Text::BuildMissFileNew, brief(why.path));
    if (why.now.empty()) return tr(Text::BuildMissFileGone, brief(why.path));
    return tr(Text::BuildMissFile, brief(why.path), checksum(why.before), checksum(why.now));
  }
  std::string operator()(const event::ParentChanged& why) const { return tr(Text::BuildMissParent, why.step); }
  std::string operator()(const event::ArgumentChanged& why) const {
    if (why.before.empty()) return tr(Text::BuildMissArgumentNew, brief(why.name), brief(why.now));
    if (why.now.empty()) return tr(Text::BuildMissArgumentGone, brief(why.name), brief(why.before));
    return tr(Text::BuildMissArgument, brief(why.name), brief(why.before), brief(why.now));
  }
  std::string operator()(const event::CacheDisabled&) const { return tr(Text::BuildMissDisabled); }
};

// A text that ends with … needs no full stop.
std::string sentence(std::string words) { return words.ends_with("….") ? words.substr(0, words.size() - 1) : words; }

std::string counted(int count, Text none, Text one, Text many) { return count == 0 ? tr(none) : count == 1 ? tr(one) : tr(many, count); }

std::string step_done(const BuildStep& step, int count) {
  const std::string bytes = told_size(step.layer_bytes);
  switch (step.state) {
    case StepState::Ready:
      if (!step.opens_stage()) return tr(Text::BuildSayArgument, step.index, count);
      return step.image.empty() ? tr(Text::BuildSayScratch, step.index, count) : tr(Text::BuildSayFrom, step.index, count, brief(base_name_of(step.instruction)));
    case StepState::Hit: return step.made_layer ? tr(Text::BuildSayHitLayer, step.index, count, bytes) : tr(Text::BuildSayHit, step.index, count);
    case StepState::Miss: return step.made_layer ? tr(Text::BuildSayLayer, step.index, count, bytes) : tr(Text::BuildSayNoLayer, step.index, count);
    case StepState::Failed: return tr(Text::BuildSayFailed, step.index, count, brief(step.failure));
    case StepState::Cancelled: return tr(Text::BuildSayCancelled, step.index, count);
    case StepState::Waiting:
    case StepState::Running:
    case StepState::NotReached: break;
  }
  return "";
}

std::string ended(const BuildRun& run) {
  switch (run.state) {
    case BuildRun::State::Done:
      return tr(Text::BuildSayDone, short_id(run.image.str()), counted(run.count(StepState::Hit), Text::BuildStepsNone, Text::BuildStepsOne, Text::BuildStepsCount),
                counted(run.count(StepState::Miss), Text::BuildExecutedNone, Text::BuildExecutedOne, Text::BuildExecutedCount));
    case BuildRun::State::Failed: return run.current == 0 ? tr(Text::BuildSayRefused, brief(run.failure)) : tr(Text::BuildSayStopped);
    case BuildRun::State::Cancelled: return tr(Text::BuildSayAborted);
    case BuildRun::State::Running: break;
  }
  return "";
}

}  // namespace

std::string one_line(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool blank = static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    if (blank && (out.empty() || out.back() == ' ')) continue;
    out += blank ? ' ' : c;
  }
  return std::string(trim(out));
}

std::pair<std::string, std::string> changed_parts(const std::string& before, const std::string& now) {
  constexpr size_t kShort = 36, kKept = 12;  // bytes; of what is the same, enough to know where one is
  const std::string was = one_line(before), is = one_line(now);
  size_t same = 0;
  while (same < was.size() && same < is.size() && was[same] == is[same]) ++same;
  if (same <= kKept + 4 || std::max(was.size(), is.size()) <= kShort) return {brief(was), brief(is)};
  size_t from = same - kKept;
  // From the start of a word, if there is one.
  if (const size_t space = was.find(' ', from); space != std::string::npos && space < same) from = space + 1;
  while (from < same && (static_cast<unsigned char>(was[from]) & 0xc0) == 0x80) ++from;
  return {"… " + brief(was.substr(from)), "… " + brief(is.substr(from))};
}

std::string state_word(const BuildStep& step) {
  switch (step.state) {
    case StepState::Waiting: return tr(Text::BuildStateWaiting);
    case StepState::Running: return tr(Text::BuildStateRunning);
    case StepState::Ready: return tr(step.opens_stage() ? Text::BuildStateBase : Text::BuildStateReady);
    case StepState::Hit: return tr(Text::BuildStateHit);
    case StepState::Miss: return tr(step.done ? Text::BuildStateMiss : Text::BuildStateRunning);
    case StepState::Failed: return tr(Text::BuildStateFailed);
    case StepState::Cancelled: return tr(Text::BuildStateCancelled);
    case StepState::NotReached: return tr(Text::BuildStateNotReached);
  }
  return "";
}

std::string miss_words(const event::MissReason& reason) { return std::visit(MissWords{}, reason); }

std::string duration_words(Nanos from, Nanos to) {
  if (from <= 0 || to <= from || to - from < kMillisecond) return "";
  const Nanos milliseconds = (to - from + kMillisecond / 2) / kMillisecond;
  if (milliseconds < 1000) return tr(Text::BuildMilliseconds, milliseconds);
  if (milliseconds >= 60'000) return tr(Text::BuildMinutes, milliseconds / 60'000, milliseconds / 1000 % 60);
  const std::string seconds = milliseconds < 10'000 ? fmt::format("{:.1f}", static_cast<double>(milliseconds) / 1000) : std::to_string(milliseconds / 1000);
  return tr(Text::BuildSeconds, language() == Language::French ? replace_all(seconds, ".", ",") : seconds);
}

std::string remade_words(const event::MissReason& reason) {
  return tr(std::holds_alternative<event::NoCandidate>(reason) ? Text::BuildFromHereMade : Text::BuildFromHereRemade);
}

std::string context_words(const event::ContextReceived& context) {
  const std::string out = context.entries == 1 ? tr(Text::BuildContextOne, told_size(context.bytes)) : tr(Text::BuildContext, context.entries, told_size(context.bytes));
  if (context.excluded == 1) return tr(Text::BuildContextExcludedOne, out);
  return context.excluded == 0 ? out : tr(Text::BuildContextExcluded, out, context.excluded);
}

std::string change_words(const BuildRun& run) {
  const int count = static_cast<int>(run.steps.size());
  const BuildStep* step = run.step(run.current);
  switch (run.change) {
    case BuildChange::Begun:
    case BuildChange::StepStarted: return "";
    case BuildChange::Context: return run.context ? context_words(*run.context) + "." : "";
    case BuildChange::Verdict: return step != nullptr && step->state == StepState::Miss && step->reason ? sentence(tr(Text::BuildSayMiss, step->index, count, miss_words(*step->reason))) : "";
    case BuildChange::StepDone: return step == nullptr ? "" : step_done(*step, count);
    case BuildChange::Ended: return ended(run);
  }
  return "";
}

}  // namespace strates::viewer
