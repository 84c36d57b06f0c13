// Drawings as text for golden files, and the mistakes a drawing can have.
#pragma once

#include <string>
#include <vector>

#include "viewer/draw/text_layout.hpp"

namespace strates::viewer {

// One item a line, positions in whole points: `label 24,80 210x20 body text "Couche inscriptible"`.
std::string dump_drawing(const Drawing& drawing);

// What is wrong, in words: a text that is wider or higher than its room, two texts on one another, a text or a target outside the picture,
// an empty text. Texts under a fill that was painted later are hidden and do not count; neither do moving ones, and parts cut by a clip.
std::vector<std::string> drawing_mistakes(const Drawing& drawing, const TextMeasure& measure);

}  // namespace strates::viewer
