// What Unicode calls a letter and a digit: the names of variables are made of them. (Spaces: unicode_space.hpp.)
#pragma once

namespace strates::build {

// Go's unicode.IsLetter: category L.
bool is_letter(char32_t point);
// Go's unicode.IsDigit: category Nd.
bool is_digit(char32_t point);

}  // namespace strates::build
