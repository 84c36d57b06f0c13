#include "sim/programs/hello_text.hpp"

#include "hello_text.h"  // generated: kText, the bytes of the file

namespace strates::sim {

std::string_view hello_text() { return {reinterpret_cast<const char*>(kText), sizeof kText}; }

}  // namespace strates::sim
