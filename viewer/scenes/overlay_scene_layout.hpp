// Where the parts of the overlay picture are: rows (merged view, writable layer, layers) times columns (paths).
#pragma once

#include <vector>

#include "viewer/scenes/overlay_scene.hpp"

namespace strates::viewer {

struct OverlayRow {
  enum class Kind { Merged, Writable, Init, Layer, Collapsed } kind = Kind::Layer;
  int layer = -1;  // Layer: from the bottom; Collapsed: the lowest of them
  int count = 1;   // Collapsed: how many
  Box box;
  bool thin = false;  // one line of text
  // Comes with the container and leaves with it; the layers are the image's.
  bool of_container() const { return kind == Kind::Merged || kind == Kind::Writable || kind == Kind::Init; }
  bool holds(int index) const { return (kind == Kind::Layer || kind == Kind::Collapsed) && index >= layer && index < layer + count; }
};

struct OverlayLayout {
  Box header, stack, caption, legend;  // legend: empty when it is left out
  std::vector<OverlayRow> rows;        // top first
  std::vector<std::string> paths;      // one a column
  float label_width = 0, column_width = 0, columns_x = 0, shelf_x = 0, shelf_width = 0;

  const OverlayRow* row(OverlayRow::Kind kind) const;
  // The row that shows layer `index`, alone or among others; null: none does.
  const OverlayRow* row_of_layer(int index) const;
  int column_of(const std::string& path) const;  // -1: none
  // Where the file of column `column` stands in `row`.
  Box cell(const OverlayRow& row, size_t column, const Theme& theme) const;
};

OverlayLayout overlay_layout(Box area, const OverlayScene& what, const Theme& theme);

}  // namespace strates::viewer
