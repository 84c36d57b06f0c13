// Plays a lesson in a terminal, step by step.
#pragma once

#include <functional>
#include <string>

#include "api/client.hpp"
#include "lessons/engine/lesson.hpp"
#include "lessons/player/screen.hpp"
#include "lessons/player/shell_command.hpp"
#include "lessons/player/trace_follower.hpp"

namespace strates::lessons {

struct PlayerOptions {
  bool automatic = false;  // no pause, predictions answered right: for tests and for a projector
  std::string engine;      // named to the student: "Linux (unix:///run/strates/strates.sock)"
};

struct PlayReport {
  int checks = 0, passed = 0;
  int predictions = 0, right = 0;
  bool left_early = false;
  bool success() const { return !left_early && checks == passed; }
};

class Player {
 public:
  Player(const Lesson& lesson, PlayerOptions options, Screen screen, api::Client& client, TraceFollower& trace, ShellCommands& shell)
      : lesson_(lesson), options_(std::move(options)), screen_(screen), client_(client), trace_(trace), shell_(shell) {}

  // Errors: the engine does not answer, an image is missing (code lesson.needs-image). A check that fails is in the report.
  Result<PlayReport> play();

 private:
  Result<void> show(const Prose& prose);
  Result<void> show(const Run& run);
  Result<void> show(const Scene& scene);
  Result<void> show(const Predict& predict);
  Result<void> show(const Checks& checks);
  Result<void> show(const Clean&) { return {}; }
  void say(std::string_view text = {}) const;
  // One line from the student; false at the end of input or for "q".
  bool ask(const std::string& prompt, std::string& answer);
  void pause();

  const Lesson& lesson_;
  PlayerOptions options_;
  Screen screen_;
  api::Client& client_;
  TraceFollower& trace_;
  ShellCommands& shell_;
  PlayReport report_;
  std::string last_output_;
  int last_exit_ = 0;
  std::string reveal_;  // an open prediction: told once its event has come
  std::string because_;
};

}  // namespace strates::lessons
