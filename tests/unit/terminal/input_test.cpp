#include <doctest/doctest.h>

#include <string>

#include "viewer/terminal/characters.hpp"
#include "viewer/terminal/terminal_keys.hpp"
#include "viewer/terminal/terminal_screen.hpp"

using namespace strates::viewer;

namespace {

std::string decoded(std::string_view bytes) {
  std::string out;
  Utf8Reader reader;
  for (const char byte : bytes) {
    Utf8Reader::Step step;
    do {
      step = reader.take(static_cast<unsigned char>(byte));
      if (step.ready) append_utf8(out, step.character);
    } while (step.again);
  }
  if (reader.drop()) append_utf8(out, kReplacement);
  return out;
}

}  // namespace

TEST_CASE("UTF-8 is read as RFC 3629 has it, and what it is not is said") {
  CHECK(decoded("é€😀a") == "é€😀a");
  CHECK(decoded("\xc3") == "\xef\xbf\xbd");
  CHECK(decoded("\xc3" "a") == "\xef\xbf\xbd" "a");
  CHECK(decoded("\xc0\xaf").find('/') == std::string::npos);
  CHECK(decoded("\xe0\x80\xaf").find('/') == std::string::npos);
  CHECK(decoded("\xed\xa0\x80") == "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");  // a surrogate
  CHECK(decoded("\xf4\x90\x80\x80").substr(0, 3) == "\xef\xbf\xbd");         // above U+10FFFF
  CHECK(decoded("\xff\xfe") == "\xef\xbf\xbd\xef\xbf\xbd");
  for (const char32_t c : {U'\0', U'\x7f', U'\x80', U'\x7ff', U'\x800', U'\xffff', char32_t{0x10000}, char32_t{0x10ffff}}) CHECK(decoded(utf8_of(c)) == utf8_of(c));
}

TEST_CASE("a letter and its mark are one letter when there is one") {
  CHECK(composed(U'e', 0x301) == U'é');
  CHECK(composed(U'C', 0x327) == U'Ç');
  CHECK(composed(U'x', 0x301) == 0);
  CHECK(composed(U'e', U'x') == 0);
  CHECK(zero_width(0x301));
  CHECK(zero_width(0x200d));
  CHECK(zero_width(0xe0100));
  CHECK_FALSE(zero_width(U'e'));
  CHECK_FALSE(zero_width(0x2500));
  CHECK_FALSE(zero_width(0x10ffff));
}

TEST_CASE("keys send what xterm's keys send") {
  struct Case {
    TerminalKey key;
    Modifiers modifiers;
    const char* normal;
    const char* application;
  };
  const Modifiers none{}, shift{true, false, false}, alt{false, true, false}, ctrl{false, false, true}, all{true, true, true};
  const Case cases[] = {
      {TerminalKey::Enter, none, "\r", "\r"},
      {TerminalKey::Enter, alt, "\x1b\r", "\x1b\r"},
      {TerminalKey::Tab, none, "\t", "\t"},
      {TerminalKey::Tab, shift, "\x1b[Z", "\x1b[Z"},
      {TerminalKey::Backspace, none, "\x7f", "\x7f"},
      {TerminalKey::Backspace, alt, "\x1b\x7f", "\x1b\x7f"},
      {TerminalKey::Backspace, ctrl, "\b", "\b"},
      {TerminalKey::Escape, none, "\x1b", "\x1b"},
      {TerminalKey::Up, none, "\x1b[A", "\x1bOA"},
      {TerminalKey::Down, none, "\x1b[B", "\x1bOB"},
      {TerminalKey::Right, none, "\x1b[C", "\x1bOC"},
      {TerminalKey::Left, none, "\x1b[D", "\x1bOD"},
      {TerminalKey::Left, ctrl, "\x1b[1;5D", "\x1b[1;5D"},
      {TerminalKey::Up, all, "\x1b[1;8A", "\x1b[1;8A"},
      {TerminalKey::Home, none, "\x1b[H", "\x1bOH"},
      {TerminalKey::End, none, "\x1b[F", "\x1bOF"},
      {TerminalKey::End, shift, "\x1b[1;2F", "\x1b[1;2F"},
      {TerminalKey::Insert, none, "\x1b[2~", "\x1b[2~"},
      {TerminalKey::Delete, none, "\x1b[3~", "\x1b[3~"},
      {TerminalKey::Delete, ctrl, "\x1b[3;5~", "\x1b[3;5~"},
      {TerminalKey::PageUp, none, "\x1b[5~", "\x1b[5~"},
      {TerminalKey::PageDown, alt, "\x1b[6;3~", "\x1b[6;3~"},
      {TerminalKey::F1, none, "\x1bOP", "\x1bOP"},
      {TerminalKey::F4, none, "\x1bOS", "\x1bOS"},
      {TerminalKey::F4, shift, "\x1b[1;2S", "\x1b[1;2S"},
      {TerminalKey::F5, none, "\x1b[15~", "\x1b[15~"},
      {TerminalKey::F6, none, "\x1b[17~", "\x1b[17~"},
      {TerminalKey::F10, none, "\x1b[21~", "\x1b[21~"},
      {TerminalKey::F12, none, "\x1b[24~", "\x1b[24~"},
      {TerminalKey::F12, ctrl, "\x1b[24;5~", "\x1b[24;5~"},
  };
  for (const auto& c : cases) {
    CAPTURE(static_cast<int>(c.key));
    CHECK(key_bytes(c.key, c.modifiers, false) == c.normal);
    CHECK(key_bytes(c.key, c.modifiers, true) == c.application);
  }
  for (int key = 0; key < static_cast<int>(TerminalKey::Count); ++key) CHECK_FALSE(key_bytes(static_cast<TerminalKey>(key), none, false).empty());
  CHECK(key_bytes(TerminalKey::Count, none, false).empty());
}

TEST_CASE("characters with Ctrl and Alt") {
  const Modifiers none{}, alt{false, true, false}, ctrl{false, false, true}, both{false, true, true};
  CHECK(character_bytes(U'é', none) == "é");
  CHECK(character_bytes(U'c', ctrl) == "\x03");
  CHECK(character_bytes(U'C', ctrl) == "\x03");
  CHECK(character_bytes(U'd', ctrl) == "\x04");
  CHECK(character_bytes(U' ', ctrl) == std::string(1, '\0'));
  CHECK(character_bytes(U'[', ctrl) == "\x1b");
  CHECK(character_bytes(U'\\', ctrl) == "\x1c");
  CHECK(character_bytes(U'/', ctrl) == "\x1f");
  CHECK(character_bytes(U'?', ctrl) == "\x7f");
  CHECK(character_bytes(U'é', ctrl).empty());
  CHECK(character_bytes(U'f', alt) == "\x1b" "f");
  CHECK(character_bytes(U'f', both) == "\x1b\x06");
}

TEST_CASE("a pasted text cannot press keys nor leave its bracket") {
  CHECK(paste_bytes("ls -l", false) == "ls -l");
  CHECK(paste_bytes("a\nb\r\nc\rd\te", false) == "a\rb\rc\rd\te");
  CHECK(paste_bytes("x\x1b[201~rm\x03\x04\x7f\xc2\x9by", true) == "\x1b[200~x[201~rmy\x1b[201~");
  CHECK(paste_bytes("caf\xc3\xa9 \xff", false) == "café \xef\xbf\xbd");
  CHECK(paste_bytes(std::string(1 << 20, 'a'), false).size() <= kMostPasted);
  const std::string cut = paste_bytes("éééééé", false, 8);
  CHECK(cut == "ééé");
  CHECK(typed_bytes("a\nb") == "a\rb");
}

TEST_CASE("the terminal's modes decide what keys and pastes send") {
  TerminalScreen screen({40, 10});
  CHECK(screen.key(TerminalKey::Up, {}) == "\x1b[A");
  CHECK(screen.paste("a") == "a");
  screen.feed("\x1b[?1;2004h");
  CHECK(screen.key(TerminalKey::Up, {}) == "\x1bOA");
  CHECK(screen.paste("a") == "\x1b[200~a\x1b[201~");
  CHECK(screen.wheel(2).empty());
  screen.feed("\x1b[?1049h");
  CHECK(screen.wheel(2) == "\x1bOA\x1bOA");
  CHECK(screen.wheel(-1) == "\x1bOB");
  screen.feed("\x1b" "c");
  CHECK(screen.key(TerminalKey::Up, {}) == "\x1b[A");
  CHECK(screen.paste("a") == "a");
  CHECK_FALSE(screen.alternate());
}
