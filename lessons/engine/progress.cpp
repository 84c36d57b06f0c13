#include "lessons/engine/progress.hpp"

#include <algorithm>

#include "base/strings.hpp"

namespace strates::lessons {

namespace {

bool waits(const Step& step) {
  return std::holds_alternative<Run>(step.what) || std::holds_alternative<Predict>(step.what) || std::holds_alternative<Checks>(step.what);
}

}  // namespace

bool CheckOutcome::passed() const {
  return std::all_of(results.begin(), results.end(), [](const CheckResult& result) { return result.passed; });
}

std::string plain_command(std::string_view command) {
  std::vector<std::string> words;
  for (const std::string& line : split_lines(replace_all(command, "\\\n", " ")))
    for (std::string& word : split(replace_all(line, "\t", " "), ' '))
      if (!word.empty()) words.push_back(std::move(word));
  return join(words, " ");
}

Progress::Progress(const Lesson& lesson) : lesson_(lesson), outcomes_(lesson.steps.size()) { settle(); }

void Progress::settle() {
  while (!finished() && !waits(lesson_.steps[current_])) ++current_;
}

int Progress::stops() const { return static_cast<int>(std::count_if(lesson_.steps.begin(), lesson_.steps.end(), waits)); }

int Progress::stops_done() const {
  return static_cast<int>(std::count_if(lesson_.steps.begin(), lesson_.steps.begin() + static_cast<std::ptrdiff_t>(current_), waits));
}

std::optional<std::string> Progress::expected_command() const {
  if (finished()) return std::nullopt;
  const auto* run = std::get_if<Run>(&lesson_.steps[current_].what);
  if (run == nullptr) return std::nullopt;
  const auto* done = std::get_if<RunOutcome>(&outcomes_[current_]);
  return run->commands[done == nullptr ? 0 : done->exits.size()];
}

bool Progress::command_ended(std::string_view command, int exit_code) {
  const auto expected = expected_command();
  if (!expected || plain_command(*expected) != plain_command(command)) return false;
  if (!std::holds_alternative<RunOutcome>(outcomes_[current_])) outcomes_[current_] = RunOutcome{};
  auto& exits = std::get<RunOutcome>(outcomes_[current_]).exits;
  exits.push_back(exit_code);
  if (exits.size() == std::get<Run>(lesson_.steps[current_].what).commands.size()) skip();
  return true;
}

void Progress::answer(int choice) {
  const auto* predict = finished() ? nullptr : std::get_if<Predict>(&lesson_.steps[current_].what);
  if (predict == nullptr || choice < 1 || choice > static_cast<int>(predict->choices.size())) return;
  outcomes_[current_] = PredictOutcome{choice, choice == predict->answer, predict->reveal.empty(), ""};
  skip();
}

void Progress::checked(std::vector<CheckResult> results) {
  if (finished() || !std::holds_alternative<Checks>(lesson_.steps[current_].what)) return;
  outcomes_[current_] = CheckOutcome{std::move(results)};
  if (std::get<CheckOutcome>(outcomes_[current_]).passed()) skip();
}

void Progress::skip() {
  if (!finished()) ++current_;
  settle();
}

std::optional<Progress::Open> Progress::to_prove() const {
  // Its event comes from the run block behind it: once that is done, somebody looks.
  for (size_t i = 0; i < current_; ++i) {
    const auto* answer = std::get_if<PredictOutcome>(&outcomes_[i]);
    if (answer == nullptr || answer->told) continue;
    for (size_t k = i + 1; k < current_; ++k)
      if (std::holds_alternative<Run>(lesson_.steps[k].what)) return Open{i, std::get<Predict>(lesson_.steps[i].what).reveal};
  }
  return std::nullopt;
}

void Progress::proven(size_t step, std::string proof) {
  if (auto* answer = std::get_if<PredictOutcome>(&outcomes_[step])) {
    answer->told = true;
    answer->proof = std::move(proof);
  }
}

const Scene* Progress::scene() const {
  if (!finished() && std::holds_alternative<Run>(lesson_.steps[current_].what))
    for (size_t i = current_ + 1; i < lesson_.steps.size() && !std::holds_alternative<Run>(lesson_.steps[i].what); ++i)
      if (const auto* scene = std::get_if<Scene>(&lesson_.steps[i].what)) return scene;
  for (size_t i = std::min(current_, lesson_.steps.size()); i > 0; --i)
    if (const auto* scene = std::get_if<Scene>(&lesson_.steps[i - 1].what)) return scene;
  return nullptr;
}

int Progress::checks() const {
  int out = 0;
  for (size_t i = 0; i < outcomes_.size(); ++i) {
    if (const auto* checks = std::get_if<CheckOutcome>(&outcomes_[i])) out += static_cast<int>(checks->results.size());
    if (const auto* answer = std::get_if<PredictOutcome>(&outcomes_[i]); answer != nullptr && answer->told)
      out += std::get<Predict>(lesson_.steps[i].what).reveal.empty() ? 0 : 1;
    if (const auto* run = std::get_if<RunOutcome>(&outcomes_[i]); run != nullptr && !std::get<Run>(lesson_.steps[i].what).may_fail)
      out += static_cast<int>(std::count_if(run->exits.begin(), run->exits.end(), [](int code) { return code != 0; }));
  }
  return out;
}

int Progress::passed() const {
  int out = 0;
  for (const Outcome& outcome : outcomes_) {
    if (const auto* checks = std::get_if<CheckOutcome>(&outcome))
      out += static_cast<int>(std::count_if(checks->results.begin(), checks->results.end(), [](const CheckResult& result) { return result.passed; }));
    if (const auto* answer = std::get_if<PredictOutcome>(&outcome)) out += answer->proof.empty() ? 0 : 1;
  }
  return out;
}

}  // namespace strates::lessons
