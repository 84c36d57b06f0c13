#include "sim/programs/options.hpp"

namespace strates::sim {

Options parse_options(const std::vector<std::string>& args, std::string_view letters, const std::vector<std::pair<std::string_view, char>>& long_names) {
  Options options;
  const bool first_operand_stops = !letters.empty() && letters.front() == '+';
  if (first_operand_stops) letters.remove_prefix(1);
  const auto takes_value = [&](char letter) {
    const size_t at = letters.find(letter);
    return at != std::string_view::npos && at + 1 < letters.size() && letters[at + 1] == ':';
  };
  const auto bad = [&](std::string what) {
    if (options.bad.empty()) options.bad = std::move(what);
  };
  for (size_t i = 1; i < args.size(); ++i) {
    const std::string& arg = args[i];
    if (arg == "--") {
      options.operands.insert(options.operands.end(), args.begin() + static_cast<std::ptrdiff_t>(i) + 1, args.end());
      break;
    }
    if (arg.size() < 2 || arg[0] != '-') {
      if (first_operand_stops) {
        options.operands.insert(options.operands.end(), args.begin() + static_cast<std::ptrdiff_t>(i), args.end());
        break;
      }
      options.operands.push_back(arg);
      continue;
    }
    if (arg[1] == '-') {
      const size_t equal = arg.find('=');
      const std::string name = arg.substr(2, equal == std::string::npos ? equal : equal - 2);
      char letter = '\0';
      for (const auto& [long_name, stands_for] : long_names)
        if (long_name == name) letter = stands_for;
      if (letter == '\0') {
        bad(arg);
        continue;
      }
      std::string value = equal == std::string::npos ? "" : arg.substr(equal + 1);
      if (takes_value(letter) && equal == std::string::npos) {
        if (i + 1 >= args.size()) {
          bad(arg + " without a value");
          continue;
        }
        value = args[++i];
      }
      options.values[letter].push_back(value);
      options.order += letter;
      continue;
    }
    for (size_t k = 1; k < arg.size(); ++k) {
      const char letter = arg[k];
      if (letter == ':' || letters.find(letter) == std::string_view::npos) {
        bad(std::string("-") + letter);
        break;
      }
      options.order += letter;
      if (!takes_value(letter)) {
        options.values[letter].push_back("");
        continue;
      }
      if (k + 1 < arg.size()) options.values[letter].push_back(arg.substr(k + 1));
      else if (i + 1 < args.size()) options.values[letter].push_back(args[++i]);
      else bad(std::string("-") + letter + " without a value");
      break;
    }
  }
  return options;
}

bool parse_number(std::string_view text, std::uint64_t most, std::uint64_t& value) {
  if (text.empty() || text.size() > 19) return false;
  std::uint64_t number = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return false;
    number = number * 10 + static_cast<std::uint64_t>(c - '0');
  }
  if (number > most) return false;
  value = number;
  return true;
}

bool parse_count(std::string_view text, std::uint64_t& value) {
  std::uint64_t scale = 1;
  if (!text.empty()) {
    const char unit = text.back();
    if (unit == 'b') scale = 512;
    if (unit == 'k' || unit == 'K') scale = 1024;
    if (unit == 'm' || unit == 'M') scale = 1024 * 1024;
    if (scale > 1) text.remove_suffix(1);
  }
  if (!parse_number(text, 1'000'000'000'000u, value)) return false;
  value *= scale;
  return true;
}

}  // namespace strates::sim
