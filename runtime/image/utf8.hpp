// UTF-8 (RFC 3629: no surrogates, nothing past U+10FFFF, no overlong form).
#pragma once

#include <cstddef>
#include <string_view>

namespace strates::image {

constexpr char32_t kReplacement = 0xfffd;

struct Utf8Char {
  char32_t point = kReplacement;
  size_t bytes = 1;
};

// As Go's utf8.DecodeRuneInString: a wrong byte is U+FFFD of length 1. `text` is not empty.
Utf8Char first_character(std::string_view text);
bool is_utf8(std::string_view text);

}  // namespace strates::image
