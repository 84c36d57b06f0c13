// What the parts of the build's scene share: texts that are shortened to their room, and the mark of a state.
#pragma once

#include <string>
#include <vector>

#include "viewer/draw/drawing.hpp"
#include "viewer/draw/text_layout.hpp"
#include "viewer/draw/theme.hpp"
#include "viewer/model/build_steps.hpp"

namespace strates::viewer {

struct BuildPen {
  Drawing& out;
  const Theme& theme;
  const TextMeasure& measure;

  float unit() const { return theme.unit(); }
  float line(TextStyle style) const { return measure.line_height(style); }
  // One line, shortened to its room; nothing when not even that fits. Gives the width it took.
  float text(Box room, std::string_view words, TextStyle style, Ink ink, Label::Align align = Label::Align::Left, float alpha = 1, bool moving = false) const;
  // At most `most` lines, the last one shortened; `cut` tells whether it was.
  std::vector<std::string> folded(std::string_view words, TextStyle style, float width, size_t most, bool* cut = nullptr) const;
  // A shape for a state, not only a colour: a tick, a hammer, a cross, a dot. `box` is square.
  void mark(Box box, const BuildStep& step, float alpha = 1) const;
};

// The colour of a state.
Ink ink_of(const BuildStep& step);

}  // namespace strates::viewer
