#include "build/go_duration.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <utility>

#include "base/strings.hpp"

namespace strates::build {

namespace {

constexpr std::uint64_t kMicro = 1'000, kMilli = 1'000'000, kOne = 1'000'000'000, kMinute = 60 * kOne, kHour = 60 * kMinute;
// The magnitude of the lowest duration: one more than the highest has.
constexpr std::uint64_t kMost = std::uint64_t{1} << 63;

constexpr std::array<std::pair<std::string_view, std::uint64_t>, 8> kUnits = {{
    {"ns", 1},
    {"us", kMicro},
    {"\xc2\xb5s", kMicro},  // U+00B5, micro sign
    {"\xce\xbcs", kMicro},  // U+03BC, Greek letter mu
    {"ms", kMilli},
    {"s", kOne},
    {"m", kMinute},
    {"h", kHour},
}};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// `value` in units of `unit`, without the zeros that end a fraction.
std::string in_unit(std::uint64_t value, std::uint64_t unit) {
  std::string out = std::to_string(value / unit);
  if (value % unit == 0) return out;
  // One digit more in front keeps the zeros that start the fraction.
  std::string fraction = std::to_string(unit + value % unit).substr(1);
  fraction.erase(fraction.find_last_not_of('0') + 1);
  return out + "." + fraction;
}

// Quotes as package time does, which is not as strconv.Quote does: what is no printable ASCII is \x and two digits, byte by byte.
std::string quote(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < ' ' || byte >= 0x80) {
      out += "\\x" + to_hex(std::string_view(&c, 1));
      continue;
    }
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

Error refusal(std::string sentence) { return docker_error(ErrorKind::Invalid, "duration.syntax", "time: " + std::move(sentence)); }

struct Number {
  std::uint64_t whole = 0, fraction = 0;
  double scale = 1;  // the fraction is fraction / scale
};

// Takes the digits before and after the point; none when there are no digits or more than 63 bits before the point.
std::optional<Number> take_number(std::string_view& text) {
  Number out;
  size_t at = 0;
  for (; at < text.size() && is_digit(text[at]); ++at) {
    if (out.whole > kMost / 10) return std::nullopt;
    out.whole = out.whole * 10 + static_cast<std::uint64_t>(text[at] - '0');
    if (out.whole > kMost) return std::nullopt;
  }
  size_t digits = at;
  if (at < text.size() && text[at] == '.') {
    bool full = false;  // further digits are below a nanosecond of any unit
    for (++at; at < text.size() && is_digit(text[at]); ++at, ++digits) {
      if (full || out.fraction > (kMost - 1) / 10) {
        full = true;
        continue;
      }
      out.fraction = out.fraction * 10 + static_cast<std::uint64_t>(text[at] - '0');
      out.scale *= 10;
    }
  }
  if (digits == 0) return std::nullopt;
  text.remove_prefix(at);
  return out;
}

// In nanoseconds; none when it is more than `most`.
std::optional<std::uint64_t> times(const Number& number, std::uint64_t unit, std::uint64_t most) {
  if (number.whole > most / unit) return std::nullopt;
  std::uint64_t out = number.whole * unit;
  // As Go: floating point is exact to the nanosecond even for a fraction of hours.
  if (number.fraction > 0) out += static_cast<std::uint64_t>(static_cast<double>(number.fraction) * (static_cast<double>(unit) / number.scale));
  if (out > most) return std::nullopt;
  return out;
}

}  // namespace

std::string go_duration(Nanos duration) {
  if (duration == 0) return "0s";
  const std::string sign = duration < 0 ? "-" : "";
  const std::uint64_t value = duration < 0 ? 0 - static_cast<std::uint64_t>(duration) : static_cast<std::uint64_t>(duration);
  if (value < kMicro) return sign + std::to_string(value) + "ns";
  if (value < kMilli) return sign + in_unit(value, kMicro) + "\xc2\xb5s";
  if (value < kOne) return sign + in_unit(value, kMilli) + "ms";
  std::string out = sign;
  if (value >= kHour) out += std::to_string(value / kHour) + "h";
  if (value >= kMinute) out += std::to_string(value % kHour / kMinute) + "m";
  return out + in_unit(value % kMinute, kOne) + "s";
}

Result<Nanos> parse_go_duration(std::string_view text) {
  const auto invalid = [&] { return refusal("invalid duration " + quote(text)); };
  std::string_view rest = text;
  const bool negative = rest.starts_with('-');
  if (negative || rest.starts_with('+')) rest.remove_prefix(1);
  if (rest == "0") return Nanos{0};
  if (rest.empty()) return invalid();
  std::uint64_t total = 0;
  while (!rest.empty()) {
    const auto number = take_number(rest);
    if (!number) return invalid();
    size_t end = 0;
    while (end < rest.size() && rest[end] != '.' && !is_digit(rest[end])) ++end;
    const std::string_view name = rest.substr(0, end);
    rest.remove_prefix(end);
    if (name.empty()) return refusal("missing unit in duration " + quote(text));
    std::uint64_t unit = 0;
    for (const auto& [known, value] : kUnits)
      if (known == name) unit = value;
    if (unit == 0) return refusal("unknown unit " + quote(name) + " in duration " + quote(text));
    // What is left below the limit, so that the sum cannot wrap.
    const auto part = times(*number, unit, kMost - total);
    if (!part) return invalid();
    total += *part;
  }
  if (negative) return static_cast<Nanos>(0 - total);
  if (total == kMost) return invalid();
  return static_cast<Nanos>(total);
}

}  // namespace strates::build
