// How Docker's client sorts names.
#pragma once

#include <string>

namespace strates::cli {

// "v2" before "v10": runs of digits are compared as numbers.
bool natural_less(const std::string& a, const std::string& b);

}  // namespace strates::cli
