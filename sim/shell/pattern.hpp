// Shell patterns (POSIX.1-2017, 2.13): * ? [...], for globbing, case, ${x%...} and find -name.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace strates::sim::shell {

// A backslash takes the next character as it is.
bool matches(std::string_view pattern, std::string_view text);
bool has_magic(std::string_view pattern);
// Every special character behind a backslash.
std::string escape_pattern(std::string_view text);
std::string unescape_pattern(std::string_view pattern);

}  // namespace strates::sim::shell
