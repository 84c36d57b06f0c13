#include <doctest/doctest.h>

#include <random>
#include <string>

#include "tests/unit/scenes/fixed_measure.hpp"
#include "viewer/draw/inspect.hpp"
#include "viewer/terminal/terminal_inks.hpp"
#include "viewer/terminal/terminal_view.hpp"

using namespace strates::viewer;

namespace {

// A font whose other letters do not keep to the grid: wide ones too wide, some too narrow.
class UnevenMeasure : public FixedMeasure {
 public:
  explicit UnevenMeasure(const Theme& theme) : FixedMeasure(theme) {}
  float width(TextStyle style, std::string_view text) const override {
    float out = FixedMeasure::width(style, text);
    for (const char c : text) {
      const auto byte = static_cast<unsigned char>(c);
      if (byte >= 0xe4) out += 14;
      else if (byte >= 0xe2) out -= 2;
    }
    return out;
  }
};

struct Shown {
  Theme theme;
  FixedMeasure measure;
  Box box;
  TerminalScreen screen;
  TerminalView view;
  explicit Shown(Shade shade = Shade::Dark, Box given = {10, 20, 480, 200})
      : theme(Theme::for_size(1280, 720, shade)), measure(theme), box(given), screen(TerminalView::layout(given, measure, theme).size) {}
  Drawing drawing(bool focused = true) const {
    Drawing out;
    out.width = 1280;
    out.height = 720;
    view.draw(out, box, screen, measure, theme, focused);
    return out;
  }
  std::vector<std::string> labels() const {
    std::vector<std::string> out;
    const Drawing picture = drawing();
    for (const Item& item : picture.items)
      if (const auto* label = std::get_if<Label>(&item)) out.push_back(label->text);
    return out;
  }
};

constexpr Ink kTerminalInks[] = {Ink::TerminalText,    Ink::TerminalRed,  Ink::TerminalGreen, Ink::TerminalYellow, Ink::TerminalBlue,
                                 Ink::TerminalMagenta, Ink::TerminalCyan, Ink::TerminalDim};

}  // namespace

TEST_CASE("the terminal's inks can be read on its ground in both shades") {
  for (const Shade shade : {Shade::Light, Shade::Dark}) {
    const Theme theme = Theme::for_size(1280, 720, shade);
    for (const Ink ink : kTerminalInks) CHECK(contrast(theme.colour(ink), theme.colour(Ink::Terminal)) >= 4.5f);
  }
}

TEST_CASE("every style that a program can ask for is the ground on an ink, or an ink on the ground") {
  for (int fg = -1; fg < 256; ++fg)
    for (int bg = -1; bg < 256; ++bg)
      for (const bool reverse : {false, true})
        for (const bool inverted : {false, true}) {
          CellStyle style;
          if (fg >= 0) style.fg = {TerminalColour::Kind::Indexed, static_cast<std::uint8_t>(fg), 0, 0};
          if (bg >= 0) style.bg = {TerminalColour::Kind::Indexed, static_cast<std::uint8_t>(bg), 0, 0};
          style.reverse = reverse;
          const CellInks inks = inks_of(style, inverted);
          REQUIRE((inks.text == Ink::Terminal) != (inks.ground == Ink::Terminal));
        }
  const auto rgb = [](int r, int g, int b) {
    return TerminalColour{TerminalColour::Kind::Rgb, static_cast<std::uint8_t>(r), static_cast<std::uint8_t>(g), static_cast<std::uint8_t>(b)};
  };
  CHECK(text_ink(rgb(255, 20, 20)) == Ink::TerminalRed);
  CHECK(text_ink(rgb(20, 200, 40)) == Ink::TerminalGreen);
  CHECK(text_ink(rgb(255, 200, 0)) == Ink::TerminalYellow);
  CHECK(text_ink(rgb(0, 200, 220)) == Ink::TerminalCyan);
  CHECK(text_ink(rgb(40, 80, 255)) == Ink::TerminalBlue);
  CHECK(text_ink(rgb(200, 40, 220)) == Ink::TerminalMagenta);
  CHECK(text_ink(rgb(0, 0, 0)) == Ink::TerminalDim);
  CHECK(text_ink(rgb(250, 250, 250)) == Ink::TerminalText);
  CHECK(ground_ink(rgb(20, 20, 30)) == Ink::Terminal);
}

TEST_CASE("a box says how many cells it has, and a point which one it is in") {
  const Shown shown;
  const auto layout = TerminalView::layout(shown.box, shown.measure, shown.theme);
  CHECK(layout.cells.inside(shown.box));
  CHECK(layout.size.columns == 51);  // 480 less its margins, 9 each
  CHECK(layout.size.rows == 10);
  const Box cell = layout.cell(3, 7);
  CHECK(shown.view.at(cell.centre(), shown.box, shown.screen, shown.measure, shown.theme) == GridPoint{3, 7});
  CHECK(shown.view.at({-50, -50}, shown.box, shown.screen, shown.measure, shown.theme) == GridPoint{0, 0});
  CHECK(shown.view.at({5000, 5000}, shown.box, shown.screen, shown.measure, shown.theme) == GridPoint{9, 50});
  CHECK(TerminalView::layout({0, 0, 0, 0}, shown.measure, shown.theme).size == TerminalScreen::kSmallest);
}

TEST_CASE("cells of one look are one text") {
  Shown shown;
  shown.screen.feed("\x1b[32m$\x1b[m docker run debian\r\n  été \x1b[7minverse\x1b[m");
  CHECK(shown.labels() == std::vector<std::string>{"$", "docker run debian", "été", "inverse"});
  const std::string dump = dump_drawing(shown.drawing());
  CHECK(dump.find("mono terminal-green \"$\"") != std::string::npos);
  CHECK(dump.find("mono terminal \"inverse\"") != std::string::npos);
  CHECK(drawing_mistakes(shown.drawing(), shown.measure).empty());
}

TEST_CASE("marks become letters; what does not fit its cell does not lie on its neighbours") {
  Shown shown;
  shown.screen.feed("e\xcc\x81tat 中文 ab");
  CHECK(shown.labels() == std::vector<std::string>{"état", "ab", "中", "文"});
  const UnevenMeasure uneven(shown.theme);
  Drawing drawing;
  drawing.width = 1280;
  drawing.height = 720;
  shown.view.draw(drawing, shown.box, shown.screen, uneven, shown.theme, true);
  CHECK(drawing_mistakes(drawing, uneven).empty());
}

TEST_CASE("the cursor is filled with the focus, and an outline without") {
  Shown shown;
  shown.screen.feed("ab\b");
  const std::string focused = dump_drawing(shown.drawing(true)), other = dump_drawing(shown.drawing(false));
  CHECK(focused.find("mono terminal \"b\"") != std::string::npos);
  CHECK(focused.find("outline") == std::string::npos);
  CHECK(other.find("\"ab\"") != std::string::npos);
  CHECK(other.find("outline") != std::string::npos);
  shown.screen.feed("\x1b[?25l");
  CHECK(dump_drawing(shown.drawing(true)).find("mono terminal \"b\"") == std::string::npos);
}

TEST_CASE("scrolled back, the view stands still, says so, and comes back") {
  Shown shown;
  for (int i = 0; i < 100; ++i) shown.screen.feed("ligne " + std::to_string(i) + "\r\n");
  CHECK(shown.view.following(shown.screen));
  CHECK(shown.labels().front() == "ligne 91");
  shown.view.scroll(shown.screen, 30);
  CHECK(shown.labels().front() == "ligne 61");
  CHECK(shown.labels().back() == "↓ 30");
  shown.screen.feed("encore\r\nencore\r\n");
  CHECK(shown.labels().front() == "ligne 61");
  CHECK(shown.labels().back() == "↓ 32");
  CHECK(shown.view.at({0, 0}, shown.box, shown.screen, shown.measure, shown.theme).line == 61);
  const Drawing picture = shown.drawing();
  REQUIRE(picture.targets.size() == 2);
  CHECK(picture.targets[1].action == "terminal:follow");
  CHECK(drawing_mistakes(picture, shown.measure).empty());
  shown.view.scroll(shown.screen, 1'000'000);
  CHECK(shown.labels().front() == "ligne 0");
  shown.view.scroll(shown.screen, -1'000'000);
  CHECK(shown.view.following(shown.screen));
  shown.view.scroll(shown.screen, 5);
  shown.screen.feed("\x1b[?1049h");
  CHECK(shown.view.following(shown.screen));
  shown.screen.feed("\x1b[?1049l");
  shown.view.follow();
  CHECK(shown.view.lines_back(shown.screen) == 0);
}

TEST_CASE("what is selected is drawn the other way round") {
  Shown shown;
  shown.screen.feed("un deux trois\r\n");
  shown.screen.select({0, 3}, {0, 6});
  CHECK(shown.labels() == std::vector<std::string>{"un", "deux", "trois"});
  CHECK(dump_drawing(shown.drawing()).find("mono terminal \"deux\"") != std::string::npos);
}

TEST_CASE("random screens have no mistake, in both shades and at several sizes") {
  std::mt19937 random(7);
  const auto pick = [&](int count) { return static_cast<int>(random() % static_cast<unsigned>(count)); };
  for (int round = 0; round < 60; ++round) {
    const Box box{5, 5, 20.0f + static_cast<float>(pick(700)), 20.0f + static_cast<float>(pick(400))};
    Shown shown(round % 2 == 0 ? Shade::Light : Shade::Dark, box);
    for (int i = 0; i < 400; ++i) {
      std::string bytes;
      switch (pick(6)) {
        case 0: bytes = "\x1b[" + std::to_string(pick(110)) + ";38;5;" + std::to_string(pick(256)) + "m"; break;
        case 1: bytes = "\x1b[" + std::to_string(pick(30)) + ";" + std::to_string(pick(60)) + "H"; break;
        case 2: bytes = "中é─😀"; break;
        case 3: bytes = "\x1b[48;5;" + std::to_string(pick(256)) + "m mot\x1b[m"; break;
        case 4: bytes = std::string(static_cast<size_t>(pick(20)), static_cast<char>(' ' + pick(95))); break;
        default: bytes = "\r\n";
      }
      shown.screen.feed(bytes);
    }
    shown.screen.select({shown.screen.first_line(), pick(20)}, {shown.screen.top_line() + static_cast<std::uint64_t>(pick(9)), pick(20)});
    if (pick(3) == 0) shown.view.scroll(shown.screen, pick(60));
    const UnevenMeasure uneven(shown.theme);
    for (const TextMeasure* measure : {static_cast<const TextMeasure*>(&shown.measure), static_cast<const TextMeasure*>(&uneven)}) {
      Drawing drawing;
      drawing.width = 1280;
      drawing.height = 720;
      shown.view.draw(drawing, box, shown.screen, *measure, shown.theme, pick(2) == 0);
      const auto mistakes = drawing_mistakes(drawing, *measure);
      CAPTURE(dump_drawing(drawing));
      REQUIRE_MESSAGE(mistakes.empty(), mistakes.front());
    }
  }
}
