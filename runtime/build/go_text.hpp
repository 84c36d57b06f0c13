// Text as Go's standard library makes and prints it: characters into bytes and back, and what builders print of lists.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace strates::build {

// `string(rune)`: what is no character (a surrogate, past U+10FFFF) is U+FFFD.
std::string to_utf8(char32_t point);
void append_utf8(std::string& out, char32_t point);

// `[]rune(text)`: each wrong byte is one U+FFFD, so from_runes(to_runes(text)) is text only when text is UTF-8.
std::u32string to_runes(std::string_view text);
std::string from_runes(std::u32string_view runes);

// `%q` of a []string: `["a" "b"]`.
std::string quote_list(const std::vector<std::string>& list);
// `%v` of a []string: `[a b]`.
std::string plain_list(const std::vector<std::string>& list);

}  // namespace strates::build
