// Durations for people, as go-units writes them, and text cut to a width; sizes are in base/sizes.hpp.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/sizes.hpp"

namespace strates::cli {

// "About a minute", "2 hours".
std::string human_duration(Nanos duration);
// At most `width` columns, the last one "…" when something was cut.
std::string ellipsis(std::string_view text, size_t width);
// As Go's time.Time.String() in the local zone: "2025-01-01 00:00:00 +0100 CET".
std::string local_time(Nanos at);
std::string local_rfc3339(Nanos at);
// With all nine digits: "2025-01-01T00:00:00.000000000+01:00".
std::string local_rfc3339_nanos(Nanos at);

}  // namespace strates::cli
