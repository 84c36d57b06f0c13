// The colours that programs ask for, as the few inks of the picture: each can be read on the terminal's ground, and the ground on each.
#pragma once

#include "viewer/draw/drawing.hpp"
#include "viewer/terminal/cells.hpp"

namespace strates::viewer {

// For text on the terminal's ground; never Ink::Terminal.
Ink text_ink(TerminalColour colour);
// For a ground; Ink::Terminal when it is dark enough to be none.
Ink ground_ink(TerminalColour colour);

struct CellInks {
  Ink text = Ink::TerminalText;
  Ink ground = Ink::Terminal;  // Terminal: none to paint
  bool operator==(const CellInks&) const = default;
};
// `inverted`: selected, or under the cursor.
CellInks inks_of(const CellStyle& style, bool inverted);

}  // namespace strates::viewer
