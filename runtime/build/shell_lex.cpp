#include "build/shell_lex.hpp"

#include <utility>

#include "base/strings.hpp"
#include "build/go_text.hpp"
#include "build/shell_scanner.hpp"
#include "build/shell_substitution.hpp"
#include "build/unicode_class.hpp"
#include "build/unicode_space.hpp"

namespace strates::build {

namespace {

constexpr std::string_view kRefused = "dockerfile.substitution";

Error refuse(std::string sentence) { return docker_error(ErrorKind::Invalid, kRefused, std::move(sentence)); }

// The special parameters of POSIX's shell (2.5.2): names of one character.
bool is_special_parameter(char32_t c) { return c < 0x80 && std::string_view("@*#?-$!0").find(static_cast<char>(c)) != std::string_view::npos; }

class Words {
 public:
  void add(char32_t c) {
    if (!is_space(c)) append_utf8(word_, c);
    else finish();
  }
  void add_quoted(char32_t c) { append_utf8(word_, c); }
  void add_text(std::string_view text) {
    for (const char32_t c : to_runes(text)) add(c);
  }
  void add_quoted_text(std::string_view text) { word_ += text; }
  std::vector<std::string> take() {
    finish();
    return std::move(words_);
  }

 private:
  void finish() {
    if (word_.empty()) return;
    words_.push_back(std::move(word_));
    word_.clear();
  }
  std::string word_;
  std::vector<std::string> words_;
};

class Lexer {
 public:
  Lexer(std::string_view text, const Variables& variables, const LexOptions& options)
      : scanner_(text), variables_(variables), options_(options), raw_escapes_(options.raw_escapes) {}

  Result<std::string> run(Words* words) { return until(kEnd, raw_escapes_, words); }
  Lexed& found() { return found_; }

 private:
  Result<std::string> until(char32_t stop, bool raw_escapes, Words* words);
  Result<std::string> until_with(char32_t stop, Words* words);
  // The same inside ${ }: an end that came too early is said to miss `what`.
  Result<std::string> part(char32_t stop, bool raw_escapes, std::string_view what);
  Result<std::string> single_quoted();
  Result<std::string> double_quoted();
  Result<std::string> dollar();
  Result<std::string> braced();
  Result<std::string> modified(const std::string& name, char32_t modifier, std::string written);
  Result<std::string> replaced(const std::string& name);
  std::string name();
  const std::string* look_up(const std::string& name);

  Scanner scanner_;
  const Variables& variables_;
  const LexOptions& options_;
  bool raw_escapes_;
  int depth_ = 0;
  Work work_{kLexWork};
  Lexed found_;
};

Result<std::string> Lexer::until(char32_t stop, bool raw_escapes, Words* words) {
  const bool before = std::exchange(raw_escapes_, raw_escapes);
  Result<std::string> out = until_with(stop, words);
  raw_escapes_ = before;
  return out;
}

Result<std::string> Lexer::until_with(char32_t stop, Words* words) {
  std::string out;
  for (char32_t c = scanner_.peek(); c != kEnd; c = scanner_.peek()) {
    if (c == stop) {
      scanner_.next();
      return out;
    }
    if (c == '$' || (!options_.skip_quotes && (c == '\'' || c == '"'))) {
      const std::string text = TRY(c == '$' ? dollar() : c == '"' ? double_quoted() : single_quoted());
      if (out.size() + text.size() > kLexOutput) return too_long();
      out += text;
      if (words != nullptr && c == '$') words->add_text(text);
      else if (words != nullptr) words->add_quoted_text(text);
      continue;
    }
    scanner_.next();
    if (c != options_.escape) {
      append_utf8(out, c);
      if (words != nullptr) words->add(c);
      continue;
    }
    const auto keep = [&](char32_t as_is) {
      append_utf8(out, as_is);
      if (words != nullptr) words->add_quoted(as_is);
    };
    if (raw_escapes_) keep(c);
    if (const char32_t escaped = scanner_.next(); escaped != kEnd) keep(escaped);
  }
  if (stop != kEnd) return refuse("unexpected end of statement while looking for matching " + to_utf8(stop));
  return out;
}

Result<std::string> Lexer::part(char32_t stop, bool raw_escapes, std::string_view what) {
  auto out = until(stop, raw_escapes, nullptr);
  if (!out.ok() && out.error().code == kRefused && scanner_.peek() == kEnd) return refuse("syntax error: missing " + std::string(what));
  return out;
}

// Nothing is special between single quotes, the escape character neither.
Result<std::string> Lexer::single_quoted() {
  std::string out;
  const char32_t quote = scanner_.next();
  if (options_.raw_quotes) append_utf8(out, quote);
  for (char32_t c = scanner_.next(); c != quote; c = scanner_.next()) {
    if (c == kEnd) return refuse("unexpected end of statement while looking for matching single-quote");
    append_utf8(out, c);
  }
  if (options_.raw_quotes) append_utf8(out, quote);
  return out;
}

Result<std::string> Lexer::double_quoted() {
  std::string out;
  const char32_t quote = scanner_.next();
  if (options_.raw_quotes) append_utf8(out, quote);
  for (char32_t c = scanner_.peek(); c != quote; c = scanner_.peek()) {
    if (c == kEnd) return refuse("unexpected end of statement while looking for matching double-quote");
    if (c == '$') {
      const std::string text = TRY(dollar());
      if (out.size() + text.size() > kLexOutput) return too_long();
      out += text;
      continue;
    }
    scanner_.next();
    if (c == options_.escape) {
      if (raw_escapes_) append_utf8(out, c);
      // It escapes these three, and is itself before anything else.
      const char32_t next = scanner_.peek();
      if (next == kEnd) continue;
      if (next == quote || next == '$' || next == options_.escape) c = scanner_.next();
    }
    append_utf8(out, c);
  }
  scanner_.next();
  if (options_.raw_quotes) append_utf8(out, quote);
  return out;
}

Result<std::string> Lexer::dollar() {
  scanner_.next();
  if (scanner_.peek() != '{') {
    const std::string variable = name();
    if (variable.empty()) return std::string("$");
    const std::string* value = look_up(variable);
    if (value == nullptr) return options_.skip_unset ? "$" + variable : std::string();
    if (!work_.spend(value->size() + 1)) return too_much_work();
    return *value;
  }
  if (depth_ == kLexDepth) return too_deep();
  ++depth_;
  auto out = braced();
  --depth_;
  if (out.ok() && !work_.spend(out.value().size() + 1)) return too_much_work();
  return out;
}

Result<std::string> Lexer::braced() {
  scanner_.next();
  const char32_t first = scanner_.peek();
  if (first == kEnd) return refuse("syntax error: missing '}'");
  if (first == '{' || first == '}' || first == ':') return refuse("syntax error: bad substitution");
  const std::string variable = name();
  const char32_t modifier = scanner_.next();
  std::string written = to_utf8(modifier);
  if (options_.classic) {
    const char32_t after = scanner_.peek();
    if (modifier != '}' && modifier != '?' && modifier != ':') return refuse("missing ':' in substitution");
    if (modifier == ':' && after != '+' && after != '-' && after != '?') {
      scanner_.next();
      TRY(part('}', false, "'}'"));
      return refuse("unsupported modifier (" + to_utf8(after) + ") in substitution");
    }
  }
  switch (modifier) {
    case '}': {
      const std::string* value = look_up(variable);
      if (value == nullptr) return options_.skip_unset ? "${" + variable + "}" : std::string();
      return *value;
    }
    case ':': {
      const char32_t next = scanner_.next();
      append_utf8(written, next);
      if (next == '#' || next == '%') break;
      return modified(variable, next, std::move(written));
    }
    case '+':
    case '-':
    case '?':
    case '#':
    case '%': return modified(variable, modifier, std::move(written));
    case '/': return replaced(variable);
    default: break;
  }
  return refuse("unsupported modifier (" + written + ") in substitution");
}

Result<std::string> Lexer::modified(const std::string& variable, char32_t modifier, std::string written) {
  const bool cuts = modifier == '#' || modifier == '%';
  std::string word = TRY(part('}', cuts, "'}'"));
  const std::string* value = look_up(variable);
  if (value == nullptr && options_.skip_unset) return "${" + variable + written + word + "}";
  const bool is_missing = value == nullptr || (written.front() == ':' && value->empty());
  switch (modifier) {
    case '-': return is_missing ? word : *value;
    case '+': return is_missing ? std::string() : word;
    case '?':
      if (!is_missing) return *value;
      if (word.empty()) word = value == nullptr ? "is not allowed to be unset" : "is not allowed to be empty";
      return refuse(variable + ": " + word);
    case '#': return cut_prefix(value == nullptr ? "" : *value, word, work_);
    case '%': return cut_suffix(value == nullptr ? "" : *value, word, work_);
    default: return refuse("unsupported modifier (" + written + ") in substitution");
  }
}

Result<std::string> Lexer::replaced(const std::string& variable) {
  const bool all = scanner_.peek() == '/';
  if (all) scanner_.next();
  const std::string pattern = TRY(part('/', true, "'/' in ${}"));
  const std::string replacement = TRY(part('}', true, "'}'"));
  const std::string* value = look_up(variable);
  if (value == nullptr && options_.skip_unset) return "${" + variable + "/" + pattern + "/" + replacement + "}";
  return replace_matches(value == nullptr ? "" : *value, pattern, replacement, all ? Matches::All : Matches::First, work_);
}

// Digits, or one special parameter, or letters, digits and '_'; may be empty.
std::string Lexer::name() {
  std::string out;
  if (is_digit(scanner_.peek())) {
    while (is_digit(scanner_.peek())) append_utf8(out, scanner_.next());
    return out;
  }
  if (is_special_parameter(scanner_.peek())) return to_utf8(scanner_.next());
  while (is_letter(scanner_.peek()) || is_digit(scanner_.peek()) || scanner_.peek() == '_') append_utf8(out, scanner_.next());
  return out;
}

const std::string* Lexer::look_up(const std::string& variable) {
  const auto found = variables_.find(variable);
  (found == variables_.end() ? found_.unmatched : found_.matched).insert(variable);
  return found == variables_.end() ? nullptr : &found->second;
}

Result<Lexed> lex(std::string_view text, const Variables& variables, const LexOptions& options, Words* words) {
  if (text.size() > kLexOutput) return too_long();
  Lexer lexer(text, variables, options);
  auto out = lexer.run(words);
  if (!out.ok() && out.error().code == kRefused) return refuse("failed to process " + go_quote(text) + ": " + out.error().wire);
  if (!out.ok()) return out.error();
  if (out.value().size() > kLexOutput) return too_long();
  lexer.found().text = std::move(out).value();
  return std::move(lexer.found());
}

}  // namespace

Variables variables_of(const std::vector<std::string>& environment) {
  Variables out;
  for (const std::string& entry : environment) {
    const size_t equals = entry.find('=');
    out[entry.substr(0, equals)] = equals == std::string::npos ? "" : entry.substr(equals + 1);
  }
  return out;
}

Result<Lexed> lex_words(std::string_view text, const Variables& variables, const LexOptions& options) {
  Words words;
  Lexed out = TRY(lex(text, variables, options, &words));
  out.words = words.take();
  return out;
}

Result<std::string> expand_word(std::string_view word, const Variables& variables, const LexOptions& options) {
  return TRY(lex(word, variables, options, nullptr)).text;
}

}  // namespace strates::build
