// What libvterm is given: the bytes of a program, read by us first and written anew.
//
// libvterm 0.1.4 trusts its input: a sequence of more than sixteen arguments writes past its buffer, a title cut in two reads before it, a repetition after
// a mark never ends, a control encoded in UTF-8 walks off the line, marks without end are kept for ever, and a cursor or a scrolling region from before a
// resize points outside the screen. So nothing goes through but whole characters and whole sequences of a list, with bounded numbers; titles and repetition
// are done here. What is not on the list is dropped: printer, graphics, clipboard, mouse, double-width lines, 8-bit controls.
// Sources: ECMA-48; xterm's "Control Sequences"; libvterm's state.c, parser.c and screen.c.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "viewer/terminal/characters.hpp"

namespace strates::viewer {

class EscapeFilter {
 public:
  // What stands behind the filter.
  class Sink {
   public:
    virtual ~Sink() = default;
    virtual void write(std::string_view bytes) = 0;  // whole characters and sequences, at most kMostWritten bytes
    virtual int room() = 0;                          // columns from the cursor to the end of its line, the cursor's own counted
    virtual void title(std::string text) = 0;        // UTF-8, at most kMostTitle bytes, no controls
    virtual void clear_scrollback() = 0;
  };
  struct Modes {
    bool application_cursor = false;
    bool bracketed_paste = false;
    bool alternate = false;  // the screen of full-screen programs
  };
  static constexpr size_t kMostWritten = 16 * 1024;  // more overflows libvterm's stack
  static constexpr size_t kMostTitle = 256;
  static constexpr int kMostMarks = 3;  // of one character
  // libvterm brings the cursor back inside the screen at the end of every CSI it knows, but neither after ESC 8 nor after a resize. A private mode that does
  // not exist does nothing else.
  static constexpr std::string_view kCursorInside = "\x1b[?9999h";

  explicit EscapeFilter(Sink& sink) : sink_(sink) {}
  void feed(std::string_view bytes);
  const Modes& modes() const { return modes_; }
  // Ends whatever a program left open: a string, the alternate screen, a scrolling region, a character set, a hidden cursor.
  void settle();
  // Before a resize: true when a scrolling region or origin mode was in force; then they must be undone ("\x1b[?6l\x1b[r") and are held to be.
  bool release_region();

 private:
  enum class State { Ground, Escape, Intermediate, Csi, String, StringEscape };
  void take(unsigned char byte);
  void control(unsigned char byte);
  void text_byte(unsigned char byte);
  void text(char32_t character);
  void escape(unsigned char byte);
  void escape_end(unsigned char byte);
  void csi_byte(unsigned char byte);
  void csi(char final);
  void csi_plain(char final);
  void modes(char final, bool of_dec);
  bool dec_mode(int number, bool on);
  void repeat();
  void drop_colour_spaces();
  void string_byte(unsigned char byte);
  void string_end();
  void reset();
  void restore_cursor();
  void begin(State state);
  void emit(char leader, size_t most_arguments, std::string_view tail);
  void put(std::string_view bytes);
  void flush();

  struct Argument {
    int value = -1;       // -1: missing
    bool joined = false;  // ':' follows, not ';'
  };
  static constexpr size_t kMostArguments = 16;
  static constexpr int kMostValue = 9999;

  Sink& sink_;
  Modes modes_;
  bool region_ = false;
  State state_ = State::Ground;
  Utf8Reader reader_;
  std::string pending_;           // for the sink
  char32_t base_ = 0;             // the character just written: marks join it and repetition repeats it
  int marks_ = 0;
  Argument arguments_[kMostArguments];
  size_t argument_count_ = 0;
  char leader_ = 0, intermediate_ = 0;
  bool unusable_ = false;         // the sequence being read will be dropped
  bool title_ = false;            // the string being read may be a title
  std::string string_;
  size_t string_length_ = 0;
};

}  // namespace strates::viewer
