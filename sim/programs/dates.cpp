#include "sim/programs/dates.hpp"

#include <cstdint>

#include "sim/programs/options.hpp"

namespace strates::sim {

namespace {

// Days since 1970-01-01 of a date of the proleptic Gregorian calendar, and back (H. Hinnant's chrono-compatible algorithms).
std::int64_t days_from_civil(std::int64_t year, unsigned month, unsigned day) {
  year -= month <= 2;
  const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
  const auto of_era = static_cast<unsigned>(year - era * 400);
  const unsigned of_year = (153 * (month + (month > 2 ? -3u : 9u)) + 2) / 5 + day - 1;
  return era * 146'097 + static_cast<std::int64_t>(of_era * 365 + of_era / 4 - of_era / 100 + of_year) - 719'468;
}

constexpr std::string_view kDays[] = {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};
constexpr std::string_view kMonths[] = {"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"};

std::string digits(std::int64_t value, int width, char fill = '0') {
  std::string text = std::to_string(value);
  while (static_cast<int>(text.size()) < width) text.insert(text.begin(), fill);
  return text;
}

}  // namespace

Calendar calendar(Nanos at) {
  std::int64_t seconds = at / kSecond;
  if (at % kSecond < 0) --seconds;
  std::int64_t days = seconds / 86'400, rest = seconds % 86'400;
  if (rest < 0) {
    rest += 86'400;
    --days;
  }
  Calendar date;
  date.hour = static_cast<int>(rest / 3600);
  date.minute = static_cast<int>(rest / 60 % 60);
  date.second = static_cast<int>(rest % 60);
  date.weekday = static_cast<int>(((days + 4) % 7 + 7) % 7);
  const std::int64_t shifted = days + 719'468;
  const std::int64_t era = (shifted >= 0 ? shifted : shifted - 146'096) / 146'097;
  const auto of_era = static_cast<unsigned>(shifted - era * 146'097);
  const unsigned year_of_era = (of_era - of_era / 1460 + of_era / 36'524 - of_era / 146'096) / 365;
  const unsigned of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const unsigned shifted_month = (5 * of_year + 2) / 153;
  date.day = static_cast<int>(of_year - (153 * shifted_month + 2) / 5 + 1);
  date.month = static_cast<int>(shifted_month < 10 ? shifted_month + 3 : shifted_month - 9);
  date.year = static_cast<int>(static_cast<std::int64_t>(year_of_era) + era * 400 + (date.month <= 2));
  date.year_day = static_cast<int>(days - days_from_civil(date.year, 1, 1)) + 1;
  return date;
}

std::optional<Nanos> parse_date(std::string_view text) {
  std::uint64_t value = 0;
  if (!text.empty() && text.front() == '@') {
    if (!parse_number(text.substr(1), 9'000'000'000u, value)) return std::nullopt;
    return static_cast<Nanos>(value) * kSecond;
  }
  int part[6] = {0, 0, 0, 0, 0, 0};
  size_t at = 0;
  constexpr std::string_view kSeparators[6] = {"", "-", "-", " T", ":", ":"};
  constexpr int kWidths[6] = {4, 2, 2, 2, 2, 2};
  int count = 0;
  for (; count < 6 && at < text.size(); ++count) {
    if (count > 0) {
      if (kSeparators[count].find(text[at]) == std::string_view::npos) break;
      ++at;
    }
    if (!parse_number(text.substr(at, static_cast<size_t>(kWidths[count])), 9999, value) || at + static_cast<size_t>(kWidths[count]) > text.size()) return std::nullopt;
    part[count] = static_cast<int>(value);
    at += static_cast<size_t>(kWidths[count]);
  }
  if (at + 1 == text.size() && text[at] == 'Z') ++at;
  if (at != text.size() || count < 3 || count == 4) return std::nullopt;
  if (part[1] < 1 || part[1] > 12 || part[2] < 1 || part[2] > 31 || part[3] > 23 || part[4] > 59 || part[5] > 60) return std::nullopt;
  const std::int64_t days = days_from_civil(part[0], static_cast<unsigned>(part[1]), static_cast<unsigned>(part[2]));
  return (days * 86'400 + part[3] * 3600 + part[4] * 60 + part[5]) * kSecond;
}

std::optional<std::string> format_date(std::string_view format, Nanos at) {
  const Calendar date = calendar(at);
  std::string out;
  for (size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%') {
      out += format[i];
      continue;
    }
    if (++i == format.size()) return std::nullopt;
    const auto weekday = kDays[date.weekday], month = kMonths[date.month - 1];
    switch (format[i]) {
      case '%': out += '%'; break;
      case 'n': out += '\n'; break;
      case 't': out += '\t'; break;
      case 'Y': out += std::to_string(date.year); break;
      case 'y': out += digits(date.year % 100, 2); break;
      case 'm': out += digits(date.month, 2); break;
      case 'd': out += digits(date.day, 2); break;
      case 'e': out += digits(date.day, 2, ' '); break;
      case 'H': out += digits(date.hour, 2); break;
      case 'I': out += digits(date.hour % 12 == 0 ? 12 : date.hour % 12, 2); break;
      case 'M': out += digits(date.minute, 2); break;
      case 'S': out += digits(date.second, 2); break;
      case 'N': out += digits(at % kSecond, 9); break;
      case 'j': out += digits(date.year_day, 3); break;
      case 'p': out += date.hour < 12 ? "AM" : "PM"; break;
      case 'a': out += weekday.substr(0, 3); break;
      case 'A': out += weekday; break;
      case 'b':
      case 'h': out += month.substr(0, 3); break;
      case 'B': out += month; break;
      case 's': out += std::to_string(at / kSecond); break;
      case 'u': out += std::to_string(date.weekday == 0 ? 7 : date.weekday); break;
      case 'w': out += std::to_string(date.weekday); break;
      case 'z': out += "+0000"; break;
      case 'Z': out += "UTC"; break;
      case 'F': out += digits(date.year, 4) + "-" + digits(date.month, 2) + "-" + digits(date.day, 2); break;
      case 'T': out += digits(date.hour, 2) + ":" + digits(date.minute, 2) + ":" + digits(date.second, 2); break;
      case 'R': out += digits(date.hour, 2) + ":" + digits(date.minute, 2); break;
      case 'D': out += digits(date.month, 2) + "/" + digits(date.day, 2) + "/" + digits(date.year % 100, 2); break;
      case 'c': out += *format_date("%a %b %e %H:%M:%S %Y", at); break;
      case 'x': out += *format_date("%m/%d/%y", at); break;
      case 'X': out += *format_date("%H:%M:%S", at); break;
      default: return std::nullopt;
    }
  }
  return out;
}

std::string join_written(const std::string& directory, const std::string& name) {
  if (directory.empty()) return name;
  return directory.back() == '/' ? directory + name : directory + "/" + name;
}

}  // namespace strates::sim
