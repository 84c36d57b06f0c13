// How wide a text is, and how it is folded or shortened to fit. The fonts are the painter's (viewer/app/fonts.hpp); here only their measures.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "viewer/draw/drawing.hpp"

namespace strates::viewer {

class TextMeasure {
 public:
  virtual ~TextMeasure() = default;
  virtual float width(TextStyle style, std::string_view text) const = 0;
  virtual float line_height(TextStyle style) const = 0;
};

// The text, or as much of it as fits with "…": at its end, or in its middle (paths and ids, whose ends matter). Cuts between characters.
std::string elide_end(const TextMeasure& measure, TextStyle style, std::string_view text, float width);
std::string elide_middle(const TextMeasure& measure, TextStyle style, std::string_view text, float width);

// Lines at most `width` wide, folded at spaces (never at a no-break space); a word that is too long is cut between characters.
std::vector<std::string> fold_text(const TextMeasure& measure, TextStyle style, std::string_view text, float width);

}  // namespace strates::viewer
