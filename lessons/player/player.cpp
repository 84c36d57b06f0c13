#include "lessons/player/player.hpp"

#include <algorithm>
#include <cstdio>
#include <iostream>

#include "api/event_codec.hpp"
#include "base/json_full.hpp"
#include "base/strings.hpp"
#include "base/text.hpp"
#include "lessons/engine/checks.hpp"
#include "lessons/player/build_text.hpp"
#include "lessons/player/lesson_setup.hpp"
#include "lessons/player/markdown_text.hpp"
#include "lessons/player/overlay_text.hpp"
#include "viewer/model/build_steps.hpp"
#include "viewer/model/overlay_stack.hpp"

namespace strates::lessons {

void Player::say(std::string_view text) const { std::cout << text << '\n' << std::flush; }

bool Player::ask(const std::string& prompt, std::string& answer) {
  std::cout << prompt << std::flush;
  if (!std::getline(std::cin, answer)) {
    say();
    return false;
  }
  answer = std::string(trim(answer));
  return answer != "q";
}

void Player::pause() {
  if (options_.automatic || report_.left_early) return;
  std::string answer;
  if (!ask(screen_.styled(Style::Dim, tr(Text::PlayerContinue)), answer)) report_.left_early = true;
}

Result<PlayReport> Player::play() {
  say(screen_.styled(Style::Title, lesson_.title));
  say(screen_.styled(Style::Dim, tr(Text::PlayerEngine, options_.engine)));
  say(screen_.styled(Style::Dim, tr(Text::PlayerHeader, lesson_.id, lesson_.minutes, join(lesson_.covers, ", "))));
  say();
  TRY(prepare_images(lesson_, client_, shell_, [](std::string_view text) { std::cout << text << std::flush; }));
  clean_up(lesson_, shell_);
  const auto run = [&]() -> Result<void> {
    for (const auto& step : lesson_.steps) {
      if (report_.left_early) break;
      TRY(std::visit([this](const auto& what) { return show(what); }, step.what));
    }
    return {};
  };
  const auto outcome = run();
  clean_up(lesson_, shell_);
  if (!outcome.ok()) return outcome.error();
  if (report_.left_early) say(tr(Text::PlayerLeft));
  else if (report_.checks == report_.passed) say(screen_.styled(Style::Good, tr(Text::PlayerDone, report_.passed, report_.checks)));
  else say(screen_.styled(Style::Bad, tr(Text::PlayerNotDone, report_.passed, report_.checks)));
  return report_;
}

Result<void> Player::show(const Prose& prose) {
  for (const auto& line : markdown_lines(prose.markdown, screen_)) say(line);
  say();
  return {};
}

Result<void> Player::show(const Run& run) {
  for (const auto& command : run.commands) {
    say(screen_.styled(Style::Strong, "  $ " + replace_all(command, "\n", "\n  > ")));
    if (!options_.automatic) {
      std::string answer;
      if (!ask(screen_.styled(Style::Dim, tr(Text::PlayerRun)), answer)) {
        report_.left_early = true;
        return {};
      }
    }
    bool line_start = true;
    const auto outcome = TRY(shell_.run(command, [&](std::string_view bytes) {
      std::string shown;
      for (const char c : bytes) {
        if (line_start) shown += "  ";
        shown += c;
        line_start = c == '\n';
      }
      std::cout << shown << std::flush;
    }));
    if (!line_start) say();
    last_output_ = outcome.output;
    last_exit_ = outcome.exit_code;
    if (outcome.exit_code != 0 && !run.may_fail) {
      say(screen_.styled(Style::Bad, tr(Text::PlayerCommandFailed, outcome.exit_code)));
      ++report_.checks;  // a command of the lesson that fails is a check that fails
    }
  }
  say();
  if (!reveal_.empty()) {
    const auto pattern = parse_event_pattern(std::exchange(reveal_, {}));
    const auto events = trace_.caught_up(client_);
    const auto names = trace_.container_names();
    const auto fact = std::find_if(events.rbegin(), events.rend(), [&](const Event& event) { return pattern.ok() && matches(pattern.value(), event, names); });
    ++report_.checks;
    if (fact != events.rend()) {
      ++report_.passed;
      say(screen_.styled(Style::Accent, tr(Text::PlayerRevealed, api::event_text(*fact))));
    } else {
      because_.clear();  // nothing was shown: there is nothing to be right about
      say(screen_.styled(Style::Bad, tr(Text::PlayerNotRevealed, pattern.ok() ? pattern.value().type : "")));
    }
    if (!because_.empty())
      for (const auto& line : markdown_lines(std::exchange(because_, {}), screen_)) say(line);
    say();
  }
  return {};
}

Result<void> Player::show(const Scene& scene) {
  const auto events = trace_.caught_up(client_);
  const auto field = [&](const char* key) {
    const auto found = scene.fields.find(key);
    return found == scene.fields.end() ? std::string() : found->second;
  };
  const auto lines = scene.kind == "build" ? draw_build(viewer::fold_builds(events), field("tag"), field("last"), screen_)
                                           : draw_overlay(viewer::fold_overlay_stack(events, field("container")), field("focus"), screen_);
  for (const auto& line : lines) say(line);
  say();
  pause();
  return {};
}

Result<void> Player::show(const Predict& predict) {
  say(screen_.styled(Style::Accent, "? ") + screen_.styled(Style::Strong, predict.question));
  for (size_t i = 0; i < predict.choices.size(); ++i) say("    " + std::to_string(i + 1) + ". " + predict.choices[i]);
  ++report_.predictions;
  std::string answer = std::to_string(predict.answer);
  if (options_.automatic) {
    say(screen_.styled(Style::Dim, tr(Text::PlayerAutomaticAnswer, predict.answer)));
  } else {
    do {
      if (!ask(tr(Text::PlayerAnswer, predict.choices.size()), answer)) {
        report_.left_early = true;
        return {};
      }
    } while (answer.size() != 1 || answer[0] < '1' || answer[0] > static_cast<char>('0' + predict.choices.size()));
  }
  const bool right = answer == std::to_string(predict.answer);
  if (right) ++report_.right;
  if (predict.reveal.empty()) {
    say(right ? screen_.styled(Style::Good, tr(Text::PlayerRight)) : screen_.styled(Style::Bad, tr(Text::PlayerWrong, predict.answer, predict.choices[static_cast<size_t>(predict.answer) - 1])));
    if (!predict.because.empty())
      for (const auto& line : markdown_lines(predict.because, screen_)) say(line);
  } else {
    // The machine answers, not the page.
    say(screen_.styled(Style::Dim, tr(Text::PlayerLetUsSee)));
    reveal_ = predict.reveal;
    because_ = (right ? tr(Text::PlayerRight) : tr(Text::PlayerWrong, predict.answer, predict.choices[static_cast<size_t>(predict.answer) - 1])) + "\n\n" + predict.because;
  }
  say();
  return {};
}

Result<void> Player::show(const Checks& checks) {
  const auto events = trace_.caught_up(client_);
  CheckContext context{client_, events, trace_.container_names(), last_output_, last_exit_};
  for (const auto& check : checks.checks) {
    const CheckResult result = TRY(run_check(check, context));
    ++report_.checks;
    if (result.passed) {
      ++report_.passed;
      say(screen_.styled(Style::Good, "  ✓ ") + result.expected);
      continue;
    }
    say(screen_.styled(Style::Bad, "  ✗ ") + tr(Text::PlayerCheckFailed, result.expected, result.found));
    if (!check.hint.empty()) say("    " + tr(Text::PlayerHint, check.hint));
  }
  say();
  pause();
  return {};
}

}  // namespace strates::lessons
