// The bar under a picture: to the start, back, play or pause, forward, to the end; where one stands; the keys.
#pragma once

#include "viewer/draw/text_layout.hpp"
#include "viewer/draw/theme.hpp"
#include "viewer/model/timeline.hpp"

namespace strates::viewer {

// Targets: "start", "back", "play", "forward", "end".
void draw_scene_controls(Drawing& out, Box area, const Playhead& playhead, const Theme& theme, const TextMeasure& measure);

}  // namespace strates::viewer
