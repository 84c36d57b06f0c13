// How a Dockerfile line falls into words (BuildKit, frontend/dockerfile/parser/line_parsers.go and split_command.go).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace strates::build {

// At spaces, tabs, \v, \f and \r, at most `limit` pieces (0: all). As Go's regexp.Split: leading space gives an empty first piece.
std::vector<std::string> split_blanks(std::string_view text, size_t limit = 0);

// Words of NAME=VALUE instructions: quotes and escapes keep a word together and stay in it.
std::vector<std::string> quoted_words(std::string_view text, char32_t escape);

struct CommandWords {
  std::string name;                // as written
  std::vector<std::string> flags;  // "--from=build"; quotes and escapes taken away
  std::string rest;                // trimmed
};
CommandWords split_command(std::string_view line);

}  // namespace strates::build
