#include "cli/natural_order.hpp"

#include <algorithm>
#include <cctype>

namespace strates::cli {

bool natural_less(const std::string& a, const std::string& b) {
  const auto digit = [](char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; };
  size_t i = 0, j = 0;
  while (i < a.size() && j < b.size()) {
    if (!digit(a[i]) || !digit(b[j])) {
      if (a[i] != b[j]) return a[i] < b[j];
      ++i, ++j;
      continue;
    }
    const size_t from_i = std::min(a.find_first_not_of('0', i), a.size()), from_j = std::min(b.find_first_not_of('0', j), b.size());
    size_t end_i = from_i, end_j = from_j;
    while (end_i < a.size() && digit(a[end_i])) ++end_i;
    while (end_j < b.size() && digit(b[end_j])) ++end_j;
    if (end_i - from_i != end_j - from_j) return end_i - from_i < end_j - from_j;
    if (const int order = a.compare(from_i, end_i - from_i, b, from_j, end_j - from_j); order != 0) return order < 0;
    i = end_i, j = end_j;
  }
  return a.size() - i < b.size() - j;
}

}  // namespace strates::cli
