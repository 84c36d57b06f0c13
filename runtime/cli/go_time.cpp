#include "cli/go_time.hpp"

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <limits>
#include <optional>

#include "base/strings.hpp"
#include "build/go_duration.hpp"

namespace strates::cli {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string stamp(Nanos at) {
  char text[64];
  std::snprintf(text, sizeof text, "%lld.%09lld", static_cast<long long>(at / kSecond), static_cast<long long>(at % kSecond));
  return text;
}

// Dates without a zone are of this machine's zone.
std::optional<Nanos> local_date(const std::string& text) {
  for (const char* format : {"%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H", "%Y-%m-%d"}) {
    std::tm parts{};
    const char* end = strptime(text.c_str(), format, &parts);
    if (end == nullptr) continue;
    Nanos fraction = 0;
    if (*end == '.') {
      Nanos unit = kSecond / 10;
      for (++end; is_digit(*end); ++end, unit /= 10) fraction += (*end - '0') * unit;
    }
    if (*end != '\0') continue;
    parts.tm_isdst = -1;
    // Nanoseconds end in the year 2262: what is asked for after that is asked for then.
    constexpr std::time_t kFarthest = std::numeric_limits<Nanos>::max() / kSecond - 1;
    return static_cast<Nanos>(std::clamp(std::mktime(&parts), -kFarthest, kFarthest)) * kSecond + fraction;
  }
  return std::nullopt;
}

}  // namespace

Result<std::string> docker_timestamp(std::string_view text, Nanos now) {
  if (const auto duration = build::parse_go_duration(text); text != "0" && duration.ok()) return std::to_string((now - duration.value()) / kSecond);
  if (const auto at = parse_rfc3339(text); at.ok()) return stamp(at.value());
  if (const auto at = local_date(std::string(text))) return stamp(*at);
  const bool number = !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return is_digit(c) || c == '.'; });
  if (number) return std::string(text);
  return docker_error(ErrorKind::Invalid, "cli.time", "failed to parse value as time or duration: " + go_quote(text));
}

}  // namespace strates::cli
