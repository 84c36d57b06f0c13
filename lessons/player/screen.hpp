// Words on a terminal: colours only where there is one, lines folded at its width, columns counted as they are seen (UTF-8).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace strates::lessons {

enum class Style { Plain, Title, Strong, Code, Dim, Good, Bad, Accent, Upper };

class Screen {
 public:
  // colour: whether to write escape sequences; width: columns, at least 40.
  Screen(bool colour, int width) : colour_(colour), width_(width < 40 ? 40 : width) {}
  // Colour when standard output is a terminal and NO_COLOR is unset; its width, 80 when unknown.
  static Screen of_terminal(bool allow_colour);

  int width() const { return width_; }
  bool colour() const { return colour_; }
  std::string styled(Style style, std::string_view text) const;

 private:
  bool colour_;
  int width_;
};

// Columns a text takes: code points, wide ones not expected; escape sequences count nothing.
int columns_of(std::string_view text);
// Cut to at most `columns`, the last one "…" when cut; padded with spaces when `pad`.
std::string fit(std::string_view text, int columns, bool pad);
// Folded at spaces.
std::vector<std::string> fold_lines(std::string_view text, int columns);

}  // namespace strates::lessons
