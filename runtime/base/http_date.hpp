// Dates as HTTP writes them (RFC 9110, 5.6.7): Last-Modified, Retry-After, Date.
#pragma once

#include <optional>
#include <string>

#include "base/clock.hpp"

namespace strates {

// "Sun, 06 Nov 1994 08:49:37 GMT", and the two older forms that are to be read as well; none: it is no such date.
std::optional<Nanos> parse_http_date(const std::string& text);

}  // namespace strates
