// Moments as people give them to Docker: "10m" ago, a date, seconds since 1970.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace strates::cli {

// "SECONDS" or "SECONDS.NANOS" for the daemon, as Docker's timetypes.GetTimestamp.
Result<std::string> docker_timestamp(std::string_view text, Nanos now);

}  // namespace strates::cli
