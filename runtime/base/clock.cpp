#include "base/clock.hpp"

#include <cctype>
#include <cstdio>

namespace strates {

namespace {

// Days since 1970-01-01 of a proleptic Gregorian date (H. Hinnant, "chrono-compatible low-level date algorithms").
std::int64_t days_from_civil(std::int64_t year, unsigned month, unsigned day) {
  year -= month <= 2;
  const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
  const auto year_of_era = static_cast<unsigned>(year - era * 400);
  const unsigned day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  const unsigned day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + static_cast<std::int64_t>(day_of_era) - 719468;
}

struct Civil {
  std::int64_t year;
  unsigned month, day;
};

Civil civil_from_days(std::int64_t days) {
  days += 719468;
  const std::int64_t era = (days >= 0 ? days : days - 146096) / 146097;
  const auto day_of_era = static_cast<unsigned>(days - era * 146097);
  const unsigned year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const unsigned day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const unsigned month_index = (5 * day_of_year + 2) / 153;
  const unsigned month = month_index < 10 ? month_index + 3 : month_index - 9;
  return {static_cast<std::int64_t>(year_of_era) + era * 400 + (month <= 2), month, day_of_year - (153 * month_index + 2) / 5 + 1};
}

}  // namespace

std::string rfc3339(Nanos at) {
  std::int64_t seconds = at / kSecond;
  std::int64_t nanos = at % kSecond;
  if (nanos < 0) {
    nanos += kSecond;
    --seconds;
  }
  std::int64_t days = seconds / 86400;
  std::int64_t rest = seconds % 86400;
  if (rest < 0) {
    rest += 86400;
    --days;
  }
  const Civil date = civil_from_days(days);
  char text[64];
  std::snprintf(text, sizeof text, "%04lld-%02u-%02uT%02d:%02d:%02d", static_cast<long long>(date.year), date.month, date.day,
                static_cast<int>(rest / 3600), static_cast<int>(rest / 60 % 60), static_cast<int>(rest % 60));
  std::string out = text;
  if (nanos != 0) {
    std::snprintf(text, sizeof text, ".%09lld", static_cast<long long>(nanos));
    out += text;
    while (out.back() == '0') out.pop_back();
  }
  return out + "Z";
}

Result<Nanos> parse_rfc3339(std::string_view text) {
  const auto bad = [&] { return make_error(ErrorKind::Invalid, "time.syntax", "read time", text, "not an RFC 3339 time"); };
  const std::string copy(text);
  long long year = 0;
  unsigned month = 0, day = 0, hour = 0, minute = 0, second = 0;
  int used = 0;
  if (std::sscanf(copy.c_str(), "%4lld-%2u-%2uT%2u:%2u:%2u%n", &year, &month, &day, &hour, &minute, &second, &used) != 6) return bad();
  if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60) return bad();
  auto at = static_cast<size_t>(used);
  Nanos nanos = 0;
  if (at < copy.size() && copy[at] == '.') {
    Nanos unit = kSecond / 10;
    for (++at; at < copy.size() && std::isdigit(static_cast<unsigned char>(copy[at])) != 0; ++at, unit /= 10) nanos += (copy[at] - '0') * unit;
  }
  std::int64_t offset = 0;
  if (at < copy.size() && (copy[at] == '+' || copy[at] == '-')) {
    unsigned hours = 0, minutes = 0;
    if (std::sscanf(copy.c_str() + at + 1, "%2u:%2u", &hours, &minutes) != 2) return bad();
    offset = static_cast<std::int64_t>(hours) * 3600 + static_cast<std::int64_t>(minutes) * 60;
    if (copy[at] == '-') offset = -offset;
  } else if (at + 1 != copy.size() || (copy[at] != 'Z' && copy[at] != 'z')) {
    return bad();
  }
  const std::int64_t seconds = days_from_civil(year, month, day) * 86400 + hour * 3600 + minute * 60 + second - offset;
  // Nanoseconds in 64 bits reach from 1678 to 2262; Docker's zero time (year 1) lies outside.
  constexpr std::int64_t kMostSeconds = INT64_MAX / kSecond - 1;
  if (seconds > kMostSeconds || seconds < -kMostSeconds) return bad();
  return seconds * kSecond + nanos;
}

}  // namespace strates
