#include "build/words.hpp"

#include "build/unicode_space.hpp"

namespace strates::build {

namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\v' || c == '\f' || c == '\r'; }

// Takes the flags at the start of `line`; gives what follows them.
std::string_view take_flags(std::string_view line, std::vector<std::string>& flags) {
  size_t at = 0;
  while (true) {
    while (at < line.size() && is_space(static_cast<unsigned char>(line[at]))) ++at;
    if (!line.substr(at).starts_with("--")) return line.substr(at);
    std::string word;
    bool quoted = false;
    char quote = 0;
    for (; at < line.size(); ++at) {
      char c = line[at];
      if (quote == 0 && is_space(static_cast<unsigned char>(c))) break;
      if (quote == 0 && (c == '\'' || c == '"')) {
        quote = c;
        quoted = true;
        continue;
      }
      if (c == quote && quote != 0) {
        quote = 0;
        continue;
      }
      if (c == '\\') {
        if (at + 1 == line.size()) continue;
        c = line[++at];
      }
      word += c;
    }
    if (word == "--") return line.substr(at);
    if (quoted || !word.empty()) flags.push_back(std::move(word));
  }
}

}  // namespace

std::vector<std::string> split_blanks(std::string_view text, size_t limit) {
  std::vector<std::string> out;
  size_t start = 0, at = 0;
  while (at < text.size() && (limit == 0 || out.size() + 1 < limit)) {
    if (!is_blank(text[at])) {
      ++at;
      continue;
    }
    out.emplace_back(text.substr(start, at - start));
    while (at < text.size() && is_blank(text[at])) ++at;
    start = at;
  }
  out.emplace_back(text.substr(start));
  return out;
}

std::vector<std::string> quoted_words(std::string_view text, char32_t escape) {
  std::vector<std::string> out;
  std::string word;
  bool in_word = false, quoted = false;
  char32_t quote = 0;
  const auto finish = [&] {
    if (quoted || !word.empty()) out.push_back(std::move(word));
    word.clear();
    in_word = quoted = false;
  };
  for (size_t at = 0; at < text.size();) {
    image::Utf8Char c = image::first_character(text.substr(at));
    if (quote == 0 && is_space(c.point)) {
      if (in_word) finish();
      at += c.bytes;
      continue;
    }
    in_word = true;
    if (quote == 0 && (c.point == '\'' || c.point == '"')) {
      quote = c.point;
      quoted = true;
    } else if (quote != 0 && c.point == quote) {
      quote = 0;
    } else if (c.point == escape && quote != '\'') {
      // Never looked at here: whoever expands the word takes it away. At the very end it is nothing.
      if (at + c.bytes == text.size()) break;
      word += text.substr(at, c.bytes);
      at += c.bytes;
      c = image::first_character(text.substr(at));
    }
    word += text.substr(at, c.bytes);
    at += c.bytes;
  }
  if (in_word) finish();
  return out;
}

CommandWords split_command(std::string_view line) {
  CommandWords out;
  const std::vector<std::string> parts = split_blanks(trim_space(line), 2);
  out.name = parts[0];
  if (parts.size() == 2) out.rest = trim_space(take_flags(parts[1], out.flags));
  return out;
}

}  // namespace strates::build
