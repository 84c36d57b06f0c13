#include "cli/units.hpp"

#include <ctime>

#include "cli/tab_table.hpp"

namespace strates::cli {

namespace {

std::string formatted(Nanos at, const char* format) {
  const std::time_t seconds = static_cast<std::time_t>(at / kSecond);
  std::tm parts{};
  localtime_r(&seconds, &parts);
  char text[64];
  const size_t used = std::strftime(text, sizeof text, format, &parts);
  return std::string(text, used);
}

}  // namespace

std::string human_duration(Nanos duration) {
  const std::int64_t seconds = duration / kSecond;
  if (seconds < 1) return "Less than a second";
  if (seconds == 1) return "1 second";
  if (seconds < 60) return std::to_string(seconds) + " seconds";
  const std::int64_t minutes = seconds / 60;
  if (minutes == 1) return "About a minute";
  if (minutes < 60) return std::to_string(minutes) + " minutes";
  const std::int64_t hours = (duration + 1800 * kSecond) / (3600 * kSecond);  // to the nearest hour
  if (hours == 1) return "About an hour";
  if (hours < 48) return std::to_string(hours) + " hours";
  if (hours < 24 * 7 * 2) return std::to_string(hours / 24) + " days";
  if (hours < 24 * 30 * 2) return std::to_string(hours / 24 / 7) + " weeks";
  if (hours < 24 * 365 * 2) return std::to_string(hours / 24 / 30) + " months";
  return std::to_string(seconds / 3600 / 24 / 365) + " years";
}

std::string ellipsis(std::string_view text, size_t width) {
  if (code_points(text) <= width || width == 0) return std::string(text);
  size_t at = 0;
  for (size_t shown = 0; at < text.size(); ++at) {
    if ((static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) continue;
    if (shown++ == width - 1) break;
  }
  return std::string(text.substr(0, at)) + "…";
}

std::string local_time(Nanos at) { return formatted(at, "%Y-%m-%d %H:%M:%S %z %Z"); }

std::string local_rfc3339(Nanos at) {
  std::string text = formatted(at, "%Y-%m-%dT%H:%M:%S%z");
  if (text.size() > 5 && text.ends_with("+0000")) return text.substr(0, text.size() - 5) + "Z";
  if (text.size() > 2) text.insert(text.size() - 2, ":");
  return text;
}

std::string local_rfc3339_nanos(Nanos at) {
  std::string text = local_rfc3339(at);
  char fraction[16];
  std::snprintf(fraction, sizeof fraction, ".%09lld", static_cast<long long>(at % kSecond));
  return text.insert(19, fraction);
}

}  // namespace strates::cli
