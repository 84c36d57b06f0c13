// Measured boxes against painted letters, for every short text of the catalogue.
#include <doctest/doctest.h>

#include <span>

#include <cmath>

#include "app_support.hpp"
#include "base/text.hpp"
#include "viewer/app/painter.hpp"

using namespace strates;
using namespace strates::viewer;
using namespace strates::viewer::test;

namespace {

std::vector<std::string> many_texts() {
  std::vector<std::string> out = {"ÀÉÊÇŒÅÛ", "jgpqyÇ|{}", "fjord", "f", "j", "Ĺ", "W", ".", "_", "│", "█", "✓", "→", "’", "TA VA", "/etc/apt/sources.list.d"};
  for (int i = 0; i < static_cast<int>(Text::Count); i += 3) {
    const std::string text(text_in(static_cast<Text>(i), i % 2 == 0 ? Language::French : Language::English));
    if (!text.empty() && text.size() < 60 && text.find_first_of("\n\t\x1b") == std::string::npos && text.find_first_not_of(' ') != std::string::npos)
      out.push_back(text);
  }
  return out;
}

// The letters of a face may lean out of their advance: an italic f, a j at the beginning.
float lean(const Theme& theme, TextStyle style) { return std::ceil(theme.text_size(style) * 0.2f); }

// Frames and blocks reach one point into the rows above and below, so that they join.
bool joins_rows(const std::string& text) { return text == "│" || text == "█"; }

void check_column(std::span<const std::string> texts, TextStyle style, const Theme& theme, const Fonts& fonts) {
  const float height = fonts.line_height(style), row = height + 4, margin = lean(theme, style) + 2;
  Drawing drawing;
  drawing.width = 1600;
  drawing.height = row * static_cast<float>(texts.size());
  std::vector<Label> labels;
  for (size_t i = 0; i < texts.size(); ++i) {
    const auto align = static_cast<Label::Align>(i % 3);
    labels.push_back({{margin, row * static_cast<float>(i) + 2, drawing.width - 2 * margin, height}, texts[i], style, Ink::Text, align, 1, false});
    drawing.items.emplace_back(labels.back());
  }
  const Pixels pixels = painted(drawing, theme);
  for (const Label& label : labels) {
    const Box box = letters_box(fonts, label);
    const Box ink = ink_in(pixels, {0, box.y - 2, drawing.width, row}, theme.colour(Ink::Ground));
    CAPTURE(label.text);
    CAPTURE(static_cast<int>(style));
    CAPTURE(theme.scale);
    REQUIRE(ink.w > 0);
    const float over = joins_rows(label.text) ? 1 : 0;
    CHECK(ink.y >= box.y - over);
    CHECK(ink.bottom() <= box.bottom() + over);
    CHECK(ink.x >= box.x - lean(theme, style));
    CHECK(ink.right() <= box.right() + lean(theme, style));
    // The measure is not generous either: at both ends no more is free than a letter's own room and the spaces written there.
    const size_t begin = label.text.find_first_not_of(' '), end = label.text.find_last_not_of(' ');
    const float before = fonts.width(style, label.text.substr(0, begin)), after = fonts.width(style, label.text.substr(end + 1));
    CHECK(ink.x <= box.x + before + theme.text_size(style) * 0.45f);
    CHECK(ink.right() >= box.right() - after - theme.text_size(style) * 0.45f);
  }
}

}  // namespace

TEST_CASE("letters are painted inside the box they were measured to take") {
  if (headless() == nullptr) return;
  const auto texts = many_texts();
  REQUIRE(texts.size() > 60);
  for (const float scale : {1.0f, 1.75f}) {
    const Theme theme{Shade::Light, scale, true};
    const auto fonts = headless()->fonts(theme);
    REQUIRE(fonts.ok());
    for (int s = 0; s < static_cast<int>(TextStyle::Count); ++s) {
      const auto style = static_cast<TextStyle>(s);
      const float row = fonts.value()->line_height(style) + 4;
      // Columns of labels, each alone in its row; as many pictures as it takes.
      const size_t rows = static_cast<size_t>(4096 / row);
      for (size_t first = 0; first < texts.size(); first += rows) check_column(std::span(texts).subspan(first, std::min(rows, texts.size() - first)), style, theme, *fonts.value());
    }
  }
}

TEST_CASE("a label stands in its box where its alignment says") {
  if (headless() == nullptr) return;
  const Theme theme;
  const Box room{20.5f, 10.2f, 301, 41};
  for (const auto align : {Label::Align::Left, Label::Align::Centre, Label::Align::Right}) {
    Drawing drawing;
    drawing.width = 400;
    drawing.height = 60;
    drawing.label(room, "Hauteur H", TextStyle::Body, Ink::Text, align);
    const Pixels pixels = painted(drawing);
    const Box ink = ink_in(pixels, {0, 0, 400, 60}, theme.colour(Ink::Ground));
    const float left = ink.x - room.x, right = room.right() - ink.right();
    if (align == Label::Align::Left) CHECK(std::abs(left) <= 3);
    if (align == Label::Align::Right) CHECK(std::abs(right) <= 3);
    if (align == Label::Align::Centre) CHECK(std::abs(left - right) <= 4);
    CHECK(std::abs(ink.centre().y - room.centre().y) <= 3);
  }
}

TEST_CASE("letters are of their ink, weakened by alpha, and cut by a clip") {
  if (headless() == nullptr) return;
  const Theme theme;
  const auto darkest = [&](float alpha) {
    Drawing drawing;
    drawing.width = 200;
    drawing.height = 40;
    drawing.label({10, 5, 180, 30}, "█████", TextStyle::Mono, Ink::Removed, Label::Align::Left, alpha);
    return painted(drawing).at(30, 20);
  };
  CHECK(darkest(1) == theme.colour(Ink::Removed));
  CHECK_FALSE(darkest(0.5f) == theme.colour(Ink::Removed));
  CHECK_FALSE(darkest(0.5f) == theme.colour(Ink::Ground));
  CHECK(darkest(0) == theme.colour(Ink::Ground));
  Drawing drawing;
  drawing.width = 200;
  drawing.height = 40;
  drawing.clip({30, 12, 40, 8});
  drawing.label({10, 5, 180, 30}, "MMMMMMMMMMMMMMM", TextStyle::Strong, Ink::Text);
  drawing.unclip();
  const Box ink = ink_in(painted(drawing), {0, 0, 200, 40}, theme.colour(Ink::Ground));
  CHECK(ink.w > 30);
  CHECK(ink.inside({30, 12, 40, 8}));
}
