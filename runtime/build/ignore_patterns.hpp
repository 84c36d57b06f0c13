// What a .dockerignore leaves out of a build context (moby/patternmatcher; the syntax of a pattern is in path_pattern.hpp).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "build/path_pattern.hpp"

namespace strates::build {

// The patterns of a .dockerignore, one a line: comments (# at the very start) and blank lines gone, paths clean and relative, '!' kept in front:
// "! /a//b" is "!a/b". A byte order mark is skipped. Nothing is refused here: a "!" alone comes through for `compile` to refuse.
std::vector<std::string> read_ignore_file(std::string_view text);

// Immutable once compiled: any thread.
class IgnorePatterns {
 public:
  // Blank patterns are skipped.
  // codes, Invalid: pattern.syntax ("syntax error in pattern"), pattern.exclusion (`illegal exclusion pattern: "!"`)
  static Result<IgnorePatterns> compile(const std::vector<std::string>& patterns);

  // Whether `path` (clean, relative to the context) is left out: the last pattern that matches it or a directory above it decides, and one with '!'
  // takes it back in. Time is at most all patterns times the path.
  bool excludes(std::string_view path) const;

  // Whether nothing below `path`, an excluded directory, can come back: no '!' pattern starts, as text, with that directory. So "!a/b" keeps the
  // door of a open, and "!**/b" of no directory: Docker's client does the same.
  bool skips_directory(std::string_view path) const;

  bool empty() const { return rules_.empty(); }

 private:
  enum class Effect { Exclude, TakeBack };
  struct Rule {
    Effect effect;
    PathPattern pattern;
  };

  std::vector<Rule> rules_;
};

}  // namespace strates::build
