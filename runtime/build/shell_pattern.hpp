// The patterns of ${x#p}, ${x%p} and ${x/p/r}: `*` is any text, `?` one character, neither a newline; a backslash takes their meaning away.
// BuildKit turns them into regular expressions of Go's (convertShellPatternToRegex); here they are matched directly, to the same result.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "build/lex_limits.hpp"

namespace strates::build {

class ShellPattern {
 public:
  enum class Stars { Shortest, Longest };
  struct Match {
    size_t begin, end;
  };

  // Error: the cause alone, `invalid escape '\x'`, code "dockerfile.substitution".
  static Result<ShellPattern> compile(std::u32string_view pattern, Stars stars);

  // The end of the match that begins exactly at `begin`. Nothing too when `work` ran out: ask it.
  std::optional<size_t> match_at(std::u32string_view text, size_t begin, Work& work) const;
  // The first match at or after `from`.
  std::optional<Match> find(std::u32string_view text, size_t from, Work& work) const;

 private:
  ShellPattern() = default;
  // The last piece after `begin`, on the line of `begin`, where stars reach.
  std::optional<size_t> match_last(std::u32string_view text, size_t begin, size_t line_end, Work& work) const;

  std::vector<std::u32string> pieces_;  // between the stars: at least one, perhaps empty
  Stars stars_ = Stars::Shortest;
};

// The pattern of the text read backwards: `a\*c` is `c\*a`.
std::u32string reverse_pattern(std::u32string_view pattern);

}  // namespace strates::build
