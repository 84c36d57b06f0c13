// The builds that events tell of, step by step: what every picture of them (text, window) draws. No drawing here.
//
// State shown = fold(events), as in overlay_stack.hpp. A build is the events below one operation "build"; builds at the same time do not mix.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/event.hpp"
#include "viewer/model/timeline.hpp"

namespace strates::viewer {

// What a step comes to. FROM and the ARG above it are looked for in no cache: they end as Ready.
// NotReached: the build ended before.
enum class StepState { Waiting, Running, Ready, Hit, Miss, Failed, Cancelled, NotReached };

struct BuildStep {
  int index = 0;                            // from 1
  int line = 0;                             // in the Dockerfile, from 1; 0: not known
  std::string instruction;                  // empty: not known yet
  StepState state = StepState::Waiting;
  bool done = false;                        // a miss is worked on until then
  std::optional<event::MissReason> reason;  // of a miss; stays when what followed failed
  ImageId image;                            // the image after this step
  std::uint64_t layer_bytes = 0;
  bool made_layer = false;                  // or its kept layer is used again, when it is a hit
  std::string failure;                      // the engine's sentence
  Nanos started = 0, finished = 0;

  bool opens_stage() const;  // FROM
};

// From one FROM to the next: a stack of layers of its own.
struct BuildStage {
  int first = 0, last = 0;  // steps; 0: no FROM was read yet
  ImageId base;
  std::string base_name;                   // as FROM gives it
  std::vector<std::uint64_t> base_layers;  // bytes, bottom first; empty: not known, or there is none
};

// What the last event changed: what moves.
enum class BuildChange { Begun, Context, StepStarted, Verdict, StepDone, Ended };

struct BuildRun {
  OpId op = 0;
  std::string tag;  // the first one asked for, as it was written; may be empty
  std::optional<event::ContextReceived> context;
  std::vector<BuildStep> steps;  // as many as the Dockerfile has, at most kMostSteps
  std::vector<BuildStage> stages;
  int current = 0;  // the step that was started last
  BuildChange change = BuildChange::Begun;
  enum class State { Running, Done, Failed, Cancelled } state = State::Running;
  ImageId image;                  // of a build that is done
  std::vector<std::string> tags;  // full names it was given
  std::string failure;
  Nanos started = 0, finished = 0;

  const BuildStep* step(int index) const;  // null: there is none
  // The stage a step is in, or null.
  const BuildStage* stage_of(int index) const;
  // The first step of a stage that was not in the cache; 0: all that was done so far was.
  int first_miss(const BuildStage& stage) const;
  int count(StepState wanted) const;
};

constexpr int kMostSteps = 500;      // of one build; what a trace tells of further ones is left out
constexpr size_t kMostBuilds = 200;  // the last ones are kept

struct BuildSteps {
  std::vector<BuildRun> builds;  // in the order they began

  // The last build of that tag (all builds when it is empty); `from_end` 2: the one before it, and so on. Null: there is none.
  const BuildRun* choose(std::string_view tag, int from_end = 1) const;
  // The last one of that operation: their numbers start again when the engine does.
  const BuildRun* of(OpId op) const;
  // Which one of its tag it is, and how many there are of it.
  struct Place {
    int number = 0, count = 0;
  };
  Place place(const BuildRun& run) const;
};

BuildSteps fold_builds(std::span<const Event> events);

// A build as it was after `events`, with the instructions of the steps it had not come to yet, as `whole` knows them: for going back and forward.
// Before it began: all its steps are waiting.
BuildRun build_after(std::span<const Event> events, const BuildRun& whole);

// The moments of a build worth stopping at; the picture after beat b is build_after(events.first(b.event + 1), ...), moving as `change` says.
std::vector<Beat> build_beats(std::span<const Event> events, OpId build);

// "FROM --platform=x debian AS outils" builds on "debian".
std::string base_name_of(std::string_view instruction);
// "app", "app:latest" and "docker.io/library/app:latest" name the same.
bool same_reference(std::string_view a, std::string_view b);

}  // namespace strates::viewer
