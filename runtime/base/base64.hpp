// RFC 4648, section 4: with padding, without line breaks.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace strates {

std::string base64_encode(std::string_view bytes);
// code base64.syntax
Result<std::string> base64_decode(std::string_view text);

}  // namespace strates
