// Time as a port: the Linux world reads the machine's clock, the simulator has its own.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace strates {

// Nanoseconds since 1970-01-01T00:00:00Z.
using Nanos = std::int64_t;
constexpr Nanos kSecond = 1'000'000'000;
constexpr Nanos kMillisecond = 1'000'000;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Nanos now() = 0;
};

// "2026-11-23T16:33:43.630676938Z" (RFC 3339 with Go's trimming of trailing zeros); 0 with ZeroTime is Docker's "0001-01-01T00:00:00Z".
std::string rfc3339(Nanos at);
constexpr std::string_view kZeroTime = "0001-01-01T00:00:00Z";
Result<Nanos> parse_rfc3339(std::string_view text);

}  // namespace strates
