// A terminal as a value: bytes of a program in, a grid of cells out; keys in, bytes for the program out. No process, no window.
//
// libvterm keeps the two screens; the lines that scrolled away are kept here. Nothing a program writes makes it fail, hang or grow without bound: see
// escape_filter.hpp. libvterm 0.1.4 does not fold lines anew when the width changes: what no longer fits is cut, and full-screen programs redraw.
// One thread at a time.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "viewer/terminal/cells.hpp"
#include "viewer/terminal/terminal_keys.hpp"

namespace strates::viewer {

class TerminalScreen {
 public:
  static constexpr size_t kScrollbackLines = 10'000;
  static constexpr size_t kScrollbackCells = 2'000'000;  // of all its lines; the oldest go first
  static constexpr GridSize kSmallest = {2, 2}, kLargest = {512, 256};
  static constexpr size_t kMostReplies = 4096;

  // Sizes are brought between kSmallest and kLargest.
  explicit TerminalScreen(GridSize size);
  ~TerminalScreen();
  TerminalScreen(const TerminalScreen&) = delete;
  TerminalScreen& operator=(const TerminalScreen&) = delete;

  void feed(std::string_view bytes);
  void resize(GridSize size);
  // At a shell's prompt: ends what a program left open (alternate screen, hidden cursor, character set, colours).
  void settle();

  GridSize size() const;
  TerminalCursor cursor() const;
  bool alternate() const;
  const std::string& title() const;
  // Bells since the last call.
  int take_bells();
  // What the terminal answers to a program's questions (where is the cursor?), for the program's input; at most kMostReplies bytes.
  std::string take_replies();
  // Changes whenever something may look different.
  std::uint64_t revision() const;

  // Lines first_line() to top_line() - 1 scrolled away, top_line() to top_line() + rows - 1 are the screen.
  std::uint64_t first_line() const;
  std::uint64_t top_line() const;
  // The cells of a line, without its blank end when it scrolled away; empty when it is not kept.
  CellLine line(std::uint64_t number) const;

  // What to send to the program.
  std::string key(TerminalKey key, Modifiers modifiers) const;
  std::string character(char32_t character, Modifiers modifiers) const;
  std::string paste(std::string_view text) const;
  // The wheel in a full-screen program is its arrow keys; positive is upwards. Empty elsewhere: then the view scrolls.
  std::string wheel(int lines) const;

  // Both ends belong to it, in either order.
  void select(GridPoint anchor, GridPoint head);
  void select_word(GridPoint at);
  void select_line(GridPoint at);
  void clear_selection();
  struct Selection {
    GridPoint first, last;
  };
  const std::optional<Selection>& selection() const;
  // Lines without their blank ends; a line that goes on at the next one because it was full is joined to it.
  std::string selected_text() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace strates::viewer
