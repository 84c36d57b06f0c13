#include "build/shell_pattern.hpp"

#include <doctest/doctest.h>

#include "build/go_text.hpp"

using namespace strates;
using namespace strates::build;

namespace {

using Stars = ShellPattern::Stars;

// Where the pattern is first found: "begin-end", "" when it is not.
std::string where(const ShellPattern& pattern, std::u32string_view text) {
  Work work(1 << 20);
  const auto match = pattern.find(text, 0, work);
  if (work.exhausted()) return "no end";
  return match ? std::to_string(match->begin) + "-" + std::to_string(match->end) : "";
}

std::string where(std::string_view pattern, std::string_view text, Stars stars) {
  const auto compiled = ShellPattern::compile(to_runes(pattern), stars);
  REQUIRE(compiled.ok());
  return where(compiled.value(), to_runes(text));
}

// The matcher again, said in the simplest way: every way to match, then the first, and of these the shortest or the longest.
bool matches_whole(std::u32string_view pattern, std::u32string_view text) {
  if (pattern.empty()) return text.empty();
  if (pattern.front() == '*') {
    for (size_t taken = 0;; ++taken) {
      if (matches_whole(pattern.substr(1), text.substr(taken))) return true;
      if (taken == text.size() || text[taken] == '\n') return false;
    }
  }
  if (text.empty() || (pattern.front() == '?' ? text.front() == '\n' : text.front() != pattern.front())) return false;
  return matches_whole(pattern.substr(1), text.substr(1));
}

std::string where_simply(std::u32string_view pattern, std::u32string_view text, Stars stars) {
  for (size_t begin = 0; begin <= text.size(); ++begin) {
    std::string found;
    for (size_t end = begin; end <= text.size(); ++end) {
      if (!matches_whole(pattern, text.substr(begin, end - begin))) continue;
      found = std::to_string(begin) + "-" + std::to_string(end);
      if (stars == Stars::Shortest) break;
    }
    if (!found.empty()) return found;
  }
  return "";
}

// The `number`th text over `letters`, shorter ones first.
std::u32string text_number(size_t number, std::u32string_view letters) {
  std::u32string out;
  for (; number > 0; number = (number - 1) / letters.size()) out += letters[(number - 1) % letters.size()];
  return out;
}

}  // namespace

TEST_CASE("stars take as little or as much as they can, on one line") {
  struct Row {
    std::string_view pattern, text, shortest, longest;
  };
  const Row rows[] = {{"", "", "0-0", "0-0"},
                      {"", "ab", "0-0", "0-0"},
                      {"b", "abcb", "1-2", "1-2"},
                      {"*", "abc", "0-0", "0-3"},
                      {"a*b", "xabbb", "1-3", "1-5"},
                      {"a*b*c", "abcbc", "0-3", "0-5"},
                      {"**b", "ab", "0-2", "0-2"},
                      {"a?c", "ac abc", "3-6", "3-6"},
                      {"*x", "ab\ncx", "3-5", "3-5"},
                      {"a*", "a\nb", "0-1", "0-1"},
                      {"?b", "\nb", "", ""},
                      {"a*\n*b", "ac\ncbb\nb", "0-5", "0-6"},
                      {"a*\nb", "a1\na2\nb", "3-7", "3-7"},
                      {"é?", "né\xf0\x9f\x90\xb3", "1-3", "1-3"},
                      {"\\*\\?\\\\", "*?\\", "0-3", "0-3"},
                      {"\\}\\/", "}/", "0-2", "0-2"},
                      {"[a]", "a[a]", "1-4", "1-4"},
                      {"z", "ab", "", ""}};
  for (const Row& row : rows) {
    CAPTURE(row.pattern);
    CAPTURE(row.text);
    CHECK(where(row.pattern, row.text, Stars::Shortest) == row.shortest);
    CHECK(where(row.pattern, row.text, Stars::Longest) == row.longest);
  }
}

TEST_CASE("every short pattern on every short text agrees with the definition") {
  int found = 0;
  for (size_t p = 0; p < 781; ++p) {  // up to four of five letters
    const std::u32string pattern = text_number(p, U"ab*?\n");
    for (const Stars stars : {Stars::Shortest, Stars::Longest}) {
      const auto compiled = ShellPattern::compile(pattern, stars);
      REQUIRE(compiled.ok());
      for (size_t t = 0; t < 121; ++t) {  // up to four of three
        const std::u32string text = text_number(t, U"ab\n");
        const std::string expected = where_simply(pattern, text, stars);
        const std::string got = where(compiled.value(), text);
        if (!expected.empty()) ++found;
        if (got != expected) FAIL("pattern " << from_runes(pattern) << " text " << from_runes(text) << ": " << got << ", not " << expected);
      }
    }
  }
  CHECK(found > 30'000);
}

TEST_CASE("an escape before anything but * ? and itself is refused") {
  const std::pair<std::string_view, std::string_view> rows[] = {
      {"a\\x", "invalid escape '\\x'"}, {"\\\\\\é", "invalid escape '\\é'"}, {"\\", "invalid escape '\\\xef\xbf\xbd'"}};
  for (const auto& [pattern, cause] : rows) {
    const auto compiled = ShellPattern::compile(to_runes(pattern), Stars::Longest);
    REQUIRE_FALSE(compiled.ok());
    CHECK(compiled.error().wire == cause);
  }
}

TEST_CASE("a pattern read backwards keeps its escapes before their characters") {
  const std::pair<std::u32string_view, std::u32string_view> rows[] = {
      {U"", U""},           {U"a", U"a"},       {U"abc", U"cba"},     {U"a\\*c", U"c\\*a"}, {U"\\\\\\ab", U"b\\a\\\\"},
      {U"ab\\", U"\\ba"}, {U"\\\\b", U"b\\\\"}, {U"é\\🐳", U"\\🐳é"}};
  for (const auto& [pattern, backwards] : rows) CHECK(reverse_pattern(pattern) == backwards);
}

TEST_CASE("a pattern that would compare for ever gives up when its work is spent") {
  std::u32string pattern(500, 'a');
  pattern += U"*b";
  std::u32string text;
  for (int i = 0; i < 2000; ++i) text += std::u32string(499, 'a') + U"c";
  const auto compiled = ShellPattern::compile(pattern, Stars::Longest);
  REQUIRE(compiled.ok());
  Work work(1 << 20);
  CHECK_FALSE(compiled.value().find(text, 0, work).has_value());
  CHECK(work.exhausted());
}

TEST_CASE("a long line without the end of the pattern is read a few times, not once from each place") {
  const std::u32string text(100'000, 'a');
  const auto compiled = ShellPattern::compile(U"a*b", Stars::Longest);
  REQUIRE(compiled.ok());
  Work work(1 << 20);
  CHECK_FALSE(compiled.value().find(text, 0, work).has_value());
  CHECK_FALSE(work.exhausted());
}
