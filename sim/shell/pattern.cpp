#include "sim/shell/pattern.hpp"

namespace strates::sim::shell {

namespace {

bool in_class(std::string_view name, unsigned char c) {
  const bool lower = c >= 'a' && c <= 'z', upper = c >= 'A' && c <= 'Z', digit = c >= '0' && c <= '9';
  if (name == "alpha") return lower || upper;
  if (name == "digit") return digit;
  if (name == "alnum") return lower || upper || digit;
  if (name == "lower") return lower;
  if (name == "upper") return upper;
  if (name == "space") return c == ' ' || (c >= 9 && c <= 13);
  if (name == "blank") return c == ' ' || c == '\t';
  if (name == "punct") return c > 32 && c < 127 && !(lower || upper || digit);
  if (name == "xdigit") return digit || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  if (name == "print") return c >= 32 && c < 127;
  if (name == "graph") return c > 32 && c < 127;
  if (name == "cntrl") return c < 32 || c == 127;
  return false;
}

// `at` is behind '['. Returns the index behind ']', or npos when there is no closing one; `found` says whether c is in it.
size_t bracket(std::string_view pattern, size_t at, char c, bool& found) {
  bool negated = false, any = false;
  if (at < pattern.size() && (pattern[at] == '!' || pattern[at] == '^')) {
    negated = true;
    ++at;
  }
  for (bool first = true; at < pattern.size(); first = false) {
    if (pattern[at] == ']' && !first) {
      found = any != negated;
      return at + 1;
    }
    if (pattern.substr(at, 2) == "[:") {
      if (const size_t end = pattern.find(":]", at + 2); end != std::string_view::npos) {
        any = any || in_class(pattern.substr(at + 2, end - at - 2), static_cast<unsigned char>(c));
        at = end + 2;
        continue;
      }
    }
    if (pattern[at] == '\\' && at + 1 < pattern.size()) ++at;
    const char low = pattern[at++];
    char high = low;
    if (at + 1 < pattern.size() && pattern[at] == '-' && pattern[at + 1] != ']') {
      at++;
      if (pattern[at] == '\\' && at + 1 < pattern.size()) ++at;
      high = pattern[at++];
    }
    any = any || (static_cast<unsigned char>(low) <= static_cast<unsigned char>(c) && static_cast<unsigned char>(c) <= static_cast<unsigned char>(high));
  }
  return std::string_view::npos;
}

}  // namespace

bool matches(std::string_view pattern, std::string_view text) {
  size_t p = 0, t = 0, star = std::string_view::npos, resume = 0;
  while (true) {
    bool same = false;
    size_t next = p;
    if (p < pattern.size() && pattern[p] == '*') {
      star = ++p;
      resume = t;
      continue;
    }
    if (t < text.size() && p < pattern.size()) {
      if (pattern[p] == '?') {
        same = true;
        next = p + 1;
      } else if (pattern[p] == '[') {
        next = bracket(pattern, p + 1, text[t], same);
        if (next == std::string_view::npos) {
          same = text[t] == '[';
          next = p + 1;
        }
      } else {
        const bool escaped = pattern[p] == '\\' && p + 1 < pattern.size();
        same = pattern[p + (escaped ? 1 : 0)] == text[t];
        next = p + (escaped ? 2 : 1);
      }
    } else if (t == text.size() && p == pattern.size()) {
      return true;
    }
    if (same) {
      p = next;
      ++t;
      continue;
    }
    if (star == std::string_view::npos || resume >= text.size()) return false;
    p = star;
    t = ++resume;
  }
}

bool has_magic(std::string_view pattern) {
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '\\') ++i;
    else if (pattern[i] == '*' || pattern[i] == '?' || pattern[i] == '[') return true;
  }
  return false;
}

std::string escape_pattern(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '*' || c == '?' || c == '[' || c == ']' || c == '\\' || c == '-' || c == '!' || c == '^') out += '\\';
    out += c;
  }
  return out;
}

std::string unescape_pattern(std::string_view pattern) {
  std::string out;
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '\\' && i + 1 < pattern.size()) ++i;
    out += pattern[i];
  }
  return out;
}

}  // namespace strates::sim::shell
