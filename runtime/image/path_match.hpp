// Go's path.Match: shell patterns over slash-separated names, as Docker uses them to filter references.
#pragma once

#include <string_view>

#include "base/result.hpp"

namespace strates::image {

// The pattern must match all of `name`. '*' any run without '/', '?' one character but '/', '[a-z]' and '[^a-z]' classes, '\' takes the next
// character as it is. Characters are UTF-8; a byte that is none counts as U+FFFD. Time is at most pattern times name.
// code pattern.syntax, wire "syntax error in pattern"
Result<bool> path_match(std::string_view pattern, std::string_view name);

}  // namespace strates::image
