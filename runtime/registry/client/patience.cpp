#include "registry/client/patience.hpp"

#include <algorithm>
#include <charconv>

#include "base/http.hpp"
#include "base/http_date.hpp"

namespace strates::registry {

bool may_pass(int status) { return status == 429 || status == 500 || status == 502 || status == 503 || status == 504; }

bool may_pass(const Error& error) {
  for (const std::string_view code : {"fetch.truncated", "fetch.timeout", "fetch.dial", "registry.toomanyrequests", "registry.unavailable"})
    if (error.code == code) return true;
  return false;
}

std::optional<Nanos> retry_after(const FetchResponse& answer, Nanos now) {
  if (answer.status != 429 && answer.status != 503) return std::nullopt;
  const auto header = http_header(answer.headers, "Retry-After");
  if (!header) return std::nullopt;
  std::int64_t seconds = 0;
  const auto [end, failed] = std::from_chars(header->data(), header->data() + header->size(), seconds);
  if (end == header->data() + header->size() && failed == std::errc::result_out_of_range) return INT64_MAX;
  if (end == header->data() + header->size() && failed == std::errc()) return seconds < 0 ? std::nullopt : std::optional(std::min<std::int64_t>(seconds, INT64_MAX / kSecond) * kSecond);
  const auto date = parse_http_date(*header);
  if (!date) return std::nullopt;
  // By the registry's own clock when it says its time: the one of this machine may be wrong.
  const auto its_time = parse_http_date(http_header(answer.headers, "Date").value_or(""));
  return std::max<Nanos>(*date - its_time.value_or(now), 0);
}

std::string wait_text(Nanos wait) {
  const std::int64_t seconds = wait / kSecond + (wait % kSecond != 0 ? 1 : 0);
  std::string out;
  if (seconds >= 3600) out += std::to_string(seconds / 3600) + "h";
  if (seconds >= 60) out += std::to_string(seconds / 60 % 60) + "m";
  return out + std::to_string(seconds % 60) + "s";
}

}  // namespace strates::registry
