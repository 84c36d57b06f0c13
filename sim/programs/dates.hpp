// Calendar dates in UTC: a container of ours has no other time zone unless it sets TZ, which is refused.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace strates::sim {

struct Calendar {
  int year = 1970, month = 1, day = 1, hour = 0, minute = 0, second = 0, weekday = 4, year_day = 1;
};
Calendar calendar(Nanos at);
// "@SECONDS", "YYYY-MM-DD", "YYYY-MM-DD hh:mm[:ss]", with 'T' and 'Z' as well.
std::optional<Nanos> parse_date(std::string_view text);
// strftime(3) in the C locale; none when a conversion is not known.
std::optional<std::string> format_date(std::string_view format, Nanos at);
// A path as a program writes it: "a" and "b" to "a/b", "" and "b" to "b", "/" and "b" to "/b".
std::string join_written(const std::string& directory, const std::string& name);

}  // namespace strates::sim
