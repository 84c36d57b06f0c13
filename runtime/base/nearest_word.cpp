#include "base/nearest_word.hpp"

#include <algorithm>
#include <vector>

namespace strates {

namespace {

// Edits between two words, a swap of neighbours counting once (optimal string alignment).
size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<size_t>> table(a.size() + 1, std::vector<size_t>(b.size() + 1));
  for (size_t i = 0; i <= a.size(); ++i) table[i][0] = i;
  for (size_t j = 0; j <= b.size(); ++j) table[0][j] = j;
  for (size_t i = 1; i <= a.size(); ++i)
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t change = a[i - 1] == b[j - 1] ? 0 : 1;
      table[i][j] = std::min({table[i - 1][j] + 1, table[i][j - 1] + 1, table[i - 1][j - 1] + change});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) table[i][j] = std::min(table[i][j], table[i - 2][j - 2] + 1);
    }
  return table[a.size()][b.size()];
}

}  // namespace

std::string_view nearest_word(std::string_view typed, std::span<const std::string_view> known) {
  constexpr size_t kLongest = 40;
  if (typed.size() > kLongest) return {};
  std::string_view best;
  size_t least = 3;
  for (const std::string_view word : known) {
    const size_t edits = distance(typed, word);
    if (edits < least && edits * 2 < word.size()) {
      least = edits;
      best = word;
    }
  }
  return best;
}

}  // namespace strates
