// Small operations on text that the standard library lacks. ASCII only where case matters.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace strates {

std::vector<std::string> split(std::string_view text, char separator);
// Lines without their '\n'; a last line without '\n' counts.
std::vector<std::string> split_lines(std::string_view text);
std::string join(const std::vector<std::string>& parts, std::string_view separator);
std::string_view trim(std::string_view text);
std::string to_lower(std::string_view text);
std::string to_upper(std::string_view text);
bool equal_ignoring_case(std::string_view a, std::string_view b);
std::string replace_all(std::string_view text, std::string_view from, std::string_view to);
bool is_hex(std::string_view text);
std::string to_hex(std::string_view bytes);
// As Go's strconv.Quote: "\"a b\\n\"".
std::string go_quote(std::string_view text);

// Lexical path cleaning, as Go's path.Clean: "/a/../b//c/." is "/b/c"; "" is ".".
std::string clean_path(std::string_view path);
// path.Join: cleaned, empty parts ignored.
std::string join_path(std::string_view a, std::string_view b);
std::string base_name(std::string_view path);
std::string dir_name(std::string_view path);

}  // namespace strates
