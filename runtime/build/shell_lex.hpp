// Variables and quotes in a Dockerfile's words, as BuildKit's shell lexer (frontend/dockerfile/shell) reads them.
//
//   $x ${x}                    the value, nothing when unset; the positional and special parameters ($1 $@ $# ...) are names like others
//   ${x-w} ${x:-w}             w when x is unset (with the colon: or empty)
//   ${x+w} ${x:+w}             w when x is set (and not empty)
//   ${x?m} ${x:?m}             refused with message m when x is unset (or empty)
//   ${x#p} ${x##p}             without the shortest, the longest prefix that matches p
//   ${x%p} ${x%%p}             without the suffix
//   ${x/p/r} ${x//p/r}         with r for the first, for every longest match of p
//   'as is'  "with $x"  \c     quotes and the escape character go
//
// In p, `*` is any text and `?` one character, neither a newline; \* \? \\ are themselves, \} and \/ are } and /.
// Docker 20.10's classic builder knows fewer: LexOptions::classic.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace strates::build {

using Variables = std::map<std::string, std::string, std::less<>>;
// "A=b" entries; a later one replaces an earlier one (EnvsFromSlice; 20.10 kept the earlier), an entry without '=' is set and empty.
Variables variables_of(const std::vector<std::string>& environment);

struct LexOptions {
  char32_t escape = '\\';
  bool raw_quotes = false;   // quotes stay in the result
  bool raw_escapes = false;  // so do escape characters
  bool skip_quotes = false;  // quotes are ordinary characters
  bool skip_unset = false;   // what names an unset variable stays as written
  bool classic = false;      // Docker 20.10's forms only: ${x} ${x:-w} ${x:+w} ${x:?m} ${x?m}
};

struct Lexed {
  std::string text;
  // `text` cut at the spaces that were not quoted, those that came out of variables included. No word is empty.
  std::vector<std::string> words;
  // Names that were looked up, found and not.
  std::set<std::string, std::less<>> matched, unmatched;
};

// Errors: Invalid; "dockerfile.substitution" with BuildKit's sentence (`failed to process "${": syntax error: missing '}'`),
// "dockerfile.too-large" past one of the limits of lex_limits.hpp.
Result<Lexed> lex_words(std::string_view text, const Variables& variables, const LexOptions& options = {});
// The text alone.
Result<std::string> expand_word(std::string_view word, const Variables& variables, const LexOptions& options = {});

}  // namespace strates::build
