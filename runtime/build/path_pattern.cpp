#include "build/path_pattern.hpp"

#include <algorithm>

#include "build/go_text.hpp"
#include "image/path_match.hpp"
#include "image/utf8.hpp"

namespace strates::build {

namespace {

char32_t take(std::string_view& rest) {
  const image::Utf8Char next = image::first_character(rest);
  rest.remove_prefix(next.bytes);
  return next.point;
}

// What means something in a regular expression and nothing in a pattern.
bool is_escaped(char32_t c) { return c < 0x80 && std::string_view(".+()|{}$").find(static_cast<char>(c)) != std::string_view::npos; }

Error bad_pattern() { return docker_error(ErrorKind::Invalid, "pattern.syntax", "syntax error in pattern"); }

}  // namespace

bool PathPattern::Class::holds(char32_t c) const {
  return std::any_of(ranges.begin(), ranges.end(), [c](const Range& range) { return range.low <= c && c <= range.high; }) != negated;
}

Result<PathPattern> PathPattern::compile(std::string text) {
  // Docker asks filepath.Match for its opinion of the syntax, and for nothing else.
  TRY(image::path_match(text, "."));
  PathPattern out;
  out.text_ = std::move(text);
  TRY(out.read());
  for (const State& state : out.states_) {
    if (state.step != Step::Character || state.character == image::kReplacement) break;
    append_utf8(out.start_, state.character);
  }
  return out;
}

Result<void> PathPattern::read() {
  std::string_view rest = text_;
  for (bool first = true; !rest.empty(); first = false) {
    if (rest[0] == '[') {
      TRY(read_class(rest));
      continue;
    }
    const char32_t c = take(rest);
    if (c == '*' && rest.starts_with('*')) {
      rest.remove_prefix(1);
      read_stars(rest, first);
    } else if (c == '*' || c == '?') {
      states_.push_back({c == '*' ? Step::Run : Step::One});
      kind_ = Kind::Regexp;
    } else if (c == '\\') {
      if (rest.empty()) return bad_pattern();
      states_.push_back({Step::Character, take(rest), 0, true});
      kind_ = Kind::Regexp;
    } else {
      states_.push_back({Step::Character, c});
      if (c == ']') kind_ = Kind::Regexp;
    }
  }
  return success();
}

// `rest` is past the "**".
void PathPattern::read_stars(std::string_view& rest, bool first) {
  if (rest.starts_with('/')) rest.remove_prefix(1);
  if (!rest.empty()) {
    states_.push_back({Step::EnterDirectories});
    states_.push_back({Step::Directories});
    kind_ = Kind::Regexp;
  } else if (kind_ == Kind::Exact) {
    kind_ = Kind::Prefix;
  } else {
    states_.push_back({Step::All});
    kind_ = Kind::Regexp;
  }
  if (first) kind_ = Kind::Suffix;
}

// The syntax has been checked, but for a range that ends before it starts.
Result<void> PathPattern::read_class(std::string_view& rest) {
  const std::string_view whole = rest;
  const auto bound = [&]() -> Result<char32_t> {
    if (rest.starts_with('\\')) rest.remove_prefix(1);
    if (rest.empty()) return bad_pattern();
    return take(rest);
  };
  rest.remove_prefix(1);
  Class out;
  out.negated = rest.starts_with('^');
  if (out.negated) rest.remove_prefix(1);
  while (!rest.starts_with(']')) {
    Range range{};
    range.low = range.high = TRY(bound());
    if (rest.starts_with('-')) {
      rest.remove_prefix(1);
      range.high = TRY(bound());
    }
    if (range.high < range.low) return bad_pattern();
    out.ranges.push_back(range);
  }
  rest.remove_prefix(1);
  out.source = whole.substr(0, whole.size() - rest.size());
  states_.push_back({Step::Class, 0, classes_.size()});
  classes_.push_back(std::move(out));
  kind_ = Kind::Regexp;
  return success();
}

std::string PathPattern::regex() const {
  std::string out = "^";
  for (const State& state : states_) {
    switch (state.step) {
      case Step::Character:
        if (state.escaped || is_escaped(state.character)) out += '\\';
        append_utf8(out, state.character);
        break;
      case Step::One: out += "[^/]"; break;
      case Step::Run: out += "[^/]*"; break;
      case Step::All: out += ".*"; break;
      case Step::EnterDirectories: out += "(.*/)?"; break;
      case Step::Directories: break;
      case Step::Class:
        for (const char c : classes_[state.class_at].source) {
          if (is_escaped(static_cast<unsigned char>(c))) out += '\\';
          out += c;
        }
        break;
    }
  }
  return out + "$";
}

bool PathPattern::matches(std::string_view path) const {
  switch (kind_) {
    case Kind::Exact: return path.starts_with(text_) && (path.size() == text_.size() || path[text_.size()] == '/');
    case Kind::Prefix: return path.starts_with(std::string_view(text_).substr(0, text_.size() - 2));
    case Kind::Suffix: return matches_suffix(path);
    case Kind::Regexp: return matches_regexp(path);
  }
  return false;
}

bool PathPattern::matches_suffix(std::string_view path) const {
  const std::string_view suffix = std::string_view(text_).substr(2);
  for (size_t end = path.find('/');; end = path.find('/', end + 1)) {
    const std::string_view candidate = path.substr(0, end);
    if (candidate.ends_with(suffix) || (suffix.starts_with('/') && candidate == suffix.substr(1))) return true;
    if (end == std::string_view::npos) return false;
  }
}

// The states reached with the characters read so far. State states_.size() is the match.
struct PathPattern::Active {
  explicit Active(size_t states) : entered(states + 1, false) {}
  std::vector<bool> entered;
  std::vector<size_t> list;
  bool add(size_t state) {
    if (entered[state]) return false;
    entered[state] = true;
    list.push_back(state);
    return true;
  }
  void clear() {
    for (const size_t state : list) entered[state] = false;
    list.clear();
  }
};

// What may match nothing lets its followers in too.
void PathPattern::enter(Active& active, size_t state) const {
  while (active.add(state) && state < states_.size()) {
    switch (states_[state].step) {
      case Step::Run:
      case Step::All: ++state; break;
      case Step::EnterDirectories:
        active.add(state + 1);
        state += 2;
        break;
      default: return;
    }
  }
}

void PathPattern::step(Active& next, size_t state, char32_t c) const {
  const State& at = states_[state];
  switch (at.step) {
    case Step::Character:
      if (c == at.character) enter(next, state + 1);
      break;
    case Step::One:
      if (c != '/') enter(next, state + 1);
      break;
    case Step::Class:
      if (classes_[at.class_at].holds(c)) enter(next, state + 1);
      break;
    case Step::Run:
      if (c != '/') enter(next, state);
      break;
    case Step::All:
      if (c != '\n') enter(next, state);  // `.` of Go's expressions
      break;
    case Step::Directories:
      if (c != '\n') next.add(state);
      if (c == '/') enter(next, state + 1);
      break;
    case Step::EnterDirectories: break;
  }
}

bool PathPattern::matches_regexp(std::string_view path) const {
  if (!path.starts_with(start_)) return false;
  Active now(states_.size()), next(states_.size());
  enter(now, 0);
  while (!path.empty() && !now.list.empty()) {
    const char32_t c = take(path);
    if (c == '/' && now.entered[states_.size()]) return true;  // a directory above
    next.clear();
    for (const size_t state : now.list)
      if (state < states_.size()) step(next, state, c);
    std::swap(now, next);
  }
  return now.entered[states_.size()];
}

}  // namespace strates::build
