// The rows of the overlay picture at rest, and what the current beat moves between them.
#pragma once

#include "viewer/scenes/overlay_scene_cells.hpp"

namespace strates::viewer {

// One row as `stack` has it: its surface, its title, its files.
void draw_overlay_row(OverlayParts& parts, const OverlayLayout& layout, const OverlayRow& row, const OverlayStack& stack, const OverlayScene& what);

// The state the rows show at this point of the beat: as it was before, until what moves has arrived.
const OverlayStack& overlay_state_now(const OverlayScene& what);

// The ray of a read, the copy that goes up, the whiteout that comes down. After the beat: its trace.
void draw_overlay_motion(OverlayParts& parts, const OverlayLayout& layout, const OverlayScene& what);

}  // namespace strates::viewer
