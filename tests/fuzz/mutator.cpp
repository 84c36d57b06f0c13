#include "tests/fuzz/mutator.hpp"

#include <algorithm>

namespace strates::fuzz {

namespace {

// Bytes that readers treat apart: quotes, escapes, numbers at the edge of their types, control characters, broken UTF-8.
constexpr const char* kWords[] = {"\"", "'", "\\", "${", "}", "{{", "}}", "$((", "))", "`", "\n", "\r\n", "\r", "\t", ":", "/", "..", "../", "//", "%00", "%2e%2e", "=", ",", ";", "*", "[", "]", "(",
                                  ")", "-", "--", "@", "#", "<<EOF\n", "EOF\n", "0", "-1", "255", "65536", "2147483648", "4294967296", "9223372036854775808", "18446744073709551616", "1e999", "null", "true", "[]", "{}",
                                  "\xff", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x80\xa8", "\x1b[", "\x1b]133;", "\a", "\x7f"};

}  // namespace

std::string Mutator::next() {
  std::string out = pool_.empty() ? std::string() : pool_[below(pool_.size())];
  for (size_t i = 0, count = 1 + below(8); i < count; ++i) change(out);
  if (out.size() > kLongest) out.resize(kLongest);
  return out;
}

void Mutator::change(std::string& text) {
  const size_t at = below(text.size() + 1), length = std::min(text.size() - at, 1 + below(below(4) == 0 ? 256 : 8));
  switch (below(9)) {
    case 0:
      if (at < text.size()) text[at] = static_cast<char>(text[at] ^ (1 << below(8)));
      break;
    case 1:
      if (at < text.size()) text[at] = static_cast<char>(below(256));
      break;
    case 2: text.erase(at, length); break;
    case 3: text.insert(at, text.substr(at, length)); break;
    case 4: text.insert(at, kWords[below(std::size(kWords))]); break;
    case 5: text.resize(at); break;
    case 6: {  // a span of another input
      if (pool_.empty()) break;
      const std::string& other = pool_[below(pool_.size())];
      const size_t from = below(other.size() + 1);
      text.insert(at, other, from, 1 + below(64));
      break;
    }
    case 7: {  // the same again and again: depth, long lists
      const std::string part = text.substr(at, std::min<size_t>(length, 16));
      for (size_t i = 0, count = below(below(8) == 0 ? 2000 : 40); i < count && text.size() < kLongest; ++i) text.insert(at, part);
      break;
    }
    default: text.insert(at, below(64), static_cast<char>(below(256)));
  }
}

}  // namespace strates::fuzz
