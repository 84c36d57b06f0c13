// The build: the Dockerfile's steps, each taken from the cache or executed and why, beside the stack of layers that they make.
//
// Laid out for the whole build, so that nothing jumps while one goes back and forward in it; drawn as far as it has come.
#pragma once

#include <span>
#include <string>

#include "viewer/draw/drawing.hpp"
#include "viewer/draw/text_layout.hpp"
#include "viewer/draw/theme.hpp"
#include "viewer/model/build_steps.hpp"

namespace strates::viewer {

struct BuildScene {
  BuildRun run;             // as far as it is shown (build_after)
  BuildRun whole;           // the same one as far as it is known; op 0: there is none
  BuildSteps::Place place;  // of how many builds of this tag
  float progress = 1;       // of the last change's motion, eased; 1: at rest
  std::string caption;      // what that change did; empty: nothing happened yet
  std::string tag;          // that was looked for
};

// The scene at `position` of `beats`, which are build_beats(events, OP) of the build that BuildSteps::choose(tag, last) finds. It folds the
// events, so keep it while the same beats are shown and set only its progress.
BuildScene build_scene_at(std::span<const Event> events, std::span<const Beat> beats, Position position, const std::string& tag, int last = 1);

// Draws into `area` of `out`. From 480x300 points (at scale 1) on nothing is cut and no text lies on another; what is secondary is left out where
// there is little room, and steps or layers that are too many are counted instead.
void draw_build_scene(Drawing& out, Box area, const BuildScene& what, const Theme& theme, const TextMeasure& measure);

}  // namespace strates::viewer
