// What Docker takes for a git repository where it takes a build context.
#pragma once

#include <string_view>

namespace strates {

// git://, git@, github.com/, or http(s):// with .git at its end or before its #.
bool is_git_address(std::string_view argument);

}  // namespace strates
