// White space as Go's unicode.IsSpace has it, and trimming by it.
#pragma once

#include <string_view>

#include "image/utf8.hpp"

namespace strates::build {

inline bool is_space(char32_t c) {
  return (c >= '\t' && c <= '\r') || c == ' ' || c == 0x85 || c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x2028 ||
         c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}

inline std::string_view trim_left(std::string_view text) {
  while (!text.empty()) {
    const image::Utf8Char next = image::first_character(text);
    if (!is_space(next.point)) break;
    text.remove_prefix(next.bytes);
  }
  return text;
}

inline std::string_view trim_right(std::string_view text) {
  while (!text.empty()) {
    size_t start = text.size() - 1;
    while (start > 0 && text.size() - start < 4 && (static_cast<unsigned char>(text[start]) & 0xc0) == 0x80) --start;
    const image::Utf8Char last = image::first_character(text.substr(start));
    if (start + last.bytes != text.size() || !is_space(last.point)) break;
    text.remove_suffix(last.bytes);
  }
  return text;
}

inline std::string_view trim_space(std::string_view text) { return trim_right(trim_left(text)); }

}  // namespace strates::build
