// Durations as Go writes and reads them: what HEALTHCHECK, its history line, and `--since 10m` hold.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace strates::build {

// time.Duration.String: "1h2m3.5s", "1.5ms", "2µs", "0s". `duration` is in nanoseconds; any value.
std::string go_duration(Nanos duration);

// time.ParseDuration: "[+-]" and then numbers with units, "1h15m30.918s", or "0". Units: ns, us (µs, μs), ms, s, m, h. In nanoseconds.
// code duration.syntax, Invalid, wire as Go's:
//   time: invalid duration "x"                  no such form, or more than about 292 years
//   time: missing unit in duration "5"
//   time: unknown unit "x" in duration "5x"
Result<Nanos> parse_go_duration(std::string_view text);

}  // namespace strates::build
