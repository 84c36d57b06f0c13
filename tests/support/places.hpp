// Where the source and the built programs lie. Functions, so that only one file knows the paths and every other compiles to the same bytes anywhere.
#pragma once

#include <string>

namespace strates::testing {

std::string source_dir();
std::string binary_dir();

}  // namespace strates::testing
