// Draws a terminal's screen, and what scrolled away, into a box; says which cell lies under a point.
#pragma once

#include <optional>

#include "viewer/draw/drawing.hpp"
#include "viewer/draw/text_layout.hpp"
#include "viewer/draw/theme.hpp"
#include "viewer/terminal/terminal_screen.hpp"

namespace strates::viewer {

class TerminalView {
 public:
  // The cells that fit into `box`, and where they are.
  struct Layout {
    GridSize size;
    Box cells;                  // exactly size.columns by size.rows of them
    Box bar;                    // where the scroll bar is
    float cell_width = 0, cell_height = 0;
    Box cell(int row, int column, int columns = 1) const {
      return {cells.x + cell_width * static_cast<float>(column), cells.y + cell_height * static_cast<float>(row), cell_width * static_cast<float>(columns), cell_height};
    }
  };
  static Layout layout(const Box& box, const TextMeasure& measure, const Theme& theme);

  // Back through what scrolled away (positive) or forward again; at the end the view follows the screen. Where it stands it stays, whatever is written.
  void scroll(const TerminalScreen& screen, int lines);
  void follow() { top_.reset(); }
  bool following(const TerminalScreen& screen) const { return lines_back(screen) == 0; }
  // How many lines above the screen the view stands.
  int lines_back(const TerminalScreen& screen) const;

  // The screen should have the layout's size; what is beyond is not drawn. `focused`: the cursor is filled. While it is scrolled back, the last row says by how
  // much, and is the target "terminal:follow"; the whole is "terminal".
  void draw(Drawing& drawing, const Box& box, const TerminalScreen& screen, const TextMeasure& measure, const Theme& theme, bool focused) const;

  // The cell at a point, the nearest one when it lies outside.
  GridPoint at(Point point, const Box& box, const TerminalScreen& screen, const TextMeasure& measure, const Theme& theme) const;

 private:
  std::uint64_t shown_top(const TerminalScreen& screen) const;
  std::optional<std::uint64_t> top_;  // the first line shown, when not following
};

}  // namespace strates::viewer
