// Platform words, "linux/arm64/v8", as Docker reads them (containerd's platforms package).
#pragma once

#include <string>

#include "base/result.hpp"

namespace strates::build {

// Whether `text` names a platform. Errors: its sentence as `wire`, "\"foo\": unknown operating system or architecture: invalid argument".
Result<void> check_platform(const std::string& text);

}  // namespace strates::build
