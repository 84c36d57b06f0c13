#include "image/reference_grammar.hpp"

#include <algorithm>

namespace strates::image {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_letter(char c) { return is_lower(c) || (c >= 'A' && c <= 'Z'); }
bool is_alphanumeric(char c) { return is_letter(c) || is_digit(c); }
bool is_path_character(char c) { return is_lower(c) || is_digit(c); }
bool is_hex_digit(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

// Calls `accept` with each part between separators; true when all are accepted.
template <typename Accept>
bool each_part(std::string_view text, char separator, Accept accept) {
  for (;;) {
    const size_t at = text.find(separator);
    if (!accept(text.substr(0, at))) return false;
    if (at == std::string_view::npos) return true;
    text.remove_prefix(at + 1);
  }
}

bool is_domain_component(std::string_view text) {
  return !text.empty() && is_alphanumeric(text.front()) && is_alphanumeric(text.back()) &&
         std::all_of(text.begin(), text.end(), [](char c) { return is_alphanumeric(c) || c == '-'; });
}

bool is_separator(std::string_view text) {
  return text == "." || text == "_" || text == "__" || std::all_of(text.begin(), text.end(), [](char c) { return c == '-'; });
}

bool is_path_component(std::string_view text) {
  if (text.empty() || !is_path_character(text.front()) || !is_path_character(text.back())) return false;
  size_t at = 0;
  while (at < text.size()) {
    const size_t from = at;
    const bool word = is_path_character(text[at]);
    while (at < text.size() && is_path_character(text[at]) == word) ++at;
    if (!word && !is_separator(text.substr(from, at - from))) return false;
  }
  return true;
}

bool is_ipv6_literal(std::string_view text) {
  return text.size() > 2 && text.front() == '[' && text.back() == ']' &&
         std::all_of(text.begin() + 1, text.end() - 1, [](char c) { return is_hex_digit(c) || c == ':'; });
}

}  // namespace

bool matches_domain(std::string_view text) {
  // A colon inside brackets is part of the address.
  const size_t host_end = text.starts_with('[') ? text.find(']') : 0;
  if (host_end == std::string_view::npos) return false;
  const size_t colon = text.find(':', host_end);
  if (colon != std::string_view::npos) {
    const std::string_view port = text.substr(colon + 1);
    if (port.empty() || !std::all_of(port.begin(), port.end(), is_digit)) return false;
    text = text.substr(0, colon);
  }
  return is_ipv6_literal(text) || each_part(text, '.', is_domain_component);
}

bool matches_path(std::string_view text) { return each_part(text, '/', is_path_component); }

bool matches_tag(std::string_view text) {
  const auto is_word = [](char c) { return is_alphanumeric(c) || c == '_'; };
  return !text.empty() && text.size() <= 128 && is_word(text.front()) &&
         std::all_of(text.begin(), text.end(), [&](char c) { return is_word(c) || c == '.' || c == '-'; });
}

bool matches_digest(std::string_view text) {
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos) return false;
  const std::string_view digits = text.substr(colon + 1);
  bool starts = true;  // a component of the algorithm's name starts here, by a letter
  for (const char c : text.substr(0, colon)) {
    if (starts ? !is_letter(c) : !is_alphanumeric(c) && std::string_view("-_+.").find(c) == std::string_view::npos) return false;
    starts = !is_alphanumeric(c);
  }
  return !starts && digits.size() >= 32 && std::all_of(digits.begin(), digits.end(), is_hex_digit);
}

std::optional<NameParts> match_name(std::string_view text) {
  const size_t slash = text.find('/');
  if (slash != std::string_view::npos && matches_domain(text.substr(0, slash)) && matches_path(text.substr(slash + 1)))
    return NameParts{text.substr(0, slash), text.substr(slash + 1)};
  if (matches_path(text)) return NameParts{{}, text};
  return std::nullopt;
}

std::optional<ReferenceParts> match_reference(std::string_view text) {
  ReferenceParts parts;
  // Neither names nor tags hold '@'; a tag holds neither ':' nor '/': so the places to cut are known.
  if (const size_t at = text.find('@'); at != std::string_view::npos) {
    parts.digest = text.substr(at + 1);
    if (!matches_digest(parts.digest)) return std::nullopt;
    text = text.substr(0, at);
  }
  const size_t slash = text.rfind('/');
  const size_t colon = text.find(':', slash == std::string_view::npos ? 0 : slash);
  if (colon != std::string_view::npos) {
    parts.tag = text.substr(colon + 1);
    if (!matches_tag(parts.tag)) return std::nullopt;
    text = text.substr(0, colon);
  }
  if (!match_name(text)) return std::nullopt;
  parts.name = text;
  return parts;
}

}  // namespace strates::image
