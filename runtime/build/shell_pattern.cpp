#include "build/shell_pattern.hpp"

#include <algorithm>

#include "build/go_text.hpp"

namespace strates::build {

namespace {

constexpr char32_t kAnyOne = 0xffffffff;  // `?` in a piece; no character has this number
constexpr char32_t kByteOrderMark = 0xfeff;
constexpr char32_t kNothing = 0xffffffff;  // past the end of a pattern: prints as U+FFFD, as Go prints its EOF

bool piece_at(std::u32string_view piece, std::u32string_view text, size_t at, Work& work) {
  if (text.size() - at < piece.size()) return false;
  for (size_t i = 0; i < piece.size(); ++i) {
    if (!work.spend(1)) return false;
    if (piece[i] == kAnyOne ? text[at + i] == '\n' : text[at + i] != piece[i]) return false;
  }
  return true;
}

size_t line_end(std::u32string_view text, size_t from, Work& work) {
  const size_t end = std::min(text.find(U'\n', from), text.size());
  work.spend(end - from);
  return end;
}

}  // namespace

Result<ShellPattern> ShellPattern::compile(std::u32string_view pattern, Stars stars) {
  ShellPattern out;
  out.stars_ = stars;
  out.pieces_.emplace_back();
  if (pattern.starts_with(kByteOrderMark)) pattern.remove_prefix(1);
  const auto at = [&](size_t i) { return i < pattern.size() ? pattern[i] : kNothing; };
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '*') {
      out.pieces_.emplace_back();
    } else if (pattern[i] == '?') {
      out.pieces_.back() += kAnyOne;
    } else if (pattern[i] != '\\') {
      out.pieces_.back() += pattern[i];
    } else if (at(i + 1) != '}' && at(i + 1) != '/') {  // these two are escaped for the sake of ${ }, and follow as they are
      const char32_t escaped = at(++i);
      if (escaped != '*' && escaped != '?' && escaped != '\\')
        return docker_error(ErrorKind::Invalid, "dockerfile.substitution", "invalid escape '\\" + to_utf8(escaped) + "'");
      out.pieces_.back() += escaped;
    }
  }
  return out;
}

// Each piece is taken where it first fits: a star stays on its line, so an earlier place leaves at least the room that a later one would. (A piece
// that contains a newline fits in one place only.) Only the last one decides how long the match is.
std::optional<size_t> ShellPattern::match_at(std::u32string_view text, size_t begin, Work& work) const {
  if (!piece_at(pieces_.front(), text, begin, work)) return std::nullopt;
  size_t at = begin + pieces_.front().size();
  if (pieces_.size() == 1) return at;
  size_t end = line_end(text, at, work);
  for (size_t i = 1; i + 1 < pieces_.size(); ++i) {
    while (!piece_at(pieces_[i], text, at, work))
      if (++at > end || work.exhausted()) return std::nullopt;
    at += pieces_[i].size();
    if (at > end) end = line_end(text, at, work);
  }
  return match_last(text, at, end, work);
}

std::optional<size_t> ShellPattern::match_last(std::u32string_view text, size_t begin, size_t line_end, Work& work) const {
  const std::u32string& last = pieces_.back();
  if (text.size() - begin < last.size()) return std::nullopt;
  const size_t limit = std::min(line_end, text.size() - last.size());
  for (size_t i = 0; begin + i <= limit; ++i) {
    const size_t at = stars_ == Stars::Longest ? limit - i : begin + i;
    if (piece_at(last, text, at, work)) return at + last.size();
    if (!work.spend(1)) return std::nullopt;
  }
  return std::nullopt;
}

std::optional<ShellPattern::Match> ShellPattern::find(std::u32string_view text, size_t from, Work& work) const {
  const std::u32string& first = pieces_.front();
  const bool in_one_line = first.find(U'\n') == std::u32string::npos;
  for (size_t at = from; at <= text.size();) {
    if (const auto end = match_at(text, at, work)) return Match{at, *end};
    if (!work.spend(1)) return std::nullopt;
    // What follows the first piece is not there: it is not there either from a later place of the same line.
    const bool rest_is_missing = in_one_line && pieces_.size() > 1 && piece_at(first, text, at, work);
    at = rest_is_missing ? line_end(text, at, work) + 1 : at + 1;
  }
  return std::nullopt;
}

std::u32string reverse_pattern(std::u32string_view pattern) {
  std::u32string out(pattern.rbegin(), pattern.rend());
  // An escape and its character have changed places: back again. Pairs are told from the left of the pattern, the right of `out`.
  for (size_t i = 0; i + 1 < pattern.size(); ++i) {
    if (pattern[i] != '\\') continue;
    std::swap(out[out.size() - 1 - i], out[out.size() - 2 - i]);
    ++i;
  }
  return out;
}

}  // namespace strates::build
