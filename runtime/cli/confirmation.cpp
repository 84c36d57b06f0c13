#include "cli/confirmation.hpp"

#include <string>

#include "base/strings.hpp"

namespace strates::cli {

bool confirmed(Console& console, std::string_view question) {
  constexpr size_t kLongestAnswer = 4096;
  console.out(std::string(question) + " [y/N] ");
  std::string answer;
  for (char byte; answer.size() < kLongestAnswer;) {
    const auto got = console.read_input({&byte, 1});
    if (!got.ok() || got.value() == 0 || byte == '\n') break;
    answer += byte;
  }
  if (answer.ends_with('\r')) answer.pop_back();
  return to_lower(answer) == "y";
}

}  // namespace strates::cli
