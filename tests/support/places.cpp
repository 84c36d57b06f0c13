#include "tests/support/places.hpp"

namespace strates::testing {

std::string source_dir() { return STRATES_SOURCE_DIR; }
std::string binary_dir() { return STRATES_BINARY_DIR; }

}  // namespace strates::testing
