// A terminal's grid as values.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace strates::viewer {

struct GridSize {
  int columns = 80, rows = 24;
  bool operator==(const GridSize&) const = default;
};

// A line's number never changes while it is kept: it goes on counting through what scrolled away.
struct GridPoint {
  std::uint64_t line = 0;
  int column = 0;
  auto operator<=>(const GridPoint&) const = default;
};

struct TerminalColour {
  enum class Kind : std::uint8_t { Default, Indexed, Rgb };
  Kind kind = Kind::Default;
  std::uint8_t r = 0, g = 0, b = 0;  // Indexed: r is the index, 0 to 255
  bool operator==(const TerminalColour&) const = default;
};

struct CellStyle {
  TerminalColour fg, bg;
  bool bold : 1 = false;
  bool italic : 1 = false;
  bool underline : 1 = false;
  bool reverse : 1 = false;
  bool operator==(const CellStyle&) const = default;
};

struct Cell {
  std::array<char32_t, 4> text = {};  // the character and its marks, 0 after them; all 0: blank
  CellStyle style;
  std::uint8_t width = 1;             // in columns: 1, 2, or 0 for the right half of the cell before
  bool blank() const { return text[0] == 0 || text[0] == U' '; }
};

using CellLine = std::vector<Cell>;

struct TerminalCursor {
  int row = 0, column = 0;
  bool visible = true;
  enum class Shape { Block, Underline, Bar } shape = Shape::Block;
};

// Without its blank end.
std::string text_of(const CellLine& line, int from_column, int to_column);

}  // namespace strates::viewer
