#include "viewer/terminal/characters.hpp"

#include <algorithm>
#include <array>

namespace strates::viewer {

namespace {

struct Range {
  char32_t first, last;
};

constexpr Range kZeroWidth[] = {
#include "viewer/terminal/zero_width.inc"
};

struct Composition {
  char32_t mark;
  std::u32string_view bases, letters;
};

// Unicode Character Database, canonical decompositions of U+00C0 to U+017F.
constexpr std::array<Composition, 13> kCompositions = {{
    {0x300, U"AEIOUaeiou", U"ÀÈÌÒÙàèìòù"},
    {0x301, U"ACEILNORSUYZaceilnorsuyz", U"ÁĆÉÍĹŃÓŔŚÚÝŹáćéíĺńóŕśúýź"},
    {0x302, U"ACEGHIJOSUWYaceghijosuwy", U"ÂĈÊĜĤÎĴÔŜÛŴŶâĉêĝĥîĵôŝûŵŷ"},
    {0x303, U"AINOUainou", U"ÃĨÑÕŨãĩñõũ"},
    {0x304, U"AEIOUaeiou", U"ĀĒĪŌŪāēīōū"},
    {0x306, U"AEGIOUaegiou", U"ĂĔĞĬŎŬăĕğĭŏŭ"},
    {0x307, U"CEGIZcegz", U"ĊĖĠİŻċėġż"},
    {0x308, U"AEIOUYaeiouy", U"ÄËÏÖÜŸäëïöüÿ"},
    {0x30a, U"AUau", U"ÅŮåů"},
    {0x30b, U"OUou", U"ŐŰőű"},
    {0x30c, U"CDELNRSTZcdelnrstz", U"ČĎĚĽŇŘŠŤŽčďěľňřšťž"},
    {0x327, U"CGKLNRSTcgklnrst", U"ÇĢĶĻŅŖŞŢçģķļņŗşţ"},
    {0x328, U"AEIUaeiu", U"ĄĘĮŲąęįų"},
}};

}  // namespace

void append_utf8(std::string& out, char32_t character) {
  const auto tail = [&](int shift) { out += static_cast<char>(0x80 | ((character >> shift) & 0x3f)); };
  if (character < 0x80) {
    out += static_cast<char>(character);
  } else if (character < 0x800) {
    out += static_cast<char>(0xc0 | (character >> 6));
    tail(0);
  } else if (character < 0x10000) {
    out += static_cast<char>(0xe0 | (character >> 12));
    tail(6);
    tail(0);
  } else {
    out += static_cast<char>(0xf0 | (character >> 18));
    tail(12);
    tail(6);
    tail(0);
  }
}

std::string utf8_of(char32_t character) {
  std::string out;
  append_utf8(out, character);
  return out;
}

Utf8Reader::Step Utf8Reader::take(unsigned char byte) {
  if (wanted_ > 0) {
    if (byte < low_ || byte > high_) {
      wanted_ = 0;
      return {true, true, kReplacement};
    }
    character_ = (character_ << 6) | (byte & 0x3f);
    low_ = 0x80;
    high_ = 0xbf;
    return --wanted_ == 0 ? Step{true, false, character_} : Step{};
  }
  if (byte < 0x80) return {true, false, byte};
  if (byte < 0xc2 || byte > 0xf4) return {true, false, kReplacement};
  low_ = byte == 0xe0 ? 0xa0 : byte == 0xf0 ? 0x90 : 0x80;   // nothing longer than it need be
  high_ = byte == 0xed ? 0x9f : byte == 0xf4 ? 0x8f : 0xbf;  // no surrogates, nothing above U+10FFFF
  wanted_ = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
  character_ = byte & (byte < 0xe0 ? 0x1f : byte < 0xf0 ? 0x0f : 0x07);
  return {};
}

bool Utf8Reader::drop() {
  const bool begun = wanted_ > 0;
  wanted_ = 0;
  return begun;
}

bool zero_width(char32_t character) {
  if (character < kZeroWidth[0].first) return false;
  const auto* after = std::upper_bound(std::begin(kZeroWidth), std::end(kZeroWidth), character, [](char32_t c, const Range& range) { return c < range.first; });
  return character <= (after - 1)->last;
}

char32_t composed(char32_t base, char32_t mark) {
  for (const auto& row : kCompositions) {
    if (row.mark != mark) continue;
    const size_t at = row.bases.find(base);
    return at == std::u32string_view::npos ? 0 : row.letters[at];
  }
  return 0;
}

}  // namespace strates::viewer
