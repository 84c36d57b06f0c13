#include <doctest/doctest.h>
#include <vterm.h>

#include <algorithm>
#include <memory>
#include <random>
#include <string>

#include "viewer/terminal/characters.hpp"
#include "viewer/terminal/escape_filter.hpp"
#include "viewer/terminal/terminal_screen.hpp"

using namespace strates::viewer;

namespace {

std::string row(const TerminalScreen& screen, int number) {
  return text_of(screen.line(screen.top_line() + static_cast<std::uint64_t>(number)), 0, screen.size().columns);
}

std::string kept(const TerminalScreen& screen, std::uint64_t number) { return text_of(screen.line(number), 0, 1000); }

Cell cell(const TerminalScreen& screen, int at_row, int column) {
  return screen.line(screen.top_line() + static_cast<std::uint64_t>(at_row)).at(static_cast<size_t>(column));
}

std::pair<int, int> at(const TerminalScreen& screen) { return {screen.cursor().row, screen.cursor().column}; }

TerminalColour indexed(std::uint8_t index) { return {TerminalColour::Kind::Indexed, index, 0, 0}; }

}  // namespace

TEST_CASE("text, its end of line and the next one") {
  TerminalScreen screen({10, 4});
  screen.feed("abc\r\ndef");
  CHECK(row(screen, 0) == "abc");
  CHECK(row(screen, 1) == "def");
  CHECK(at(screen) == std::pair(1, 3));
  screen.feed("\r\x1b[2K0123456789ABC");
  CHECK(row(screen, 1) == "0123456789");
  CHECK(row(screen, 2) == "ABC");
  screen.feed("\x1b[2;3H\x1b[Kx\b\by");
  CHECK(row(screen, 1) == "0yx");
}

TEST_CASE("colours and looks") {
  TerminalScreen screen({40, 4});
  screen.feed("\x1b[31ma\x1b[1;3;4;7mb\x1b[0;38;5;208;48;5;17mc\x1b[38;2;1;2;3md\x1b[97;100me\x1b[mf");
  CHECK(cell(screen, 0, 0).style == CellStyle{indexed(1), {}});
  const CellStyle b = cell(screen, 0, 1).style;
  CHECK((b.bold && b.italic && b.underline && b.reverse));
  CHECK(cell(screen, 0, 2).style == CellStyle{indexed(208), indexed(17)});
  CHECK(cell(screen, 0, 3).style.fg == TerminalColour{TerminalColour::Kind::Rgb, 1, 2, 3});
  CHECK(cell(screen, 0, 4).style == CellStyle{indexed(15), indexed(8)});
  CHECK(cell(screen, 0, 5).style == CellStyle{});
  screen.feed("\r\n\x1b[38:2::9:8:7mx");
  CHECK(cell(screen, 1, 0).style.fg == TerminalColour{TerminalColour::Kind::Rgb, 9, 8, 7});
}

TEST_CASE("French, frames, wide characters and marks, wherever the bytes are cut") {
  const std::string text = "Été à Noël : « œuvre » ┌─┐ 中文 e\xcc\x81t😀!";
  for (size_t cut = 0; cut <= text.size(); ++cut) {
    TerminalScreen screen({60, 4});
    screen.feed(text.substr(0, cut));
    screen.feed(text.substr(cut));
    CHECK(row(screen, 0) == text);
  }
  TerminalScreen screen({60, 4});
  screen.feed("中x");
  CHECK(cell(screen, 0, 0).width == 2);
  CHECK(cell(screen, 0, 1).width == 0);
  CHECK(cell(screen, 0, 2).text[0] == U'x');
  screen.feed("\r\x1b[1C.");  // its right half is written over
  CHECK(cell(screen, 0, 1).text[0] == U'.');
  CHECK(cell(screen, 0, 0).width == 1);
  // A wide character does not begin in the last column.
  TerminalScreen narrow({3, 3});
  narrow.feed("ab中");
  CHECK(row(narrow, 0) == "ab");
  CHECK(row(narrow, 1) == "中");
  TerminalScreen drawn({10, 3});
  drawn.feed("\x1b(0lqk\x1b(B.");
  CHECK(row(drawn, 0) == "┌─┐.");
}

TEST_CASE("marks: three at most for a character, none without one, none after the last column") {
  TerminalScreen screen({4, 3});
  std::string many = "e";
  for (int i = 0; i < 10; ++i) many += "\xcc\x81";
  screen.feed(many + "x");
  CHECK(row(screen, 0) == "e\xcc\x81\xcc\x81\xcc\x81x");
  screen.feed("\r\n\xcc\x81" "a");
  CHECK(row(screen, 1) == "a");
  screen.feed("\rabce\xcc\x81");
  CHECK(row(screen, 1) == "abce");
  CHECK(row(screen, 2).empty());
}

TEST_CASE("marks without end are not even given to libvterm, which would keep them all") {
  struct Counting : EscapeFilter::Sink {
    size_t bytes = 0, largest = 0;
    void write(std::string_view written) override {
      bytes += written.size();
      largest = std::max(largest, written.size());
    }
    int room() override { return 10; }
    void title(std::string) override {}
    void clear_scrollback() override {}
  } sink;
  EscapeFilter filter(sink);
  filter.feed("a");
  for (int i = 0; i < 1000; ++i) filter.feed("\xcc\x81");
  CHECK(sink.bytes == 1 + 2 * EscapeFilter::kMostMarks);
  // And never more at once than it can take.
  filter.feed(std::string(200'000, 'x'));
  std::string many;
  for (int i = 0; i < 50'000; ++i) many += "\x1b[1m\xc3\xa9";
  filter.feed(many);
  CHECK(sink.largest <= EscapeFilter::kMostWritten);
}

TEST_CASE("every character that libvterm joins to the one before it is known to be a mark, and no control walks back") {
  struct Free {
    void operator()(VTerm* vterm) const { vterm_free(vterm); }
  };
  const std::unique_ptr<VTerm, Free> vterm(vterm_new(4, 20));
  vterm_set_utf8(vterm.get(), 1);
  VTermScreen* screen = vterm_obtain_screen(vterm.get());
  vterm_screen_reset(screen, 1);
  int joined = 0, missed = 0;
  for (char32_t c = 0xa0; c < 0x110000; ++c) {
    if (c >= 0xd800 && c < 0xe000) continue;
    const std::string bytes = "\r\n" "a" + utf8_of(c);
    vterm_input_write(vterm.get(), bytes.data(), bytes.size());
    VTermPos position{};
    vterm_state_get_cursorpos(vterm_obtain_state(vterm.get()), &position);
    if (position.col >= 2) continue;
    ++joined;
    if (!zero_width(c)) ++missed;
  }
  CHECK(joined > 500);
  CHECK(missed == 0);
}

TEST_CASE("lines that scroll away are kept, in order and in bounds") {
  TerminalScreen screen({20, 5});
  for (int i = 0; i < 12'000; ++i) screen.feed("\x1b[32mligne " + std::to_string(i) + "\x1b[m\r\n");
  CHECK(screen.top_line() - screen.first_line() == TerminalScreen::kScrollbackLines);
  CHECK(kept(screen, screen.top_line() - 1) == "ligne 11995");
  CHECK(kept(screen, screen.first_line()) == "ligne " + std::to_string(screen.first_line()));
  CHECK(screen.line(screen.first_line()).at(0).style.fg == indexed(2));
  CHECK(screen.line(screen.first_line() - 1).empty());
  CHECK(screen.line(screen.top_line() + 5).empty());
  screen.feed("\x1b[H\x1b[2J\x1b[3J");  // clear
  CHECK(screen.top_line() == screen.first_line());
  CHECK(row(screen, 0).empty());
}

TEST_CASE("wide lines are kept within a bound of cells") {
  TerminalScreen screen({512, 4});
  const std::string line = std::string(510, 'x') + "\r\n";
  for (int i = 0; i < 6'000; ++i) screen.feed(line);
  CHECK((screen.top_line() - screen.first_line()) * 510 <= TerminalScreen::kScrollbackCells);
  CHECK((screen.top_line() - screen.first_line()) * 510 > TerminalScreen::kScrollbackCells * 9 / 10);
}

TEST_CASE("the alternate screen leaves the first one as it was, and keeps nothing") {
  TerminalScreen screen({20, 4});
  screen.feed("avant\r\n$ ");
  screen.feed("\x1b[?1049h\x1b[H\x1b[2Jplein écran");
  CHECK(screen.alternate());
  CHECK(row(screen, 0) == "plein écran");
  for (int i = 0; i < 20; ++i) screen.feed("\r\nligne");
  CHECK(screen.top_line() == 0);
  screen.feed("\x1b[?1049l");
  CHECK_FALSE(screen.alternate());
  CHECK(row(screen, 0) == "avant");
  CHECK(at(screen) == std::pair(1, 2));
}

TEST_CASE("resizing: rows go to what scrolled away and come back, the cursor stays inside") {
  TerminalScreen screen({20, 6});
  screen.feed("un\r\ndeux\r\ntrois\r\nquatre\r\ncinq\r\nsix");
  screen.resize({20, 3});
  CHECK(screen.size() == GridSize{20, 3});
  CHECK(row(screen, 2) == "six");
  CHECK(kept(screen, 0) == "un");
  CHECK(at(screen) == std::pair(2, 3));
  screen.resize({20, 6});
  CHECK(row(screen, 0) == "un");
  CHECK(row(screen, 5) == "six");
  CHECK(screen.top_line() == 0);
  // A line that no longer fits is not cut on its way back.
  screen.resize({20, 3});
  screen.resize({4, 6});
  CHECK(kept(screen, screen.top_line() - 1) != "");
  screen.resize({0, -5});
  CHECK(screen.size() == TerminalScreen::kSmallest);
  screen.resize({100'000, 100'000});
  CHECK(screen.size() == TerminalScreen::kLargest);
}

TEST_CASE("a cursor and a region from before a resize do not point outside") {
  TerminalScreen screen({80, 24});
  screen.feed("\x1b[24;80H\x1b" "7\x1b[20;24r\x1b[?6h");
  screen.resize({10, 5});
  screen.feed("\x1b" "8x\x1b[1K\x1b[K\n\n\n\n\n\n\n\x1b[10L\x1b[10M\x1bM");
  CHECK(screen.cursor().row < 5);
  CHECK(screen.cursor().column < 10);
  // Content below the cursor is pushed away with it.
  TerminalScreen high({20, 24});
  high.feed("\x1b[21;1Hbas\x1b[H");
  high.resize({20, 4});
  high.feed("ici");
  CHECK(high.cursor().row == 0);
}

TEST_CASE("what libvterm alone would fall over") {
  TerminalScreen screen({20, 5});
  screen.feed("a\x1b[" + std::string(500, ';') + "m");                // more arguments than it has room for
  screen.feed("\x1b[b\x1b[5b\r\x1b[99999999999b");                      // repetition of nothing
  screen.feed("\x1b]0;cou");                                            // a title cut before its end, and right after its escape
  screen.feed("p\xc3\xa9\x1b");
  screen.feed("\\");
  CHECK(screen.title() == "coupé");
  for (int i = 0; i < 200; ++i) screen.feed("\xc2\x85\xc2\x9b\x7f");    // controls in UTF-8
  CHECK(at(screen) == std::pair(0, 0));
  for (int i = 0; i < 200'000; ++i) screen.feed("\xcc\x81");            // marks without end
  screen.feed("\x1b[2147483647A\x1b[2147483648C\x1b[99999999999999999999L\x1b[0;0;0r");
  screen.feed("\x1b#6\x1b#3\x1b[?69h\x1b[5;2s\x1b N\x1b%G\x1b P\x9b");
  screen.feed("\x1b[H\x1b[2Jok");
  CHECK(row(screen, 0) == "ok");
  // "x" five times more, within its line.
  screen.feed("\r\nx\x1b[5b|\r\nx\x1b[500b");
  CHECK(row(screen, 1) == "xxxxxx|");
  CHECK(row(screen, 2) == std::string(20, 'x'));
}

TEST_CASE("titles are bounded and have no controls; other strings say nothing") {
  TerminalScreen screen({20, 5});
  screen.feed("\x1b]2;caf\xc3\xa9 \xff\x07");
  CHECK(screen.title() == "café \xef\xbf\xbd");
  screen.feed("\x1b]0;" + std::string(1'000'000, 'z') + "\x07");
  CHECK(screen.title() == "café \xef\xbf\xbd");  // longer than a title can be: not one
  screen.feed("\x1b[2J\x1b[H\x1b]0;" + std::string(400, 'z') + "\x07");
  CHECK(screen.title().size() <= 256);
  screen.feed("\x1b]52;c;cm0gLXJmIC8=\x07\x1bPq#0\x1b\\\x1b_G\x1b\\\x1b^x\x1b\\ok");
  CHECK(row(screen, 0) == "ok");
  // A string that never ends gives way to the next sequence.
  screen.feed("\x1b]0;perdu\x1b[2;1Hretour");
  CHECK(row(screen, 1) == "retour");
}

TEST_CASE("bells and answers") {
  TerminalScreen screen({20, 5});
  screen.feed("\a\a");
  CHECK(screen.take_bells() == 2);
  CHECK(screen.take_bells() == 0);
  screen.feed("\x1b[3;4H\x1b[6n\x1b[c");
  CHECK(screen.take_replies() == "\x1b[3;4R\x1b[?1;2c");
  for (int i = 0; i < 100'000; ++i) screen.feed("\x1b[6n");
  CHECK(screen.take_replies().size() <= TerminalScreen::kMostReplies);
}

TEST_CASE("at a prompt, what a program left open ends") {
  TerminalScreen screen({20, 5});
  screen.feed("un\r\n\x1b[?1049h\x1b[2;3r\x1b[?25l\x1b(0\x1b[31m\x1b[?1h\x1b]0;jamais fini");
  screen.settle();
  screen.feed("lqk");
  CHECK_FALSE(screen.alternate());
  CHECK(screen.cursor().visible);
  CHECK(row(screen, 1) == "lqk");
  CHECK(cell(screen, 1, 0).style == CellStyle{});
  CHECK(screen.key(TerminalKey::Up, {}) == "\x1b[A");
}

TEST_CASE("the cursor's shape and whether it shows") {
  TerminalScreen screen({20, 5});
  CHECK(screen.cursor().visible);
  screen.feed("\x1b[?25l\x1b[5 q");
  CHECK_FALSE(screen.cursor().visible);
  CHECK(screen.cursor().shape == TerminalCursor::Shape::Bar);
  screen.feed("\x1b[?25h\x1b[4 q");
  CHECK(screen.cursor().visible);
  CHECK(screen.cursor().shape == TerminalCursor::Shape::Underline);
}

TEST_CASE("selection and copy") {
  TerminalScreen screen({12, 4});
  screen.feed("$ docker run debian cat /etc/motd\r\nfin   \r\n");
  const auto top = screen.first_line();
  screen.select({top + 2, 8}, {top, 2});
  CHECK(screen.selected_text() == "docker run debian cat /etc/motd");  // three full lines are one
  screen.select_word({top, 4});
  CHECK(screen.selected_text() == "docker");
  screen.select_line({top + 3, 5});
  CHECK(screen.selected_text() == "fin");
  screen.select({top + 2, 0}, {top + 3, 11});
  CHECK(screen.selected_text() == "/etc/motd\nfin");
  // Numbers of lines stay when the screen scrolls.
  screen.select({top + 3, 0}, {top + 3, 2});
  for (int i = 0; i < 50; ++i) screen.feed("x\r\n");
  CHECK(screen.selected_text() == "fin");
  screen.select({0, 0}, {~std::uint64_t{0}, 5});
  CHECK(screen.selected_text().size() < 500);
  screen.clear_selection();
  CHECK(screen.selected_text().empty());
}

TEST_CASE("hostile bytes, sizes and selections: the cursor stays on the screen and every line can be read") {
  std::mt19937 random(20240917);
  const auto pick = [&](int count) { return static_cast<int>(random() % static_cast<unsigned>(count)); };
  const std::string pieces[] = {"\x1b[", "\x1b]", "\x1bP", "\x1b", "\x1b(0", "\x1b[?1049h", "\x1b[?1049l", "\x1b" "7", "\x1b" "8", "\x1b[2;4r", "\x1b[?6h", "\n", "\r", "\t", "\b", "e\xcc\x81",
                                "中", "\xc2\x85", "😀", "\xcc\x81\xcc\x81", "bonjour ", "\x1b[38;2;1;2;3m", "\x1b[9b", "\x1b#8", "\x1b" "c", "\x1b[4h", "\x1bM", "\x1b[3J", "\x1b[2J", "\x1b[!p",
                                "\x1b]2;t", "\x1b\\", "\x1b[6n", "\x1b[?7l", "\x1b[L", "\x1b[3M", "\x1b[@", "\x1b[3P", "\x1b[S", "\x1b[T", "\x1b[9X", "\x9b", "\xff"};
  for (int round = 0; round < 60; ++round) {
    TerminalScreen screen({2 + pick(40), 2 + pick(12)});
    for (int step = 0; step < 60; ++step) {
      std::string bytes;
      const int kind = pick(3), count = 1 + pick(30);
      for (int i = 0; i < count; ++i) {
        if (kind == 0) bytes += static_cast<char>(pick(256));
        else if (kind == 1) bytes += pieces[pick(static_cast<int>(std::size(pieces)))];
        else bytes += "\x1b[" + std::string(1, "?>0123"[pick(6)]) + std::to_string(pick(60)) + ";" + std::to_string(random()) + std::string(1, static_cast<char>(0x40 + pick(63)));
      }
      screen.feed(bytes);
      if (pick(6) == 0) screen.resize({pick(60), pick(20)});
      if (pick(20) == 0) screen.settle();
      screen.select({screen.first_line() + static_cast<std::uint64_t>(pick(20)), pick(60)}, {screen.top_line() + static_cast<std::uint64_t>(pick(20)), pick(60)});
      const TerminalCursor cursor = screen.cursor();
      REQUIRE(cursor.row >= 0);
      REQUIRE(cursor.row < screen.size().rows);
      REQUIRE(cursor.column >= 0);
      REQUIRE(cursor.column < screen.size().columns);
      for (std::uint64_t line = screen.top_line(); line < screen.top_line() + static_cast<std::uint64_t>(screen.size().rows); ++line)
        REQUIRE(screen.line(line).size() == static_cast<size_t>(screen.size().columns));
      REQUIRE(screen.selected_text().size() < 1'000'000);
      REQUIRE(screen.take_replies().size() <= TerminalScreen::kMostReplies);
      REQUIRE(screen.title().size() <= 256);
    }
  }
}
