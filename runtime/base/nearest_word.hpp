// The known word nearest to a mistyped one.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace strates {

// Empty when nothing is near: at most two letters added, lost, changed or swapped, and fewer than half of the word.
std::string_view nearest_word(std::string_view typed, std::span<const std::string_view> known);

}  // namespace strates
