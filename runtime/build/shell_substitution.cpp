#include "build/shell_substitution.hpp"

#include <algorithm>

#include "build/go_text.hpp"
#include "build/unicode_class.hpp"
#include "image/utf8.hpp"

namespace strates::build {

namespace {

Result<ShellPattern> compile(std::u32string_view pattern, ShellPattern::Stars stars) {
  auto compiled = ShellPattern::compile(pattern, stars);
  if (compiled.ok()) return compiled;
  return docker_error(ErrorKind::Invalid, "dockerfile.substitution",
                      "invalid pattern (" + from_runes(pattern) + ") in substitution: " + compiled.error().wire);
}

// How many characters of `value` match at its start.
Result<size_t> prefix_length(std::u32string_view value, std::u32string_view pattern, ShellPattern::Stars stars, Work& work) {
  const ShellPattern compiled = TRY(compile(pattern, stars));
  const auto end = compiled.match_at(value, 0, work);
  if (work.exhausted()) return too_much_work();
  return end.value_or(0);
}

ShellPattern::Stars stars_of(std::string_view& pattern, char sign) {
  if (!pattern.starts_with(sign)) return ShellPattern::Stars::Shortest;
  pattern.remove_prefix(1);
  return ShellPattern::Stars::Longest;
}

size_t bytes_of(std::string_view text, size_t characters) {
  size_t bytes = 0;
  for (; characters > 0 && bytes < text.size(); --characters) bytes += image::first_character(text.substr(bytes)).bytes;
  return bytes;
}

// A replacement cut where the match goes: {"a", "b"} is a, the match, b.
using Template = std::vector<std::string>;

// The length of `name` or `{name}` after a '$', 0 when there is none; `name` is set.
size_t template_name(std::string_view text, std::string_view& name) {
  const size_t brace = text.starts_with('{') ? 1 : 0;
  size_t end = brace;
  while (end < text.size()) {
    const image::Utf8Char c = image::first_character(text.substr(end));
    if (!is_letter(c.point) && !is_digit(c.point) && c.point != '_') break;
    end += c.bytes;
  }
  name = text.substr(brace, end - brace);
  if (name.empty() || (brace == 1 && (end == text.size() || text[end] != '}'))) return 0;
  return end + brace;
}

Template read_template(std::string_view text) {
  Template out(1);
  for (size_t dollar = text.find('$'); dollar != std::string_view::npos; dollar = text.find('$')) {
    out.back() += text.substr(0, dollar);
    text.remove_prefix(dollar + 1);
    std::string_view name;
    if (text.starts_with('$')) {
      out.back() += '$';
      text.remove_prefix(1);
    } else if (const size_t length = template_name(text, name); length == 0) {
      out.back() += '$';
    } else {
      // The patterns have no group: $0 alone names something.
      if (name == "0") out.emplace_back();
      text.remove_prefix(length);
    }
  }
  out.back() += text;
  return out;
}

// Copies a value with its matches replaced. Positions are in characters; what is copied are the bytes.
class Replacer {
 public:
  Replacer(std::string_view value, Template replacement, Work& work) : left_(value), replacement_(std::move(replacement)), work_(work) {}

  // `is_dropped`: an empty match that touches the one before.
  Result<void> replace(ShellPattern::Match match, bool is_dropped) {
    TRY(put(take(match.begin - at_)));
    const std::string_view matched = take(match.end - match.begin);
    at_ = match.end;
    for (size_t i = 0; i < replacement_.size() && !is_dropped; ++i) {
      if (i > 0) TRY(put(matched));
      TRY(put(replacement_[i]));
    }
    return {};
  }
  Result<std::string> finish() {
    TRY(put(left_));
    return std::move(out_);
  }

 private:
  std::string_view take(size_t characters) {
    const std::string_view out = left_.substr(0, bytes_of(left_, characters));
    left_.remove_prefix(out.size());
    return out;
  }
  Result<void> put(std::string_view text) {
    if (out_.size() + text.size() > kLexOutput) return too_long();
    if (!work_.spend(text.size() + 1)) return too_much_work();
    out_ += text;
    return {};
  }

  std::string_view left_;
  size_t at_ = 0;
  Template replacement_;
  Work& work_;
  std::string out_;
};

}  // namespace

Result<std::string> cut_prefix(std::string_view value, std::string_view pattern, Work& work) {
  const auto stars = stars_of(pattern, '#');
  if (!work.spend(value.size() + pattern.size())) return too_much_work();
  const size_t characters = TRY(prefix_length(to_runes(value), to_runes(pattern), stars, work));
  return std::string(value.substr(bytes_of(value, characters)));
}

// Both are read backwards, as BuildKit does: the message about a wrong pattern shows it so.
Result<std::string> cut_suffix(std::string_view value, std::string_view pattern, Work& work) {
  const auto stars = stars_of(pattern, '%');
  if (!work.spend(value.size() + pattern.size())) return too_much_work();
  std::u32string runes = to_runes(value);
  std::reverse(runes.begin(), runes.end());
  const size_t characters = TRY(prefix_length(runes, reverse_pattern(to_runes(pattern)), stars, work));
  runes.erase(0, characters);
  std::reverse(runes.begin(), runes.end());
  return from_runes(runes);
}

Result<std::string> replace_matches(std::string_view value, std::string_view pattern, std::string_view replacement, Matches matches, Work& work) {
  if (!work.spend(value.size() + pattern.size() + replacement.size())) return too_much_work();
  const ShellPattern compiled = TRY(compile(to_runes(pattern), ShellPattern::Stars::Longest));
  const std::u32string runes = to_runes(value);
  Replacer out(value, matches == Matches::All ? read_template(replacement) : Template{std::string(replacement)}, work);
  size_t last = 0;
  for (size_t from = 0; from <= runes.size();) {
    const auto match = compiled.find(runes, from, work);
    if (work.exhausted()) return too_much_work();
    if (!match) break;
    TRY(out.replace(*match, match->end == last && match->begin != 0));
    if (matches == Matches::First) break;
    last = match->end;
    from = std::max(from + 1, match->end);
  }
  return out.finish();
}

}  // namespace strates::build
