// One pattern of a .dockerignore (moby/patternmatcher), for clean slash-separated paths.
//
//   *        any run without '/'            ?       one character but '/'
//   [a-z]    one of, [^a-z] none of         \c      c as it is
//   **/      any number of directories, none too    ** at the end: all below
//
// Docker turns a pattern into a regular expression, or into a comparison of the whole, the start or the end of the path; here each character becomes
// a state, and all states go through the path together: pattern times path at most, whatever the pattern. Two oddities of Docker's expression are not
// kept, for its documentation says otherwise (Go's filepath.Match): there `\d` is any digit and `[*]` is no class with a star.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace strates::build {

class PathPattern {
 public:
  enum class Kind { Exact, Prefix, Suffix, Regexp };

  // `text` is cleaned (clean_path), without '!', and not empty.
  // code pattern.syntax, wire "syntax error in pattern"
  static Result<PathPattern> compile(std::string text);

  // The path itself, or a directory above it.
  bool matches(std::string_view path) const;

  const std::string& text() const { return text_; }
  Kind kind() const { return kind_; }
  // The expression Docker would have made, from the states that match here; kind Regexp only.
  std::string regex() const;

 private:
  enum class Step { Character, One, Class, Run, All, EnterDirectories, Directories };
  struct Range {
    char32_t low, high;
  };
  struct Class {
    bool negated = false;
    std::vector<Range> ranges;
    std::string source;  // "[a-z]"
    bool holds(char32_t c) const;
  };
  struct State {
    Step step;
    char32_t character = 0;
    size_t class_at = 0;
    bool escaped = false;
  };
  struct Active;

  PathPattern() = default;
  Result<void> read();
  Result<void> read_class(std::string_view& rest);
  void read_stars(std::string_view& rest, bool first);
  void enter(Active& active, size_t state) const;
  void step(Active& next, size_t state, char32_t c) const;
  bool matches_regexp(std::string_view path) const;
  bool matches_suffix(std::string_view path) const;

  std::string text_;
  Kind kind_ = Kind::Exact;
  std::vector<State> states_;
  std::vector<Class> classes_;
  std::string start_;  // every match starts with these bytes
};

}  // namespace strates::build
