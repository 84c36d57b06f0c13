#include "base/http_date.hpp"

#include <chrono>
#include <cstdio>
#include <string_view>

namespace strates {

std::optional<Nanos> parse_http_date(const std::string& text) {
  char month_name[4] = {};
  int year = 0, used = 0;
  unsigned day = 0, hour = 0, minute = 0, second = 0;
  const auto whole = [&](int fields) { return fields == 6 && used > 0 && static_cast<size_t>(used) == text.size(); };
  bool read = whole(std::sscanf(text.c_str(), "%*3[A-Za-z], %2u %3[A-Za-z] %4d %2u:%2u:%2u GMT%n", &day, month_name, &year, &hour, &minute, &second, &used));
  if (!read) {
    used = 0;
    read = whole(std::sscanf(text.c_str(), "%*9[A-Za-z], %2u-%3[A-Za-z]-%2d %2u:%2u:%2u GMT%n", &day, month_name, &year, &hour, &minute, &second, &used));
    // Two digits of a year are of this century, unless that lies far ahead.
    year += year < 70 ? 2000 : 1900;
  }
  if (!read) {
    used = 0;
    read = whole(std::sscanf(text.c_str(), "%*3[A-Za-z] %3[A-Za-z] %2u %2u:%2u:%2u %4d%n", month_name, &day, &hour, &minute, &second, &year, &used));
  }
  constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  const size_t month = kMonths.find(month_name);
  if (!read || month_name[2] == '\0' || month == std::string_view::npos || month % 3 != 0) return std::nullopt;
  if (day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60 || year < 1970 || year > 2261) return std::nullopt;
  const std::chrono::sys_days date = std::chrono::year(year) / static_cast<int>(month / 3 + 1) / static_cast<int>(day);
  return (date.time_since_epoch().count() * std::int64_t{86400} + hour * 3600 + minute * 60 + second) * kSecond;
}

}  // namespace strates
