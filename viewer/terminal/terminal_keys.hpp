// What a key sends to the program in the terminal: the sequences of xterm, as terminfo's xterm-256color lists them.
#pragma once

#include <string>
#include <string_view>

namespace strates::viewer {

enum class TerminalKey {
  Enter, Tab, Backspace, Escape, Up, Down, Right, Left, Home, End, Insert, Delete, PageUp, PageDown,
  F1, F2, F3, F4, F5, F6, F7, F8, F9, F10, F11, F12, Count
};

struct Modifiers {
  bool shift = false, alt = false, ctrl = false;
  bool none() const { return !shift && !alt && !ctrl; }
};

// Arrows, Home and End differ while the program asked for application cursor keys (DECCKM).
std::string key_bytes(TerminalKey key, Modifiers modifiers, bool application_cursor);

// A character with Ctrl or Alt held: "\x03" for Ctrl-C, "\x1bf" for Alt-f. Empty when Ctrl makes nothing of it.
std::string character_bytes(char32_t character, Modifiers modifiers);

// Text as if typed: a line feed is the Enter key. Nothing is taken out.
std::string typed_bytes(std::string_view text);

// Text from the clipboard, at most `most` bytes of it (cut between characters). Controls other than tabs and line ends are taken out, so that a pasted text
// can neither press keys nor end the bracket that tells the shell where it ends (xterm's bracketed paste); what is not UTF-8 becomes U+FFFD.
constexpr size_t kMostPasted = 256 * 1024;
std::string paste_bytes(std::string_view text, bool bracketed, size_t most = kMostPasted);

}  // namespace strates::viewer
