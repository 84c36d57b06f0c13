#include "build/go_text.hpp"

#include "base/strings.hpp"
#include "image/utf8.hpp"

namespace strates::build {

void append_utf8(std::string& out, char32_t point) {
  if (point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) point = image::kReplacement;
  const auto tail = [&](int shift) { out += static_cast<char>(0x80 | (point >> shift & 0x3f)); };
  if (point < 0x80) {
    out += static_cast<char>(point);
  } else if (point < 0x800) {
    out += static_cast<char>(0xc0 | point >> 6);
    tail(0);
  } else if (point < 0x10000) {
    out += static_cast<char>(0xe0 | point >> 12);
    tail(6);
    tail(0);
  } else {
    out += static_cast<char>(0xf0 | point >> 18);
    tail(12);
    tail(6);
    tail(0);
  }
}

std::string to_utf8(char32_t point) {
  std::string out;
  append_utf8(out, point);
  return out;
}

std::u32string to_runes(std::string_view text) {
  std::u32string out;
  while (!text.empty()) {
    const image::Utf8Char c = image::first_character(text);
    out += c.point;
    text.remove_prefix(c.bytes);
  }
  return out;
}

std::string from_runes(std::u32string_view runes) {
  std::string out;
  for (const char32_t point : runes) append_utf8(out, point);
  return out;
}

std::string quote_list(const std::vector<std::string>& list) {
  std::string out = "[";
  for (const std::string& item : list) {
    if (out.size() > 1) out += ' ';
    out += go_quote(item);
  }
  return out + "]";
}

std::string plain_list(const std::vector<std::string>& list) { return "[" + join(list, " ") + "]"; }

}  // namespace strates::build
