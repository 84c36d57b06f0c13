// The values of flags, read as Go and go-units read them.
#include <arpa/inet.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <optional>

#include "base/strings.hpp"
#include "base/text.hpp"
#include "cli/flags.hpp"
#include "image/reference.hpp"

namespace strates::cli {

namespace {

Error bad_value(std::string sentence) { return docker_error(ErrorKind::Invalid, "cli.value", std::move(sentence)); }

bool is_ip_address(const std::string& text) {
  unsigned char address[16];
  return ::inet_pton(AF_INET, text.c_str(), address) == 1 || ::inet_pton(AF_INET6, text.c_str(), address) == 1;
}

}  // namespace

Result<void> check_variable(const std::string& value) {
  if (value.empty() || value.front() == '=') return bad_value("invalid environment variable: " + value);
  return success();
}

Result<void> check_label(const std::string& value) {
  if (value.empty() || value.front() == '=') return bad_value("invalid label '" + value + "': empty name");
  return success();
}

Result<void> check_filter(const std::string& value) {
  if (value.find('=') == std::string::npos) return bad_value("bad format of filter (expected name=value)");
  return success();
}

Result<void> check_stream(const std::string& value) {
  const std::string name = to_lower(value);
  if (name == "stdin" || name == "stdout" || name == "stderr") return success();
  return bad_value("valid streams are STDIN, STDOUT and STDERR");
}

Result<void> check_image_name(const std::string& value) {
  auto reference = image::parse_reference(value);
  if (!reference.ok()) return std::move(reference).error();
  return success();
}

// As docker/cli's opts: the address may hold colons, the name may not. host-gateway is the daemon's to resolve.
Result<void> check_add_host(const std::string& value) {
  const size_t colon = value.find(':');
  if (colon == std::string::npos || colon == 0) return bad_value("bad format for add-host: " + go_quote(value));
  const std::string address = value.substr(colon + 1);
  if (address != "host-gateway" && !is_ip_address(address)) return bad_value("invalid IP address in add-host: " + go_quote(address));
  return success();
}

Result<void> check_dns(const std::string& value) {
  if (!is_ip_address(std::string(trim(value)))) return bad_value(value + " is not an ip address");
  return success();
}

// opts.ValidateDNSSearch: letters, digits, dots and dashes; "." alone clears the list.
Result<void> check_dns_search(const std::string& value) {
  const std::string domain(trim(value));
  if (domain == ".") return success();
  bool letter = false, good = !domain.empty() && domain.size() <= 255;
  for (const char c : domain) {
    letter = letter || std::isalpha(static_cast<unsigned char>(c)) != 0;
    good = good && (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '-');
  }
  if (!good || !letter || domain.front() == '-' || domain.front() == '.') return bad_value(value + " is not a valid domain");
  return success();
}

Result<bool> parse_go_bool(std::string_view text) {
  for (const char* yes : {"1", "t", "T", "TRUE", "true", "True"})
    if (text == yes) return true;
  for (const char* no : {"0", "f", "F", "FALSE", "false", "False"})
    if (text == no) return false;
  return bad_value("strconv.ParseBool: parsing " + go_quote(text) + ": invalid syntax");
}

Result<std::int64_t> parse_go_int(std::string_view text) {
  const auto error = [&](const char* why) { return bad_value("strconv.ParseInt: parsing " + go_quote(text) + ": " + why); };
  std::string digits(text);
  if (digits.empty() || std::isspace(static_cast<unsigned char>(digits.front())) != 0) return error("invalid syntax");
  std::string sign;
  if (digits.front() == '-' || digits.front() == '+') {
    sign = digits.substr(0, 1);
    digits.erase(0, 1);
  }
  int base = 10;
  if (digits.size() > 1 && digits.front() == '0') {
    const char mark = static_cast<char>(std::tolower(static_cast<unsigned char>(digits[1])));
    base = mark == 'x' ? 16 : mark == 'b' ? 2 : 8;
    digits.erase(0, mark == 'x' || mark == 'b' || mark == 'o' ? 2 : 1);
  }
  if (digits.empty() || std::isalnum(static_cast<unsigned char>(digits.front())) == 0) return error("invalid syntax");
  errno = 0;
  char* end = nullptr;
  const std::string signed_digits = sign + digits;
  const long long value = std::strtoll(signed_digits.c_str(), &end, base);
  if (*end != '\0') return error("invalid syntax");
  if (errno == ERANGE) return error("value out of range");
  return static_cast<std::int64_t>(value);
}

Result<std::int64_t> parse_ram_bytes(std::string_view text) {
  const std::string copy(text);
  const auto bad = [&] { return bad_value("invalid size: '" + copy + "'"); };
  if (copy.empty() || (std::isdigit(static_cast<unsigned char>(copy.front())) == 0 && copy.front() != '.')) return bad();
  size_t at = copy.find_first_not_of("0123456789.");
  if (at == std::string::npos) at = copy.size();
  char* end = nullptr;
  const std::string number = copy.substr(0, at);
  const double value = std::strtod(number.c_str(), &end);
  if (*end != '\0') return bad();
  std::string unit = to_lower(trim(copy.substr(at)));
  if (unit.size() > 1 && unit.back() == 'b') unit.pop_back();
  if (unit.size() > 1 && unit.back() == 'i') unit.pop_back();
  if (unit == "b") unit.clear();
  constexpr std::string_view kUnits = "kmgtp";
  double factor = 1;
  if (!unit.empty()) {
    const size_t index = unit.size() == 1 ? kUnits.find(unit) : std::string_view::npos;
    if (index == std::string_view::npos) return bad();
    factor = std::pow(1024.0, static_cast<double>(index + 1));
  }
  const double total = value * factor;
  if (!(total < 9.2e18)) return bad();
  return static_cast<std::int64_t>(total);
}

namespace {

Error not_rational(std::string_view text) { return bad_value("failed to parse " + std::string(text) + " as a rational number"); }

std::optional<std::int64_t> nine_digits(std::string_view text) {
  if (text.empty() || text.size() > 9 || text.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
  return std::strtoll(std::string(text).c_str(), nullptr, 10);
}

// "1/2"
Result<std::int64_t> quotient(std::string_view text, size_t slash) {
  const auto above = nine_digits(text.substr(0, slash)), below = nine_digits(text.substr(slash + 1));
  if (!above || !below || *below == 0) return not_rational(text);
  if (*above * 1'000'000'000 % *below != 0) return bad_value("value is too precise");
  return *above * 1'000'000'000 / *below;
}

// "5e-1": the digits before and after the point, which moves.
Result<void> move_point(std::string_view text, std::string_view power, std::string& whole, std::string& fraction) {
  const bool left = power.starts_with('-');
  const auto places = nine_digits(power.substr(left || power.starts_with('+') ? 1 : 0));
  if (!places || (whole.empty() && fraction.empty()) || *places > 100) return not_rational(text);
  std::string& from = left ? whole : fraction;
  std::string& to = left ? fraction : whole;
  for (std::int64_t i = 0; i < *places; ++i) {
    const char digit = from.empty() ? '0' : left ? from.back() : from.front();
    if (!from.empty()) from.erase(left ? from.size() - 1 : 0, 1);
    to.insert(left ? 0 : to.size(), 1, digit);
  }
  whole.erase(0, std::min(whole.find_first_not_of('0'), whole.size()));
  return success();
}

}  // namespace

Result<std::int64_t> parse_billionths(std::string_view text) {
  const auto bad = [&] { return not_rational(text); };
  if (text.size() > 1 && text.starts_with('-') && text[1] != '-') return -TRY(parse_billionths(text.substr(1)));  // the engine says what is wrong with it
  if (const size_t slash = text.find('/'); slash != std::string_view::npos) return quotient(text, slash);
  const size_t power = std::min(text.find_first_of("eE"), text.size());
  const size_t point = std::min(text.find('.'), power);
  std::string whole(text.substr(0, point)), fraction(text.substr(std::min(point + 1, power), power - std::min(point + 1, power)));
  if (power < text.size()) TRY(move_point(text, text.substr(power + 1), whole, fraction));
  if (whole.empty() && fraction.empty()) return bad();
  for (const char c : whole + fraction)
    if (c < '0' || c > '9') return bad();
  while (fraction.size() > 9 && fraction.back() == '0') fraction.pop_back();
  if (fraction.size() > 9) return bad_value("value is too precise");
  if (whole.size() > 9) return bad();
  fraction.resize(9, '0');
  return std::strtoll(("0" + whole).c_str(), nullptr, 10) * 1'000'000'000 + std::strtoll(fraction.c_str(), nullptr, 10);
}

}  // namespace strates::cli
