#include "viewer/app/fonts.hpp"

#include <imgui.h>
#include <imgui_freetype.h>

#include <cmath>

#include "viewer/app/words.hpp"

namespace strates::viewer {

namespace {

constexpr size_t kStyles = static_cast<size_t>(TextStyle::Count);
constexpr float kSmallest = 4, kLargest = 160;

// Pairs of first and last, zero at the end. Lessons and labels want the first list; container output, file names and listings also the second.
constexpr ImWchar kText[] = {
    0x0020, 0x007e, 0x00a0, 0x017f,  // Latin, with all of French
    0x2002, 0x205f,                  // spaces, dashes, quotes, ellipsis, bullets
    0x2070, 0x209c, 0x20a0, 0x20bd,  // raised and lowered figures, currencies
    0x2190, 0x21ff, 0x2200, 0x2265,  // arrows, mathematics
    0x2318, 0x2318, 0x2500, 0x25ff,  // frames, blocks, geometric shapes
    0x2605, 0x2606, 0x2699, 0x26a1,  // stars, gear, warning
    0x2701, 0x27be, 0xfffd, 0xfffd,  // check marks, crosses, heavy arrows, the sign for what has no picture
    0};
constexpr ImWchar kAlsoOutput[] = {
    0x0020, 0x007e, 0x00a0, 0x024f, 0x0370, 0x03ff, 0x0400, 0x045f,  // Greek, Cyrillic
    0x1e00, 0x1eff, 0x2002, 0x205f, 0x2070, 0x209c, 0x20a0, 0x20bd, 0x2100, 0x214f, 0x2190, 0x21ff, 0x2200, 0x22ff, 0x2300, 0x23ff,
    0x2500, 0x25ff, 0x2600, 0x26ff, 0x2701, 0x27be, 0xfffd, 0xfffd, 0};

enum Face { Sans, Bold, Oblique, Mono, Faces };

struct Style {
  Face face;
  const ImWchar* ranges;
};

constexpr std::array<Style, kStyles> kFaces = {{
    {Bold, kText},         // Title
    {Bold, kText},         // Heading
    {Sans, kAlsoOutput},   // Body
    {Bold, kText},         // Strong
    {Oblique, kText},      // Emphasis
    {Sans, kAlsoOutput},   // Small
    {Mono, kAlsoOutput},   // Mono
    {Mono, kAlsoOutput},   // MonoSmall
}};

ImFontConfig config_of(std::string& bytes, float size, const ImWchar* ranges, const char* name) {
  ImFontConfig out;
  out.FontData = bytes.data();
  out.FontDataSize = static_cast<int>(bytes.size());
  out.FontDataOwnedByAtlas = false;
  out.SizePixels = size;
  out.GlyphRanges = ranges;
  // Sizes are those of the em box; without this flag ImGui takes them for the height from ascender to descender.
  out.FontBuilderFlags = ImGuiFreeTypeBuilderFlags_Bitmap;
  out.OversampleH = out.OversampleV = 1;
  std::snprintf(out.Name, sizeof out.Name, "%s", name);
  return out;
}

}  // namespace

char32_t take_character(std::string_view& text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned first = byte(0);
  size_t length = 1;
  char32_t out = first;
  if (first >= 0x80) {
    length = first >= 0xc2 && first < 0xe0 ? 2 : first >= 0xe0 && first < 0xf0 ? 3 : first >= 0xf0 && first < 0xf5 ? 4 : 0;
    out = length == 0 ? 0 : first & (0xffu >> (length + 1));
    for (size_t i = 1; i < length; ++i) {
      if (i >= text.size() || (byte(i) & 0xc0) != 0x80) length = 0;
      else out = (out << 6) | (byte(i) & 0x3fu);
    }
    const bool overlong = (length == 3 && out < 0x800) || (length == 4 && out < 0x10000);
    if (length == 0 || overlong || out > 0x10ffff || (out >= 0xd800 && out < 0xe000)) {
      length = 1;
      out = 0xfffd;
    }
  }
  text.remove_prefix(length);
  return out;
}

Result<std::unique_ptr<Fonts>> Fonts::create(const Theme& theme) { return create(TRY(find_fonts()), theme); }

Result<std::unique_ptr<Fonts>> Fonts::create(const FontFiles& files, const Theme& theme) {
  std::unique_ptr<Fonts> out(new Fonts);
  for (size_t i = 0; i < kStyles; ++i) {
    const float size = theme.text_size(static_cast<TextStyle>(i));
    if (!(size >= kSmallest && size <= kLargest))
      return make_error(ErrorKind::Invalid, "font.size", said(AppText::AppFontSize), "", said(AppText::AppFontSizeRefused, size, kSmallest, kLargest));
    out->sizes_[i] = size;
  }
  const std::array<const std::string*, Faces> paths = {&files.sans, &files.bold, &files.oblique, &files.mono};
  for (const std::string* path : paths) {
    auto bytes = TRY(read_font(*path));
    out->bytes_.push_back(std::move(bytes));
  }
  out->atlas_ = std::make_unique<ImFontAtlas>();
  ImFontAtlas& atlas = *out->atlas_;
  atlas.Flags = ImFontAtlasFlags_NoMouseCursors | ImFontAtlasFlags_NoPowerOfTwoHeight;
  atlas.FontBuilderIO = ImGuiFreeType::GetBuilderForFreeType();
  for (size_t i = 0; i < kStyles; ++i) {
    const auto [face, ranges] = kFaces[i];
    const ImFontConfig config = config_of(out->bytes_[face], out->sizes_[i], ranges, paths[face]->c_str());
    out->fonts_[i] = atlas.AddFont(&config);
    if (face == Sans || face == Mono) continue;
    // The upright face knows more signs than the others.
    ImFontConfig more = config_of(out->bytes_[Sans], out->sizes_[i], ranges, files.sans.c_str());
    more.MergeMode = true;
    atlas.AddFont(&more);
  }
  if (!atlas.Build())
    return make_error(ErrorKind::Invalid, "font.unusable", said(AppText::AppReadFont), files.sans + ", " + files.bold + ", " + files.oblique + ", " + files.mono,
                      said(AppText::AppFontUnusable), said(AppText::AppFontsAdvice));
  for (size_t i = 0; i < kStyles; ++i)
    if (!out->has(static_cast<TextStyle>(i), U'e') || !out->has(static_cast<TextStyle>(i), 0xfffd))
      return make_error(ErrorKind::Invalid, "font.unusable", said(AppText::AppReadFont), *paths[kFaces[i].face], said(AppText::AppFontUnusable),
                        said(AppText::AppFontsAdvice));
  return out;
}

Fonts::~Fonts() = default;

const ImFontGlyph* Fonts::glyph(TextStyle style, char32_t character) const {
  const ImFont& font = *fonts_[static_cast<size_t>(style)];
  // ImGui adds a tab to every font; here a text is one line, and a tab in it is a mistake that must be seen.
  const bool known = character >= 0x20 && character <= 0xffff;
  return font.FindGlyph(static_cast<ImWchar>(known ? character : 0xfffd));
}

bool Fonts::has(TextStyle style, char32_t character) const {
  return character >= 0x20 && character <= 0xffff &&
         fonts_[static_cast<size_t>(style)]->FindGlyphNoFallback(static_cast<ImWchar>(character)) != nullptr;
}

float Fonts::width(TextStyle style, std::string_view text) const {
  float out = 0;
  while (!text.empty()) out += glyph(style, take_character(text))->AdvanceX;
  return out;
}

float Fonts::line_height(TextStyle style) const {
  const ImFont& font = *fonts_[static_cast<size_t>(style)];
  return font.Ascent - font.Descent;
}

bool Fonts::fit(const Theme& theme) const {
  for (size_t i = 0; i < kStyles; ++i)
    if (sizes_[i] != theme.text_size(static_cast<TextStyle>(i))) return false;
  return true;
}

}  // namespace strates::viewer
