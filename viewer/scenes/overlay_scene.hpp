// The picture of one container's layers: a slab a layer, the writable one on top, the merged view above, and what the current beat does.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "viewer/draw/text_layout.hpp"
#include "viewer/draw/theme.hpp"
#include "viewer/model/timeline.hpp"

namespace strates::viewer {

struct OverlayScene {
  OverlayStack before, after;       // of the beat; the same at rest
  std::optional<OverlayBeat> beat;  // none: nothing happened yet
  float progress = 1;               // of the beat, eased
  std::string focus;                // the path the lesson speaks of; empty: none
  LayerFiles files;                 // what the layers hold, as far as somebody asked; paths that events tell of are shown anyway
};

// The scene at `position` of `beats`, which are overlay_beats(events, name, focus). It folds the events, so keep it while the same beats are
// shown and set only its progress.
OverlayScene overlay_scene_at(std::span<const Event> events, std::span<const OverlayBeat> beats, Position position, const std::string& name,
                              const std::string& focus, LayerFiles files = {});

// Draws into `area` of `out`. From 480x300 points (at scale 1) on nothing is cut and no text lies on another; what is secondary is left out
// where there is little room, and layers or files that are too many are counted instead.
void draw_overlay_scene(Drawing& out, Box area, const OverlayScene& what, const Theme& theme, const TextMeasure& measure);

}  // namespace strates::viewer
