#include "viewer/terminal/terminal_keys.hpp"

#include <array>

#include "viewer/terminal/characters.hpp"

namespace strates::viewer {

namespace {

enum class Form {
  Plain,   // the byte itself, ESC before it with Alt
  Cursor,  // CSI letter, SS3 letter in application mode, CSI 1;M letter with modifiers
  Letter,  // SS3 letter, CSI 1;M letter with modifiers
  Number,  // CSI number ~, CSI number;M ~ with modifiers
};

struct Row {
  TerminalKey key;
  Form form;
  char byte;
  int number;
};

constexpr std::array<Row, static_cast<size_t>(TerminalKey::Count)> kRows = {{
    {TerminalKey::Enter, Form::Plain, '\r', 0},   {TerminalKey::Tab, Form::Plain, '\t', 0},    {TerminalKey::Backspace, Form::Plain, 0x7f, 0}, {TerminalKey::Escape, Form::Plain, 0x1b, 0},
    {TerminalKey::Up, Form::Cursor, 'A', 0},      {TerminalKey::Down, Form::Cursor, 'B', 0},   {TerminalKey::Right, Form::Cursor, 'C', 0},     {TerminalKey::Left, Form::Cursor, 'D', 0},
    {TerminalKey::Home, Form::Cursor, 'H', 0},    {TerminalKey::End, Form::Cursor, 'F', 0},    {TerminalKey::Insert, Form::Number, '~', 2},    {TerminalKey::Delete, Form::Number, '~', 3},
    {TerminalKey::PageUp, Form::Number, '~', 5},  {TerminalKey::PageDown, Form::Number, '~', 6}, {TerminalKey::F1, Form::Letter, 'P', 0},      {TerminalKey::F2, Form::Letter, 'Q', 0},
    {TerminalKey::F3, Form::Letter, 'R', 0},      {TerminalKey::F4, Form::Letter, 'S', 0},     {TerminalKey::F5, Form::Number, '~', 15},       {TerminalKey::F6, Form::Number, '~', 17},
    {TerminalKey::F7, Form::Number, '~', 18},     {TerminalKey::F8, Form::Number, '~', 19},    {TerminalKey::F9, Form::Number, '~', 20},       {TerminalKey::F10, Form::Number, '~', 21},
    {TerminalKey::F11, Form::Number, '~', 23},    {TerminalKey::F12, Form::Number, '~', 24},
}};

// xterm's "modifyOtherKeys" number: 1, and 1 for Shift, 2 for Alt, 4 for Ctrl.
int number_of(Modifiers m) { return 1 + (m.shift ? 1 : 0) + (m.alt ? 2 : 0) + (m.ctrl ? 4 : 0); }

}  // namespace

std::string key_bytes(TerminalKey key, Modifiers modifiers, bool application_cursor) {
  if (key >= TerminalKey::Count) return "";
  const Row& row = kRows[static_cast<size_t>(key)];
  const std::string letter(1, row.byte);
  switch (row.form) {
    case Form::Plain:
      if (key == TerminalKey::Tab && modifiers.shift) return "\x1b[Z";
      if (key == TerminalKey::Backspace && modifiers.ctrl) return modifiers.alt ? "\x1b\b" : "\b";
      return modifiers.alt ? "\x1b" + letter : letter;
    case Form::Cursor:
      if (modifiers.none()) return (application_cursor ? "\x1bO" : "\x1b[") + letter;
      return "\x1b[1;" + std::to_string(number_of(modifiers)) + letter;
    case Form::Letter:
      if (modifiers.none()) return "\x1bO" + letter;
      return "\x1b[1;" + std::to_string(number_of(modifiers)) + letter;
    case Form::Number:
      if (modifiers.none()) return "\x1b[" + std::to_string(row.number) + letter;
      return "\x1b[" + std::to_string(row.number) + ";" + std::to_string(number_of(modifiers)) + letter;
  }
  return "";
}

std::string character_bytes(char32_t character, Modifiers modifiers) {
  std::string out;
  if (modifiers.alt) out += '\x1b';
  if (!modifiers.ctrl) {
    append_utf8(out, character);
    return out;
  }
  char32_t c = character;
  if (c >= 'a' && c <= 'z') c -= 32;
  if (c == ' ') c = '@';
  if (c == '/') c = '_';  // as every terminal does: undo, in readline
  if (c == '?') return out + '\x7f';
  if (c < '@' || c > '_') return "";
  return out + static_cast<char>(c - '@');
}

std::string typed_bytes(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c == '\n') c = '\r';
  return out;
}

std::string paste_bytes(std::string_view text, bool bracketed, size_t most) {
  std::string body;
  Utf8Reader reader;
  bool return_before = false;
  const auto put = [&](char32_t c) {
    const bool line_end = c == '\n' || c == '\r';
    if (!(c == '\n' && return_before)) {
      if (line_end) body += '\r';
      else if (c == '\t' || (c >= 0x20 && c != 0x7f && !(c >= 0x80 && c < 0xa0))) append_utf8(body, c);
    }
    return_before = c == '\r';
  };
  for (const char byte : text) {
    Utf8Reader::Step step;
    do {
      step = reader.take(static_cast<unsigned char>(byte));
      if (step.ready && body.size() + 4 <= most) put(step.character);
    } while (step.again);
    if (body.size() + 4 > most) break;
  }
  if (reader.drop() && body.size() + 4 <= most) put(kReplacement);
  return bracketed ? "\x1b[200~" + body + "\x1b[201~" : body;
}

}  // namespace strates::viewer
