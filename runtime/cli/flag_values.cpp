// The values of flags, read as Go and go-units read them.
#include <arpa/inet.h>

#include <cctype>
#include <cerrno>
#include <cmath>
#include <cstdlib>

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

Result<std::int64_t> parse_billionths(std::string_view text) {
  const auto bad = [&] { return bad_value("failed to parse " + std::string(text) + " as a rational number"); };
  if (text.size() > 1 && text.starts_with('-') && text[1] != '-') return -TRY(parse_billionths(text.substr(1)));  // the engine says what is wrong with it
  const size_t point = text.find('.');
  const std::string whole(text.substr(0, point));
  std::string fraction(point == std::string_view::npos ? "" : text.substr(point + 1));
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
