#include "build/heredoc.hpp"

#include "build/unicode_space.hpp"

namespace strates::build {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

Error unmatched(char quote) {
  return docker_error(ErrorKind::Invalid, "dockerfile.syntax",
                      std::string("unexpected end of statement while looking for matching ") + (quote == '"' ? "double-quote" : "single-quote"));
}

// One shell word from `at` on, which ends behind it. `plain` is the word without quotes and escapes, `as_written` with them.
struct Word {
  std::string plain, as_written;
  bool quoted = false;
};
Result<Word> take_word(std::string_view text, size_t& at) {
  Word out;
  char quote = 0;
  for (; at < text.size(); ++at) {
    char c = text[at];
    if (quote == 0 && is_space(static_cast<unsigned char>(c))) break;
    out.as_written += c;
    if (quote == 0 && (c == '\'' || c == '"')) {
      quote = c;
      out.quoted = true;
    } else if (quote != 0 && c == quote) {
      quote = 0;
    } else if (c == '\\' && quote != '\'' && at + 1 < text.size()) {
      const char escaped = text[++at];
      out.as_written += escaped;
      // Between double quotes a backslash escapes only what would end or change them.
      if (quote == '"' && escaped != '"' && escaped != '\\' && escaped != '$') out.plain += c;
      out.plain += escaped;
    } else {
      out.plain += c;
    }
  }
  if (quote != 0) return unmatched(quote);
  return out;
}

void skip_spaces(std::string_view text, size_t& at) {
  while (at < text.size() && is_space(static_cast<unsigned char>(text[at]))) ++at;
}

// "<<", "3<<-" at `at`: moves behind it. False: no such operator here.
bool take_operator(std::string_view text, size_t& at, Heredoc& into) {
  size_t next = at, digits = 0;
  while (next < text.size() && is_digit(text[next])) ++next, ++digits;
  if (digits > 6 || !text.substr(next).starts_with("<<")) return false;
  if (digits != 0) into.descriptor = std::stoi(std::string(text.substr(at, digits)));
  next += 2;
  into.chomp = next < text.size() && text[next] == '-';
  if (into.chomp) ++next;
  at = next;
  return true;
}

}  // namespace

Result<std::optional<Heredoc>> parse_heredoc(std::string_view text) {
  const std::optional<Heredoc> none;
  Heredoc out;
  size_t at = 0;
  if (!take_operator(text, at, out)) return none;
  if (text.find('<', at) != std::string_view::npos) return none;
  skip_spaces(text, at);
  if (at == text.size()) return none;
  const Word word = TRY(take_word(text, at));
  skip_spaces(text, at);
  if (at != text.size()) return none;
  out.name = word.plain;
  out.expand = !word.quoted;
  return std::optional(std::move(out));
}

Result<std::vector<Heredoc>> heredocs_of_line(std::string_view line) {
  std::vector<Heredoc> out;
  for (size_t at = 0;;) {
    skip_spaces(line, at);
    if (at == line.size()) return out;
    const size_t start = at;
    Heredoc unused;
    if (take_operator(line, at, unused)) skip_spaces(line, at);  // `<< EOF` is one word
    auto word = take_word(line, at);
    if (!word.ok()) {
      // Only a here-document's own name must be closed; the rest of the line is the shell's.
      if (const auto opened = parse_heredoc(line.substr(start)); !opened.ok()) return opened.error();
      return out;
    }
    if (auto heredoc = TRY(parse_heredoc(line.substr(start, at - start)))) out.push_back(std::move(*heredoc));
  }
}

}  // namespace strates::build
