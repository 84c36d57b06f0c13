// The letters of one theme, drawn once into an atlas, and their measures. All on the processor: no OpenGL, no window.
//
// The same glyphs serve measuring and painting, so they cannot disagree. Advances are whole points: hinted letters
// lie on the points of the picture, and a text is as wide as the sum of its letters, whatever it is beside.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "viewer/app/font_files.hpp"
#include "viewer/draw/text_layout.hpp"
#include "viewer/draw/theme.hpp"

struct ImFont;
struct ImFontAtlas;
struct ImFontGlyph;

namespace strates::viewer {

// The first character of `text`, which is not empty, taken off it. What is not UTF-8 (RFC 3629) is U+FFFD, one byte at a time.
char32_t take_character(std::string_view& text);

class Fonts {
 public:
  // Letters at Theme::text_size for every style, from `files`. code font.missing, font.unusable, font.size (4 to 160 points).
  static Result<std::unique_ptr<Fonts>> create(const FontFiles& files, const Theme& theme);
  // The same from find_fonts().
  static Result<std::unique_ptr<Fonts>> create(const Theme& theme);
  ~Fonts();
  Fonts(const Fonts&) = delete;
  Fonts& operator=(const Fonts&) = delete;

  // Whether the character has a picture of its own (or is a space) in this style; without one it is shown as U+FFFD.
  bool has(TextStyle style, char32_t character) const;
  // Width of one line, in whole points. A control character is a character without picture like others.
  float width(TextStyle style, std::string_view text) const;
  // From the top of the highest letter to the bottom of the lowest, in whole points.
  float line_height(TextStyle style) const;
  // What is painted for a character; never null.
  const ImFontGlyph* glyph(TextStyle style, char32_t character) const;
  // Are these letters right for this theme? Colours may differ, sizes may not.
  bool fit(const Theme& theme) const;

  ImFontAtlas& atlas() const { return *atlas_; }

 private:
  Fonts() = default;

  std::vector<std::string> bytes_;  // of the font files; the atlas points into them
  std::unique_ptr<ImFontAtlas> atlas_;
  std::array<ImFont*, static_cast<size_t>(TextStyle::Count)> fonts_ = {};
  std::array<float, static_cast<size_t>(TextStyle::Count)> sizes_ = {};
};

// The true measures, for scenes, tests and dumps. Keeps nothing: the fonts must outlive it.
class FontMeasure : public TextMeasure {
 public:
  explicit FontMeasure(const Fonts& fonts) : fonts_(fonts) {}
  float width(TextStyle style, std::string_view text) const override { return fonts_.width(style, text); }
  float line_height(TextStyle style) const override { return fonts_.line_height(style); }

 private:
  const Fonts& fonts_;
};

}  // namespace strates::viewer
