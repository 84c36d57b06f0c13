// What a path looks like in each row of the overlay picture, and what else a row holds.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "viewer/scenes/overlay_scene_layout.hpp"
#include "viewer/scenes/overlay_scene_parts.hpp"

namespace strates::viewer {

// Nothing: the path does not show in this row.
std::optional<ChipLook> overlay_cell(const OverlayStack& stack, const LayerFiles& files, const OverlayRow& row, const std::string& path);

// The files of a row that have no column: at most `most` of them by name ("C /etc" in the writable layer: the letters of docker diff), and
// how many there are in all.
struct OtherFiles {
  std::vector<std::string> names;
  size_t count = 0;
};
OtherFiles overlay_others(const OverlayStack& stack, const LayerFiles& files, const OverlayRow& row, const std::vector<std::string>& paths, size_t most);

// "RUN apt-get update" from a history entry, without what builders add around it.
std::string instruction_words(const std::string& created_by);

}  // namespace strates::viewer
