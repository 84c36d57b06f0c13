// How far somebody is in a lesson, and what came of each step. No input or output: whoever plays says what happened and shows what this holds.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "lessons/engine/checks.hpp"
#include "lessons/engine/lesson.hpp"

namespace strates::lessons {

// Of a run block: exit codes of its commands so far.
struct RunOutcome {
  std::vector<int> exits;
};
// Of a prediction. `proof` is the event that decided it, in words; empty with `told`: the trace does not have it.
struct PredictOutcome {
  int given = 0;
  bool right = false, told = false;
  std::string proof;
};
struct CheckOutcome {
  std::vector<CheckResult> results;
  bool passed() const;
};
using Outcome = std::variant<std::monostate, RunOutcome, PredictOutcome, CheckOutcome>;

class Progress {
 public:
  // `lesson` must outlive it.
  explicit Progress(const Lesson& lesson);

  const Lesson& lesson() const { return lesson_; }
  // The step that waits for somebody: a run block, a prediction, checks. As many as there are steps: the lesson is over.
  size_t current() const { return current_; }
  bool finished() const { return current_ >= lesson_.steps.size(); }
  const Outcome& outcome(size_t step) const { return outcomes_[step]; }
  // Steps that wait for somebody: all, and those that are behind.
  int stops() const;
  int stops_done() const;

  // The next command of the current run block; none: it is no run block.
  std::optional<std::string> expected_command() const;
  // Somebody's command ended. True: it was the expected one (but for its spacing), and counts.
  bool command_ended(std::string_view command, int exit_code);
  // From 1. Nothing happens when the current step is no prediction or the number is none of its choices.
  void answer(int choice);
  void checked(std::vector<CheckResult> results);
  // Leaves the current step as it is.
  void skip();

  // The prediction that waits for its event, once the commands behind it ran.
  struct Open {
    size_t step = 0;
    std::string reveal;
  };
  std::optional<Open> to_prove() const;
  void proven(size_t step, std::string proof);

  // What is to be drawn now: of the current run block the scene that follows it, otherwise the last one passed. Null: none yet.
  const Scene* scene() const;

  // Checks and failed commands of what was done: as the terminal's player counts them.
  int checks() const;
  int passed() const;

 private:
  void settle();  // passes what waits for nobody

  const Lesson& lesson_;
  std::vector<Outcome> outcomes_;
  size_t current_ = 0;
};

// A command with single spaces and no continued lines: two that differ only in layout are the same.
std::string plain_command(std::string_view command);

}  // namespace strates::lessons
