// A lesson being played for the eyes: the engine's trace folded into the picture that the lesson asks for, its progress, its checks. No window here.
//
// One thread. Calls to the engine are short questions on its socket; what comes from the engine by itself wakes `wake_fd`.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/client.hpp"
#include "base/unique_fd.hpp"
#include "lessons/engine/progress.hpp"
#include "lessons/player/trace_follower.hpp"
#include "viewer/draw/text_layout.hpp"
#include "viewer/draw/theme.hpp"
#include "viewer/model/build_steps.hpp"
#include "viewer/model/timeline.hpp"
#include "viewer/scenes/build_scene.hpp"
#include "viewer/scenes/overlay_scene.hpp"

namespace strates::viewer {

class LessonStage {
 public:
  // What it is given must outlive it.
  static Result<std::unique_ptr<LessonStage>> open(const lessons::Lesson& lesson, api::Client& client, lessons::TraceFollower& trace);
  ~LessonStage();

  const lessons::Progress& progress() const { return progress_; }
  Playhead& playhead() { return playhead_; }
  // What went wrong when the engine was asked; empty: nothing.
  const std::string& trouble() const { return trouble_; }

  // Readable when the trace has something new; then take_events().
  int wake_fd() const { return wake_.get(); }
  void take_events(Playhead::Millis now);

  void answer(int choice, Playhead::Millis now);
  // Runs the checks that wait.
  void check(Playhead::Millis now);
  void skip(Playhead::Millis now);
  // A command of the terminal ended.
  void command_ended(std::string_view command, int exit_code, std::string output, Playhead::Millis now);

  // The picture of the present position, or a sentence when the lesson shows none yet.
  void draw_scene(Drawing& out, Box area, const Theme& theme, const TextMeasure& measure);

 private:
  LessonStage(const lessons::Lesson& lesson, api::Client& client, lessons::TraceFollower& trace)
      : client_(client), trace_(trace), progress_(lesson) {}
  // The engine's whole present, when a fact is to be judged.
  void catch_up();
  void choose_subject(Playhead::Millis now);
  void refold(Playhead::Millis now);
  void learn_layers();
  void prove();

  struct Subject {
    std::string kind, container, focus, tag;
    int last = 1;
    bool operator==(const Subject&) const = default;
  };

  api::Client& client_;
  lessons::TraceFollower& trace_;
  UniqueFd wake_;
  lessons::Progress progress_;
  std::vector<Event> events_;
  std::string trouble_, last_output_;
  int last_exit_ = 0;

  std::optional<Subject> subject_;
  std::vector<OverlayBeat> overlay_beats_;
  std::vector<Beat> build_beats_;
  OpId build_ = 0;
  LayerFiles layers_;                        // by chain id
  std::map<std::string, std::string> asked_; // chain id -> diff id of layers whose files were asked for
  Playhead playhead_;

  std::optional<OverlayScene> overlay_;      // of position_.shown, kept while only its progress moves
  size_t overlay_shown_ = 0;
  std::optional<BuildScene> build_scene_;
  size_t build_shown_ = 0;
};

}  // namespace strates::viewer
