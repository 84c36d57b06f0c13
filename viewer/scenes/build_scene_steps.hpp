// The left side of the build's scene: the steps, line by line.
#pragma once

#include <string>
#include <vector>

#include "viewer/scenes/build_scene.hpp"
#include "viewer/scenes/build_scene_pen.hpp"

namespace strates::viewer {

struct StepRow {
  int index = 0;
  Box box;
  std::vector<std::string> code, notes;  // folded: the instruction; why it was executed, how it failed
  bool cut = false;                      // not all of the notes is there
  Box rule;                              // above the first step that is done again; no height: it is not that one
};

struct StepRows {
  std::vector<StepRow> rows;  // those there is room for, with the one that was started last
  TextStyle style = TextStyle::Mono, note_style = TextStyle::Small, verdict_style = TextStyle::Strong;
  float line_width = 0, number_width = 0, mark = 0, verdict_width = 0, pad = 0;
  Box heads;                  // words above the two numbers; no height: none
  Box before, after;          // where it is said how many more there are; no height: none
  int hidden_before = 0, hidden_after = 0;

  const StepRow* of(int index) const;
};

StepRows lay_out_steps(Box area, const BuildScene& what, const BuildPen& pen);
void draw_steps(const StepRows& rows, const BuildScene& what, const BuildPen& pen);

}  // namespace strates::viewer
