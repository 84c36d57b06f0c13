#include "tests/system/harness/normalise.hpp"

#include <cctype>
#include <map>
#include <regex>
#include <sstream>

namespace strates::system_test {

namespace {

void replace_all(std::string& text, const std::string& from, const std::string& to) {
  for (size_t at = 0; !from.empty() && (at = text.find(from, at)) != std::string::npos; at += to.size()) text.replace(at, from.size(), to);
}

bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }
bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }

bool follows_checksum(const std::string& before) {
  for (const char* kind : {"file:", "dir:", "multi:"})
    if (before.ends_with(kind)) return true;
  return false;
}

std::string name_ids(const std::string& text) {
  std::map<std::string, int> numbers;
  std::string out;
  for (size_t at = 0; at < text.size();) {
    if (!is_word(text[at])) {
      out += text[at++];
      continue;
    }
    size_t end = at;
    bool hex = true;
    for (; end < text.size() && is_word(text[end]); ++end) hex = hex && is_hex(text[end]);
    const size_t length = end - at;
    if (hex && (length == 12 || length == 64) && !follows_checksum(out)) {
      const std::string key = text.substr(at, 12);
      const int number = numbers.try_emplace(key, static_cast<int>(numbers.size()) + 1).first->second;
      out += (length == 12 ? "<id" : "<longid") + std::to_string(number) + ">";
    } else {
      out += text.substr(at, length);
    }
    at = end;
  }
  return out;
}

const std::regex& age_pattern() {
  static const std::regex pattern("((Less than a second|About a minute|About an hour|[0-9]+ (second|minute|hour)s?)( ago)|Up (Less than a second|About a minute|[0-9]+ (second|minute)s?))");
  return pattern;
}

std::string name_ages(const std::string& text) {
  if (text.find(" ago") == std::string::npos && text.find("Up ") == std::string::npos) return text;
  std::string out;
  bool any = false;
  auto from = text.cbegin();
  for (std::sregex_iterator it(text.begin(), text.end(), age_pattern()), end; it != end; ++it) {
    any = true;
    out.append(from, (*it)[0].first);
    out += (*it)[4].matched ? "<age> ago" : "Up <age>";
    from = (*it)[0].second;
  }
  out.append(from, text.cend());
  if (!any) return text;
  static const std::regex blanks("  +"), at_end(" +\n");
  return std::regex_replace(std::regex_replace(out, blanks, "  "), at_end, "\n");
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) out.push_back(line);
  return out;
}

}  // namespace

std::string normalise(const std::string& text, const std::vector<std::pair<std::string, std::string>>& paths) {
  std::string out = text;
  for (const auto& [from, to] : paths) replace_all(out, from, to);
  static const std::regex date("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}(\\.[0-9]+)?(Z|[+-][0-9:]{5})");
  static const std::regex long_date("[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]{8}(\\.[0-9]+)? [+-][0-9]{4} UTC");
  static const std::regex pid("\"Pid\": [1-9][0-9]*");
  out = std::regex_replace(out, date, "<time>");
  out = std::regex_replace(out, long_date, "<time>");
  out = std::regex_replace(out, pid, "\"Pid\": <pid>");
  return name_ids(name_ages(out));
}

std::string difference(const std::string& first, const std::string& second) {
  if (first == second) return {};
  const auto a = lines_of(first), b = lines_of(second);
  std::string out;
  size_t i = 0, j = 0;
  while (i < a.size() || j < b.size()) {
    if (i < a.size() && j < b.size() && a[i] == b[j]) {
      ++i, ++j;
      continue;
    }
    // The nearest place where they meet again.
    size_t skip_a = a.size() - i, skip_b = b.size() - j;
    for (size_t total = 1, found = 0; total < skip_a + skip_b && found == 0; ++total)
      for (size_t x = 0; x <= total && found == 0; ++x)
        if (i + x < a.size() && j + total - x < b.size() && a[i + x] == b[j + total - x]) skip_a = x, skip_b = total - x, found = 1;
    for (; skip_a > 0; --skip_a) out += "- " + a[i++] + "\n";
    for (; skip_b > 0; --skip_b) out += "+ " + b[j++] + "\n";
  }
  return out.empty() ? "(only the last end of line differs)\n" : out;
}

}  // namespace strates::system_test
