#include "viewer/draw/text_layout.hpp"

#include <algorithm>

namespace strates::viewer {

namespace {

// Where each character begins, and the end.
std::vector<size_t> boundaries(std::string_view text) {
  std::vector<size_t> out;
  for (size_t i = 0; i < text.size(); ++i)
    if ((static_cast<unsigned char>(text[i]) & 0xc0) != 0x80) out.push_back(i);
  out.push_back(text.size());
  return out;
}

template <typename Make>
std::string longest(size_t most, const TextMeasure& measure, TextStyle style, float width, const Make& make) {
  size_t low = 0, high = most;
  while (low < high) {
    const size_t middle = (low + high + 1) / 2;
    if (measure.width(style, make(middle)) <= width) low = middle;
    else high = middle - 1;
  }
  const std::string out = make(low);
  return measure.width(style, out) <= width ? out : "";
}

}  // namespace

std::string elide_end(const TextMeasure& measure, TextStyle style, std::string_view text, float width) {
  if (measure.width(style, text) <= width) return std::string(text);
  const auto at = boundaries(text);
  return longest(at.size() - 1, measure, style, width, [&](size_t count) { return std::string(text.substr(0, at[count])) + "…"; });
}

std::string elide_middle(const TextMeasure& measure, TextStyle style, std::string_view text, float width) {
  if (measure.width(style, text) <= width) return std::string(text);
  const auto at = boundaries(text);
  const size_t characters = at.size() - 1;
  return longest(characters, measure, style, width, [&](size_t count) {
    const size_t head = count / 2, tail = count - head;
    return std::string(text.substr(0, at[head])) + "…" + std::string(text.substr(at[characters - tail]));
  });
}

std::vector<std::string> fold_text(const TextMeasure& measure, TextStyle style, std::string_view text, float width) {
  std::vector<std::string> out;
  std::string line;
  const auto flush = [&] {
    if (!line.empty()) out.push_back(std::move(line));
    line.clear();
  };
  size_t at = 0;
  while (at <= text.size()) {
    const size_t end = std::min(text.find_first_of(" \n", at), text.size());
    std::string_view word = text.substr(at, end - at);
    const std::string longer = line.empty() ? std::string(word) : line + " " + std::string(word);
    if (measure.width(style, longer) <= width) {
      line = longer;
    } else {
      flush();
      while (measure.width(style, word) > width) {
        const auto cuts = boundaries(word);
        size_t count = 1;
        while (count + 1 < cuts.size() && measure.width(style, word.substr(0, cuts[count + 1])) <= width) ++count;
        if (cuts[count] == word.size()) break;
        out.emplace_back(word.substr(0, cuts[count]));
        word.remove_prefix(cuts[count]);
      }
      line = word;
    }
    if (end < text.size() && text[end] == '\n') flush();
    at = end + 1;
  }
  flush();
  return out;
}

}  // namespace strates::viewer
