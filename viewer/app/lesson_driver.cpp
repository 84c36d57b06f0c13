#include "viewer/app/lesson_driver.hpp"

#include <poll.h>

#include <chrono>

#include "base/text.hpp"

namespace strates::viewer {

namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kPatience = std::chrono::minutes(2);

Error stuck(const lessons::Progress& progress, const std::string& why) {
  return make_error(ErrorKind::Unavailable, "view.stuck", tr(Text::ViewPlay), progress.lesson().id, why, tr(Text::ViewPlayAdvice));
}

// Lets come what comes, until `done` or the time is up.
template <typename Done>
bool wait_until(LessonView& view, std::chrono::milliseconds limit, const Done& done) {
  const auto end = Clock::now() + limit;
  while (!done()) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
    if (left <= 0) return false;
    pollfd poll_on{view.wake_fd(), POLLIN, 0};
    if (poll(&poll_on, 1, static_cast<int>(std::min<long>(left, 200))) > 0) view.woken();
  }
  return true;
}

}  // namespace

Result<void> play_to(LessonView& view, LessonStage& stage, int stops, const Frame& frame) {
  const lessons::Progress& progress = stage.progress();
  if (stops > progress.stops())
    return make_error(ErrorKind::Invalid, "view.step", tr(Text::ViewPlay), progress.lesson().id, tr(Text::ViewSteps, progress.stops()));
  view.frame(frame);  // the terminal gets its size
  // The shell's first prompt.
  wait_until(view, std::chrono::seconds(10), [&] { return view.ready(); });
  while (progress.stops_done() < stops) {
    const size_t step = progress.current();
    const auto& what = progress.lesson().steps[step].what;
    if (const auto* predict = std::get_if<lessons::Predict>(&what)) {
      view.click("answer:" + std::to_string(predict->answer));
    } else if (std::holds_alternative<lessons::Checks>(what)) {
      view.click("check");
      if (progress.current() == step) {
        std::string why = stage.trouble();
        if (const auto* outcome = std::get_if<lessons::CheckOutcome>(&progress.outcome(step)))
          for (const auto& result : outcome->results)
            if (!result.passed) why += (why.empty() ? "" : " ; ") + tr(Text::PlayerCheckFailed, result.expected, result.found);
        return stuck(progress, why);
      }
    } else {
      view.click("run");
      if (!wait_until(view, std::chrono::duration_cast<std::chrono::milliseconds>(kPatience), [&] { return progress.current() != step || !view.command_runs(); }))
        return stuck(progress, progress.expected_command().value_or(""));
      if (progress.current() == step) return stuck(progress, progress.expected_command().value_or(""));
    }
  }
  wait_until(view, std::chrono::milliseconds(300), [] { return false; });  // the prompt, the last events
  view.come_to_rest();
  return {};
}

}  // namespace strates::viewer
