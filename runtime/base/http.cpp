#include "base/http.hpp"

#include <algorithm>
#include <cctype>

#include "base/strings.hpp"

namespace strates {

namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::optional<std::string> http_header(const HttpHeaders& headers, std::string_view name) {
  for (const auto& [key, value] : headers)
    if (equal_ignoring_case(key, name)) return value;
  return std::nullopt;
}

std::string HttpRequest::query_value(std::string_view name, std::string_view fallback) const {
  for (const auto& [key, value] : query)
    if (key == name) return value;
  return std::string(fallback);
}

bool HttpRequest::has_query(std::string_view name) const {
  return std::any_of(query.begin(), query.end(), [&](const auto& pair) { return pair.first == name; });
}

bool HttpRequest::query_bool(std::string_view name, bool fallback) const {
  if (!has_query(name)) return fallback;
  const std::string value = to_lower(query_value(name));
  return !(value.empty() || value == "0" || value == "no" || value == "false" || value == "none");
}

std::vector<std::string> HttpRequest::query_values(std::string_view name) const {
  std::vector<std::string> out;
  for (const auto& [key, value] : query)
    if (key == name) out.push_back(value);
  return out;
}

std::string percent_decode(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 && hex_digit(text[i + 2]) >= 0) {
      out += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
      i += 2;
    } else {
      out += plus_is_space && text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

std::string percent_encode(std::string_view text) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || c == '-' || c == '_' || c == '.' || c == '~') {
      out += c;
    } else {
      out += '%';
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
  }
  return out;
}

std::vector<std::pair<std::string, std::string>> parse_query(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> out;
  for (const auto& part : split(text, '&')) {
    if (part.empty()) continue;
    const auto equals = part.find('=');
    if (equals == std::string::npos) out.emplace_back(percent_decode(part, true), "");
    else out.emplace_back(percent_decode(part.substr(0, equals), true), percent_decode(part.substr(equals + 1), true));
  }
  return out;
}

}  // namespace strates
