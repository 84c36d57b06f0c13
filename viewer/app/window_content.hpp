// What a window shows and to whom its keys go. The window calls these from its own thread, one at a time.
//
// Positions and sizes are points of the picture: the window's real ones (framebuffer), whatever the screen's scale is.
#pragma once

#include <optional>
#include <string>

#include "viewer/draw/drawing.hpp"
#include "viewer/draw/text_layout.hpp"
#include "viewer/draw/theme.hpp"

namespace strates::viewer {

struct Frame {
  float width = 0, height = 0;
  const Theme& theme;          // its scale follows the window, the screen and Ctrl+Plus
  const TextMeasure& measure;  // the letters it will be painted with; valid until frame() returns
  double now = 0;              // seconds, never backwards
};

enum class Key {
  Character,  // with Ctrl or Alt only: what is typed comes through text()
  Enter, Tab, Backspace, Escape, Insert, Delete, Left, Right, Up, Down, PageUp, PageDown, Home, End,
  F1, F2, F3, F4, F5, F6, F7, F8, F9, F10, F11, F12
};

struct KeyPress {
  Key key = Key::Character;
  char32_t character = 0;  // Key::Character: as the keyboard's layout has it, lower case ('c' of Ctrl+C also on AZERTY)
  bool ctrl = false, alt = false, shift = false;
  bool repeated = false;  // held down
};

struct Pointer {
  enum class Kind { Press, Move, Release } kind = Kind::Move;
  Point at;
  bool held = false;    // Move: the left button is down
  std::string action;   // of the target under it (the last one painted), or empty
};

class WindowContent {
 public:
  virtual ~WindowContent() = default;

  // The picture, of exactly this size. Called when something changed; not otherwise.
  virtual Drawing frame(const Frame& frame) = 0;

  // The window keeps F11, Ctrl+Plus, Ctrl+Minus, Ctrl+0, Ctrl+T, Ctrl+Shift+C and Ctrl+Shift+V for itself.
  virtual void key(const KeyPress&) {}
  virtual void text(char32_t) {}
  // The left button pressed and released on the same target.
  virtual void click(const std::string& /*action*/) {}
  // Every move, press and release of the left button; true: show it, the picture changed.
  virtual bool pointer(const Pointer&) { return false; }
  // Lines, upwards positive.
  virtual void wheel(Point /*at*/, float /*lines*/) {}
  // Ctrl+Shift+V: UTF-8, at most 1 MiB.
  virtual void paste(const std::string&) {}
  // Ctrl+Shift+C: what is selected; empty leaves the clipboard as it was.
  virtual std::string copy() { return {}; }

  // When the next picture is wanted if nothing happens: 0 in a motion, half a second for a cursor that blinks, nothing when all is still.
  // Asked after each frame().
  virtual std::optional<double> redraw_in() { return std::nullopt; }
  // Readable when something came from outside (an eventfd, an epoll descriptor over several); -1: none. Asked once.
  virtual int wake_fd() { return -1; }
  // It was readable: read it. True: the picture changed.
  virtual bool woken() { return true; }
  // The window's close button. False keeps it open, after showing why. Signals (Ctrl-C in the terminal, SIGTERM) do not ask.
  virtual bool may_close() { return true; }
  // It wants to be closed (a "quit" of its own). Asked after each event.
  virtual bool finished() { return false; }
};

}  // namespace strates::viewer
