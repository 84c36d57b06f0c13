// Characters one by one, as Go's text/scanner gives them: a wrong byte is U+FFFD, a byte order mark at the start is passed over.
#pragma once

#include <string_view>

#include "image/utf8.hpp"

namespace strates::build {

// After the last character. No character has this number; it prints as U+FFFD, as Go's does.
constexpr char32_t kEnd = 0xffffffff;

class Scanner {
 public:
  explicit Scanner(std::string_view text) : left_(text) {
    if (left_.starts_with("\xef\xbb\xbf")) left_.remove_prefix(3);
  }
  char32_t peek() const { return left_.empty() ? kEnd : image::first_character(left_).point; }
  char32_t next() {
    if (left_.empty()) return kEnd;
    const image::Utf8Char c = image::first_character(left_);
    left_.remove_prefix(c.bytes);
    return c.point;
  }

 private:
  std::string_view left_;
};

}  // namespace strates::build
