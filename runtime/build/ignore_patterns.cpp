#include "build/ignore_patterns.hpp"

#include <algorithm>

#include "base/strings.hpp"
#include "build/unicode_space.hpp"

namespace strates::build {

std::vector<std::string> read_ignore_file(std::string_view text) {
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  std::vector<std::string> out;
  for (const std::string& line : split_lines(text)) {
    if (line.starts_with('#')) continue;
    std::string_view pattern = trim_space(line);
    if (pattern.empty()) continue;
    const bool taken_back = pattern.front() == '!';
    if (taken_back) pattern = trim_space(pattern.substr(1));
    std::string clean = pattern.empty() ? "" : clean_path(pattern);
    if (clean.size() > 1 && clean.front() == '/') clean.erase(0, 1);
    out.push_back(taken_back ? "!" + clean : clean);
  }
  return out;
}

Result<IgnorePatterns> IgnorePatterns::compile(const std::vector<std::string>& patterns) {
  IgnorePatterns out;
  for (const std::string& given : patterns) {
    const std::string_view trimmed = trim_space(given);
    if (trimmed.empty()) continue;
    std::string pattern = clean_path(trimmed);
    const Effect effect = pattern.front() == '!' ? Effect::TakeBack : Effect::Exclude;
    if (effect == Effect::TakeBack) pattern.erase(0, 1);
    if (pattern.empty()) return docker_error(ErrorKind::Invalid, "pattern.exclusion", "illegal exclusion pattern: \"!\"");
    PathPattern compiled = TRY(PathPattern::compile(std::move(pattern)));
    out.rules_.push_back({effect, std::move(compiled)});
  }
  return out;
}

bool IgnorePatterns::excludes(std::string_view path) const {
  bool excluded = false;
  for (const Rule& rule : rules_) {
    const bool would_change = (rule.effect == Effect::Exclude) != excluded;
    if (would_change && rule.pattern.matches(path)) excluded = !excluded;
  }
  return excluded;
}

bool IgnorePatterns::skips_directory(std::string_view path) const {
  const std::string below = std::string(path) + "/";
  return std::none_of(rules_.begin(), rules_.end(), [&](const Rule& rule) {
    return rule.effect == Effect::TakeBack && (rule.pattern.text() + "/").starts_with(below);
  });
}

}  // namespace strates::build
