#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "app_support.hpp"
#include "base/text.hpp"
#include "tests/support/places.hpp"
#include "viewer/app/fonts.hpp"
#include "viewer/app/words.hpp"

using namespace strates;
using namespace strates::viewer;
using namespace strates::viewer::test;

namespace {

const Fonts& usual_fonts() {
  static const std::unique_ptr<Fonts> fonts = [] {
    auto out = Fonts::create(Theme{});
    REQUIRE_MESSAGE(out.ok(), out.error().explanation());
    return std::move(out).value();
  }();
  return *fonts;
}

std::vector<TextStyle> all_styles() {
  std::vector<TextStyle> out;
  for (int i = 0; i < static_cast<int>(TextStyle::Count); ++i) out.push_back(static_cast<TextStyle>(i));
  return out;
}

// Characters without a picture in some style, with where they were first seen. Line ends are not shown, nor escapes of terminals.
std::map<char32_t, std::string> without_picture(std::string_view text, const std::string& where) {
  std::map<char32_t, std::string> out;
  while (!text.empty()) {
    const char32_t character = take_character(text);
    if (character == U'\n' || character == 0x1b) continue;
    for (const TextStyle style : all_styles())
      if (!usual_fonts().has(style, character)) out.emplace(character, where);
  }
  return out;
}

void check_all_shown(std::string_view text, const std::string& where) {
  for (const auto& [character, place] : without_picture(text, where)) {
    CAPTURE(place);
    FAIL_CHECK("no picture for U+" << std::hex << static_cast<unsigned>(character));
  }
}

std::string file_text(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream out;
  out << file.rdbuf();
  return out.str();
}

}  // namespace

TEST_CASE("a text is as wide as its letters together") {
  const FontMeasure measure(usual_fonts());
  for (const TextStyle style : all_styles()) {
    CHECK(measure.width(style, "") == 0);
    const float whole = measure.width(style, "L’image « debian » n’a pas changé : voilà…");
    CHECK(whole == measure.width(style, "L’image « debian »") + measure.width(style, " n’a pas changé : voilà…"));
    CHECK(whole == std::floor(whole));
    CHECK(measure.width(style, "é") == measure.width(style, "e"));
    CHECK(measure.width(style, " ") == measure.width(style, "\u00a0"));  // a no-break space is a space
    CHECK(measure.width(style, "éé") == 2 * measure.width(style, "é"));
  }
  CHECK(measure.width(TextStyle::Strong, "couche") > measure.width(TextStyle::Body, "couche"));
  CHECK(measure.width(TextStyle::Body, "WWW") > measure.width(TextStyle::Body, "iii"));
}

TEST_CASE("letters of the monospaced styles are all as wide") {
  for (const TextStyle style : {TextStyle::Mono, TextStyle::MonoSmall}) {
    const float one = usual_fonts().width(style, "m");
    CHECK(one > 4);
    std::string_view all = "iW.é€’…─│┌█▒▀◀▶●→✓✗➜±≤≠αЖ⚠";
    while (!all.empty()) {
      const char32_t character = take_character(all);
      CAPTURE(static_cast<unsigned>(character));
      CHECK(usual_fonts().has(style, character));
      CHECK(usual_fonts().glyph(style, character) != nullptr);
    }
    CHECK(usual_fonts().width(style, "iW.é€’…─│┌█▒▀◀▶●→✓✗➜±≤≠αЖ⚠") == 26 * one);
  }
}

TEST_CASE("sizes are those of the theme's em box") {
  for (const float scale : {1.0f, 1.25f, 1.75f, 2.5f}) {
    Theme theme;
    theme.scale = scale;
    const auto fonts = Fonts::create(theme);
    REQUIRE(fonts.ok());
    CHECK(fonts.value()->fit(theme));
    CHECK_FALSE(fonts.value()->fit(Theme{Shade::Dark, scale + 0.5f, true}));
    for (const TextStyle style : all_styles()) {
      // DejaVu: from ascender to descender 1.164 em in all its faces.
      const float em = theme.text_size(style), height = fonts.value()->line_height(style);
      CHECK(height >= std::floor(em * 1.164f));
      CHECK(height <= em * 1.164f + 2);
    }
    // A monospaced letter is 0.602 em wide.
    CHECK(std::abs(fonts.value()->width(TextStyle::Mono, "m") - 0.602f * theme.text_size(TextStyle::Mono)) <= 0.6f);
  }
}

TEST_CASE("what is not UTF-8 or has no picture is shown as the replacement sign") {
  const Fonts& fonts = usual_fonts();
  const float sign = fonts.width(TextStyle::Body, "\ufffd");
  CHECK(sign > 0);
  for (const char* text : {"\xff", "\xc3", "\xed\xa0\x80", "\xc0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "\x01", "\t", "\n", "\xf0\x9f\x98\x80", "中"}) {
    std::string_view rest = text;
    int characters = 0;
    while (!rest.empty()) {
      (void)take_character(rest);
      ++characters;
    }
    CAPTURE(text);
    CHECK(fonts.width(TextStyle::Body, text) == sign * static_cast<float>(characters));
  }
  // Longer than need be, halves of pairs, past the end: RFC 3629 forbids them.
  for (const char* text : {"\xe0\x82\x80", "\xf0\x80\x82\x80", "\xc1\xbf", "\xed\xbf\xbf", "\xf5\x80\x80\x80"}) {
    std::string_view rest = text;
    CHECK(take_character(rest) == 0xfffd);
    CHECK(rest.size() + 1 == std::string_view(text).size());
  }
  std::string_view smile = "\xf0\x9f\x98\x80";
  CHECK(take_character(smile) == 0x1f600);
  std::string_view euro = "€a";
  CHECK(take_character(euro) == 0x20ac);
  CHECK(euro == "a");
}

TEST_CASE("every word that is shown has its letters") {
  for (int i = 0; i < static_cast<int>(Text::Count); ++i)
    for (const Language language : {Language::French, Language::English})
      check_all_shown(text_in(static_cast<Text>(i), language), "catalogue " + std::to_string(i));
  for (int i = 0; i < static_cast<int>(AppText::Count); ++i)
    for (const Language language : {Language::French, Language::English})
      check_all_shown(app_text_in(static_cast<AppText>(i), language), "words.inc " + std::to_string(i));
  check_all_shown("“”‘’«»‹›–—…•·  ×÷±µ°€→←↑↓⇒▲▼◀▶●○■□◆✓✗✔✘➜⚠ÀÂÆÇÉÈÊËÎÏÔŒÙÛÜŸàâæçéèêëîïôœùûüÿ│─┌┐└┘├┤┬┴┼━┃█▓▒░", "signs");
  int lessons = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(testing::source_dir() + "/lessons/cours"))
    if (entry.path().extension() == ".md") {
      ++lessons;
      check_all_shown(file_text(entry.path()), entry.path().filename().string());
    }
  CHECK(lessons > 0);
}

TEST_CASE("a character that has no picture is found") {
  CHECK(without_picture("déjà 中", "here").size() == 1);
  CHECK(without_picture("\t", "here").size() == 1);
}

TEST_CASE("a folder without fonts is one clear error") {
  const Folder folder;
  const Variable named("STRATES_FONTS", folder.path().c_str());
  const auto fonts = Fonts::create(Theme{});
  REQUIRE_FALSE(fonts.ok());
  CHECK(fonts.error().code == "font.missing");
  CHECK(fonts.error().object == folder.path());
  CHECK(fonts.error().cause.find("DejaVuSansMono.ttf") != std::string::npos);
  CHECK(fonts.error().advice.find("fonts-dejavu-core") != std::string::npos);
}

TEST_CASE("a font file that is none is refused, whatever is in it") {
  const auto real = find_fonts();
  REQUIRE(real.ok());
  const std::string bytes = file_text(real.value().mono);
  REQUIRE(bytes.size() > 100000);
  const Folder folder;
  for (const auto& [name, content] : std::map<std::string, std::string>{{"empty", ""},
                                                                       {"words", "not a font\n"},
                                                                       {"zeros", std::string(100000, '\0')},
                                                                       {"head", bytes.substr(0, 12)},
                                                                       {"cut", bytes.substr(0, 3000)}}) {
    std::ofstream(folder / name, std::ios::binary) << content;
    FontFiles files = real.value();
    files.mono = folder / name;
    const auto fonts = Fonts::create(files, Theme{});
    CAPTURE(name);
    REQUIRE_FALSE(fonts.ok());
    CHECK(fonts.error().code == "font.unusable");
    CHECK(fonts.error().object.find(files.mono) != std::string::npos);
  }
  FontFiles files = real.value();
  files.bold = folder.path();
  CHECK(Fonts::create(files, Theme{}).error().code == "font.missing");
}

TEST_CASE("a theme too small or too large for letters is refused") {
  for (const float scale : {0.0f, -1.0f, 50.0f, std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    Theme theme;
    theme.scale = scale;
    const auto fonts = Fonts::create(theme);
    REQUIRE_FALSE(fonts.ok());
    CHECK(fonts.error().code == "font.size");
  }
}
