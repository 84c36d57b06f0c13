// What ${x#p}, ${x%p} and ${x/p/r} make of a value. The patterns: shell_pattern.hpp.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "build/shell_pattern.hpp"

namespace strates::build {

// `pattern` begins with a second '#' or '%' when the longest match is meant. Nothing is cut where nothing matches.
// Errors of all three: "dockerfile.substitution", `invalid pattern (\x) in substitution: invalid escape '\x'`; "dockerfile.too-large".
Result<std::string> cut_prefix(std::string_view value, std::string_view pattern, Work& work);
Result<std::string> cut_suffix(std::string_view value, std::string_view pattern, Work& work);

enum class Matches { First, All };
// Where all matches are replaced, Go's regexp reads `$` in the replacement: $0 is the match, $$ a dollar, any other $name nothing.
Result<std::string> replace_matches(std::string_view value, std::string_view pattern, std::string_view replacement, Matches matches, Work& work);

}  // namespace strates::build
