// The right side of the build's scene: the image that the steps make, its settings and its layers, the base below.
#pragma once

#include <vector>

#include "viewer/scenes/build_scene.hpp"
#include "viewer/scenes/build_scene_pen.hpp"
#include "viewer/scenes/build_scene_steps.hpp"

namespace strates::viewer {

struct BuildStackLayout {
  struct Slab {
    int step = 0;  // 0: the base, or several layers told together
    bool base = false;
    Box box;
  };
  struct Setting {
    int step = 0;
    Box box;
  };
  const BuildStage* stage = nullptr;  // of the whole build: the one that is being worked on
  Box title, card, name, tags;
  std::vector<Setting> settings;  // steps that make no layer
  Box more_settings;              // no height: all are shown, or none
  std::vector<int> hidden;        // settings for which there is no room
  std::vector<int> folded;        // the lowest layers, told together: steps
  std::vector<Slab> slabs;        // bottom first

  // Where a step's layer or setting is; null: it has none.
  const Box* place_of(int step) const;
};

BuildStackLayout lay_out_build_stack(Box area, const BuildScene& what, const BuildPen& pen);
// `rows`: where a new layer comes from.
void draw_build_stack(const BuildStackLayout& layout, const StepRows& rows, const BuildScene& what, const BuildPen& pen);

}  // namespace strates::viewer
