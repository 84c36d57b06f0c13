// Regular expressions of grep, sed and expr (POSIX.1-2017, 9): basic and extended, leftmost and longest as far as alternatives matter.
//
// All ways are followed side by side (Thompson's construction), so the time is bounded by text times pattern: std::regex recurses once a character
// and overflows the stack on a long line. What is lacking (back-references in the pattern, collating symbols) is refused when it is compiled.
#pragma once

#include <bitset>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace strates::sim {

enum class RegexSyntax { Basic, Extended, Fixed };
enum class RegexCase { Exact, Ignore };

struct RegexMatch {
  std::vector<std::pair<size_t, size_t>> spans;  // [begin, end) of the whole and of each group; npos: took no part
  size_t begin() const { return spans[0].first; }
  size_t end() const { return spans[0].second; }
  size_t length() const { return end() - begin(); }
  std::string group(std::string_view text, size_t index) const {
    if (index >= spans.size() || spans[index].first == std::string::npos) return {};
    return std::string(text.substr(spans[index].first, spans[index].second - spans[index].first));
  }
};

class PosixRegex {
 public:
  // code regex.unsupported or regex.syntax; cause says what.
  static Result<PosixRegex> compile(std::string_view pattern, RegexSyntax syntax, RegexCase sensitivity);
  // The leftmost match that begins at `from` or later.
  std::optional<RegexMatch> search(std::string_view text, size_t from = 0) const;
  std::optional<RegexMatch> match_at_start(std::string_view text) const;
  size_t groups() const { return groups_; }

  struct Instruction {
    enum class Kind { Set, Split, Jump, Save, LineStart, LineEnd, WordStart, WordEnd, WordEdge, NoWordEdge, Match };
    Kind kind = Kind::Match;
    int first = 0, second = 0;  // Split, Jump: relative to this instruction; Split prefers the first. Save: the slot
    std::bitset<256> set;
  };

 private:
  std::optional<RegexMatch> run(std::string_view text, size_t from, bool anchored) const;
  std::vector<Instruction> code_;
  size_t groups_ = 0;
};

}  // namespace strates::sim
