// Markdown as blocks of styled words, and their layout into a drawing.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "viewer/draw/text_layout.hpp"
#include "viewer/draw/theme.hpp"

namespace strates::viewer {

struct Span {
  std::string text;
  TextStyle style = TextStyle::Body;
};

struct Block {
  enum class Kind { Title, Heading, Paragraph, ListItem, Quote, Code } kind = Kind::Paragraph;
  std::string marker;  // ListItem: "•" or "2."
  std::vector<Span> spans;
};

// CommonMark without HTML (md4c). Whatever the text, at most as many blocks as it has lines.
std::vector<Block> markdown_blocks(std::string_view markdown);

// Draws from `at` on, `width` points wide, and gives the height it took. With `out` null it only measures.
float draw_block(Drawing* out, Point at, float width, const Block& block, const Theme& theme, const TextMeasure& measure);
// The space below a block.
float block_gap(const Block& block, const Theme& theme);

}  // namespace strates::viewer
