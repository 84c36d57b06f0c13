// Options as getopt(3) reads them: letters that may be glued, values, long names, operands anywhere unless the program says otherwise.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace strates::sim {

struct Options {
  std::map<char, std::vector<std::string>> values;  // by letter, in order; "" for a letter without value
  std::string order;                                // the letters as they came
  std::vector<std::string> operands;
  std::string bad;  // an option that is not in the table: "-Q", "--colour"

  bool has(char letter) const { return values.count(letter) != 0; }
  std::string value(char letter, std::string fallback = {}) const {
    const auto found = values.find(letter);
    return found == values.end() || found->second.empty() ? fallback : found->second.back();
  }
};

// letters: "ab:" as for getopt; a leading '+' stops at the first operand. long_names: {"parents", 'p'}.
Options parse_options(const std::vector<std::string>& args, std::string_view letters, const std::vector<std::pair<std::string_view, char>>& long_names = {});

// A decimal number without sign, at most `most`; false otherwise.
bool parse_number(std::string_view text, std::uint64_t most, std::uint64_t& value);
// The same with a suffix: b 512, k 1024, m 1024 * 1024.
bool parse_count(std::string_view text, std::uint64_t& value);

}  // namespace strates::sim
