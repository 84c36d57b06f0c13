// Here-documents: `RUN <<EOF` and the lines up to EOF (BuildKit's Dockerfile syntax 1.4).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace strates::build {

struct Heredoc {
  std::string name;      // the line that ends it
  int descriptor = 0;    // `3<<EOF`: 3
  bool expand = true;    // false when any part of the name is quoted
  bool chomp = false;    // `<<-`: leading tabs do not count before the end line
  std::string content;   // lines with their ends
};

// A word that opens one; none: it does not. Error when a quote in it has no end, code dockerfile.syntax.
Result<std::optional<Heredoc>> parse_heredoc(std::string_view word);
// All that a line opens, in order.
Result<std::vector<Heredoc>> heredocs_of_line(std::string_view line);

}  // namespace strates::build
