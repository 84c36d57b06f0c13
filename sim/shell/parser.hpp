// From text to nodes, one complete command at a time, as a shell reads: what follows is not looked at before the command has run.
//
// Bounded: nesting beyond kMostNesting is a syntax error. What the grammar of the dialect has and this shell lacks is Unsupported.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/shell/ast.hpp"
#include "sim/shell/dialect.hpp"

namespace strates::sim::shell {

struct Parsed {
  enum class Outcome {
    Command,      // `node` (null for an empty line) up to `end`
    End,          // nothing but blanks
    Incomplete,   // more text could complete it; at the end of input `error` says what is missing
    Error,        // `error` as the dialect words it
    Unsupported,  // `error` names the feature
  };
  Outcome outcome = Outcome::End;
  NodePtr node;
  size_t end = 0;     // where to go on
  int end_line = 0;   // the line of `end`
  int error_line = 0;
  bool open_document = false;  // a here-document was cut short by the end of the text: complete only if no more can come
  std::string error;
};

constexpr int kMostNesting = 100;

// Reads one command of `text` from `start`, which is on line `line`.
Parsed parse_command(std::string_view text, size_t start, int line, Dialect dialect);
// A whole word list of a here-document or an arithmetic expression: expansions as inside double quotes.
struct ParsedWord {
  bool ok = true;
  std::string error;
  Word word;
};
ParsedWord parse_double_quoted(std::string_view text, Dialect dialect, int line);
bool is_name(std::string_view text);

}  // namespace strates::sim::shell
