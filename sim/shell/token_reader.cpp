#include "sim/shell/token_reader.hpp"

#include <algorithm>
#include <array>

namespace strates::sim::shell {

namespace {

bool is_blank(char c) { return c == ' ' || c == '\t'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex_digit(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool is_name_start(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_name_char(char c) { return is_name_start(c) || is_digit(c); }
bool is_operator_char(char c) { return c == '|' || c == '&' || c == ';' || c == '<' || c == '>' || c == '(' || c == ')'; }

constexpr std::array<std::string_view, 16> kKeywords = {"if", "then", "else", "elif", "fi", "do", "done", "case", "esac", "while", "until", "for", "{", "}", "!", "in"};

}  // namespace

ParsedWord TokenReader::quoted_text(int depth) {
  ParsedWord result;
  depth_ = depth;
  if (depth_ > kMostNesting) unsupported("nesting deeper than " + std::to_string(kMostNesting));
  while (at_ < text_.size() && !failed_) quoted_piece(result.word, false);
  flush(result.word, true);
  result.ok = !failed_;
  result.error = error_;
  return result;
}

Parsed TokenReader::failure() {
  Parsed result;
  result.outcome = outcome_;
  result.error = error_;
  result.error_line = error_line_;
  result.end = text_.size();
  result.end_line = line_;
  return result;
}

void TokenReader::fail(Parsed::Outcome outcome, std::string error) {
  if (failed_) return;
  failed_ = true;
  outcome_ = outcome;
  error_ = std::move(error);
  error_line_ = line_;
}

void TokenReader::unterminated(std::string ash, std::string dash) {
  fail(Parsed::Outcome::Incomplete, dialect_ == Dialect::Ash ? "syntax error: " + ash : "Syntax error: " + dash);
}

std::string TokenReader::shown(const Token& token) {
  switch (token.kind) {
    case Token::Kind::End: return "end of file";
    case Token::Kind::Newline: return "newline";
    case Token::Kind::Operator: return "\"" + (token.op == "<<-" ? std::string("<<") : token.op) + "\"";
    case Token::Kind::Word: break;
  }
  for (const auto keyword : kKeywords)
    if (token.plain == keyword && keyword != "in") return "\"" + token.plain + "\"";
  return "word";
}

void TokenReader::unexpected(const Token& token, std::string_view wanted) {
  if (failed_) return;
  const std::string expecting = wanted.empty() ? "" : " (expecting \"" + std::string(wanted) + "\")";
  const std::string what = dialect_ == Dialect::Ash ? "syntax error: unexpected " + shown(token) + expecting : "Syntax error: " + shown(token) + " unexpected" + expecting;
  if (token.kind != Token::Kind::End) line_ = token.line;
  fail(token.kind == Token::Kind::End ? Parsed::Outcome::Incomplete : Parsed::Outcome::Error, what);
}

void TokenReader::step() {
  if (text_[at_] == '\n') ++line_;
  ++at_;
}

void TokenReader::skip_blanks() {
  while (more()) {
    if (is_blank(here())) step();
    else if (here() == '\\' && ahead() == '\n') { step(); step(); }
    else if (here() == '#') { while (more() && here() != '\n') step(); }
    else break;
  }
}

void TokenReader::skip_blank_lines() {
  for (;;) {
    skip_blanks();
    if (!more() || here() != '\n') return;
    step();
  }
}

const Token& TokenReader::peek() {
  if (!has_token_) {
    token_ = read_token();
    has_token_ = true;
  }
  return token_;
}

Token TokenReader::take() {
  peek();
  has_token_ = false;
  return std::move(token_);
}

Token TokenReader::read_token() {
  Token token;
  skip_blanks();
  token.line = line_;
  token.start = at_;
  if (!more()) return token;
  const char c = here();
  if (c == '\n') {
    token.kind = Token::Kind::Newline;
    step();
    if (!documents_.empty()) read_documents();
    return token;
  }
  if (is_operator_char(c)) return operator_token(token);
  if (is_digit(c)) {  // 2>
    size_t end = at_;
    while (end < text_.size() && is_digit(text_[end])) ++end;
    if (end < text_.size() && (text_[end] == '<' || text_[end] == '>') && end - at_ < 4) {
      token.descriptor = std::stoi(std::string(text_.substr(at_, end - at_)));
      at_ = end;
      return operator_token(token);
    }
  }
  token.kind = Token::Kind::Word;
  token.word = read_word([](char next) { return is_blank(next) || next == '\n' || is_operator_char(next); });
  token.plain = token.word.plain();
  return token;
}

Token TokenReader::operator_token(Token token) {
  token.kind = Token::Kind::Operator;
  for (const std::string_view op : {"<<-", "&&", "||", ";;", "<<", ">>", "<&", ">&", "<>", ">|", "|", "&", ";", "<", ">", "(", ")"}) {
    if (text_.substr(at_, op.size()) != op) continue;
    token.op = op;
    at_ += op.size();
    if (dialect_ == Dialect::Ash && (op == "&") && more() && here() == '>') unsupported("&> redirection");
    if (dialect_ == Dialect::Ash && (op == "<" || op == ">") && more() && here() == '(') unsupported("process substitution");
    if (op == "<<" && more() && here() == '<') unsupported("here-string");
    return token;
  }
  return token;
}

void TokenReader::flush(Word& word, bool quoted) {
  if (pending_.empty()) return;
  word.parts.push_back({Part::Kind::Text, quoted, pending_, {}, {}, {}, {}});
  pending_.clear();
}

Word TokenReader::read_word(const std::function<bool(char)>& stop) {
  Word word;
  if (++depth_ > kMostNesting) unsupported("nesting deeper than " + std::to_string(kMostNesting));
  std::string outer;
  outer.swap(pending_);
  while (more() && !failed_ && !stop(here())) {
    const char c = here();
    if (c == '\\') {
      step();
      if (!more()) { pending_ += '\\'; break; }
      if (here() == '\n') { step(); continue; }
      flush(word, false);
      word.parts.push_back({Part::Kind::Text, true, std::string(1, here()), {}, {}, {}, {}});
      step();
    } else if (c == '\'') {
      flush(word, false);
      single_quoted(word);
    } else if (c == '"') {
      flush(word, false);
      double_quoted(word);
    } else if (c == '$' && dialect_ == Dialect::Ash && ahead() == '\'') {
      flush(word, false);
      ansi_quoted(word);
    } else if (c == '$') {
      dollar(word, false);
    } else if (c == '`') {
      flush(word, false);
      backquoted(word, false);
    } else {
      pending_ += c;
      step();
    }
  }
  flush(word, false);
  pending_.swap(outer);
  --depth_;
  return word;
}

void TokenReader::single_quoted(Word& word) {
  step();
  std::string text;
  while (more() && here() != '\'') {
    text += here();
    step();
  }
  if (!more()) return unterminated("unterminated quoted string", "Unterminated quoted string");
  step();
  word.parts.push_back({Part::Kind::Text, true, std::move(text), {}, {}, {}, {}});
}

void TokenReader::ansi_quoted(Word& word) {  // $'a\tb'
  step();
  step();
  std::string text;
  while (more() && here() != '\'') {
    if (here() != '\\') {
      text += here();
      step();
      continue;
    }
    step();
    if (!more()) break;
    const char c = here();
    step();
    constexpr std::string_view kFrom = "abefnrtv\\'\"?", kTo = "\a\b\033\f\n\r\t\v\\'\"?";
    if (const size_t found = kFrom.find(c); found != std::string_view::npos) text += kTo[found];
    else if (c >= '0' && c <= '7') {
      int value = c - '0';
      for (int i = 0; i < 2 && more() && here() >= '0' && here() <= '7'; ++i) {
        value = value * 8 + (here() - '0');
        step();
      }
      text += static_cast<char>(value);
    } else if (c == 'x' && more() && is_hex_digit(here())) {
      int value = 0;
      for (int i = 0; i < 2 && more() && is_hex_digit(here()); ++i) {
        value = value * 16 + (is_digit(here()) ? here() - '0' : (here() | 0x20) - 'a' + 10);
        step();
      }
      text += static_cast<char>(value);
    } else {
      text += '\\';
      text += c;
    }
  }
  if (!more()) return unterminated("unterminated quoted string", "Unterminated quoted string");
  step();
  word.parts.push_back({Part::Kind::Text, true, std::move(text), {}, {}, {}, {}});
}

void TokenReader::double_quoted(Word& word) {
  step();
  const size_t before = word.parts.size();
  while (more() && here() != '"' && !failed_) quoted_piece(word, true);
  flush(word, true);
  if (failed_) return;
  if (!more()) return unterminated("unterminated quoted string", "Unterminated quoted string");
  step();
  if (word.parts.size() == before) word.parts.push_back({Part::Kind::Text, true, {}, {}, {}, {}, {}});
}

void TokenReader::quoted_piece(Word& word, bool in_quotes) {
  const char c = here();
  if (c == '\\') {
    step();
    if (!more()) {
      pending_ += '\\';
      return;
    }
    const char next = here();
    step();
    if (next == '\n') return;
    if (next != '$' && next != '`' && next != '\\' && !(next == '"' && in_quotes)) pending_ += '\\';
    pending_ += next;
  } else if (c == '$') {
    dollar(word, true);
  } else if (c == '`') {
    flush(word, true);
    backquoted(word, true);
  } else {
    pending_ += c;
    step();
  }
}

void TokenReader::dollar(Word& word, bool quoted) {
  const char next = ahead();
  if (next == '(') {
    flush(word, quoted);
    if (ahead(2) == '(' && arithmetic(word, quoted)) return;
    if (!failed_) command_substitution(word, quoted);
  } else if (next == '{') {
    flush(word, quoted);
    braced(word, quoted);
  } else if (is_name_start(next)) {
    flush(word, quoted);
    step();
    Part part{Part::Kind::Parameter, quoted, {}, {}, {}, {}, {}};
    while (more() && is_name_char(here())) {
      part.text += here();
      step();
    }
    word.parts.push_back(std::move(part));
  } else if (is_digit(next) || (next != '\0' && std::string_view("?#@*$!-").find(next) != std::string_view::npos)) {
    flush(word, quoted);
    step();
    word.parts.push_back({Part::Kind::Parameter, quoted, std::string(1, here()), {}, {}, {}, {}});
    step();
  } else {
    pending_ += '$';
    step();
  }
}

bool TokenReader::arithmetic(Word& word, bool quoted) {
  const size_t start = at_;
  const int start_line = line_;
  at_ += 3;
  int depth = 0;
  std::string text;
  while (more()) {
    if (here() == '(') ++depth;
    else if (here() == ')') {
      if (depth == 0) break;
      --depth;
    }
    text += here();
    step();
  }
  if (!more()) {
    unterminated("missing '))'", "Missing '))'");
    return false;
  }
  if (ahead() != ')') {
    at_ = start;
    line_ = start_line;
    return false;
  }
  at_ += 2;
  TokenReader inner(text, 0, start_line, dialect_);
  ParsedWord expression = inner.quoted_text(depth_ + 1);
  if (!expression.ok) {
    fail(inner.outcome_, expression.error);
    return false;
  }
  Part part{Part::Kind::Arithmetic, quoted, std::move(text), {}, {}, {}, {}};
  part.argument = std::make_shared<const Word>(std::move(expression.word));
  word.parts.push_back(std::move(part));
  return true;
}

void TokenReader::command_substitution(Word& word, bool quoted) {
  at_ += 2;
  const Inside inside = parse_inside(text_, at_, line_, depth_ + 1, dialect_, ")");
  if (inside.failed) {
    line_ = inside.error_line;
    return fail(inside.outcome, inside.error);
  }
  Part part{Part::Kind::Command, quoted, {}, {}, {}, {}, inside.node};
  at_ = inside.end;
  line_ = inside.line;
  word.parts.push_back(std::move(part));
}

void TokenReader::backquoted(Word& word, bool quoted) {
  step();
  std::string script;
  const int start_line = line_;
  while (more() && here() != '`') {
    if (here() == '\\' && (ahead() == '`' || ahead() == '\\' || ahead() == '$' || (quoted && ahead() == '"'))) step();
    script += here();
    step();
  }
  if (!more()) return unterminated("EOF in backquote substitution", "EOF in backquote substitution");
  step();
  const Inside inside = parse_inside(script, 0, start_line, depth_ + 1, dialect_, "");
  if (inside.failed) return fail(inside.outcome == Parsed::Outcome::Incomplete ? Parsed::Outcome::Error : inside.outcome, inside.error);
  word.parts.push_back({Part::Kind::Command, quoted, {}, {}, {}, {}, inside.node});
}

void TokenReader::braced(Word& word, bool quoted) {  // ${...}
  at_ += 2;
  Part part{Part::Kind::Parameter, quoted, {}, {}, {}, {}, {}};
  if (!more()) return unterminated("missing '}'", "Missing '}'");
  if (here() == '#' && ahead() != '}' && ahead() != '\0' && std::string_view("-=?+%:#").find(ahead()) == std::string_view::npos) {
    part.operation = "length";
    step();
  }
  if (more() && is_name_start(here())) {
    while (more() && is_name_char(here())) {
      part.text += here();
      step();
    }
  } else if (more() && is_digit(here())) {
    while (more() && is_digit(here())) {
      part.text += here();
      step();
    }
  } else if (more() && std::string_view("?#@*$!-").find(here()) != std::string_view::npos) {
    part.text = std::string(1, here());
    step();
  }
  if (!more()) return unterminated("missing '}'", "Missing '}'");
  if (part.text.empty()) return bad_substitution();
  if (here() == '}') {
    step();
    word.parts.push_back(std::move(part));
    return;
  }
  if (!part.operation.empty()) return bad_substitution();
  const char c = here();
  if (c == ':' && std::string_view("-=?+").find(ahead()) != std::string_view::npos && ahead() != '\0') {
    part.operation = std::string{':', ahead()};
    at_ += 2;
  } else if (std::string_view("-=?+").find(c) != std::string_view::npos) {
    part.operation = std::string(1, c);
    step();
  } else if (c == '#' || c == '%') {
    part.operation = std::string(1, c);
    step();
    if (more() && here() == c) {
      part.operation += c;
      step();
    }
  } else if (dialect_ == Dialect::Ash && c == ':') {
    part.operation = "substring";
    step();
  } else if (dialect_ == Dialect::Ash && c == '/') {
    part.operation = "replace";
    step();
    if (more() && here() == '/') {
      part.operation = "replace-all";
      step();
    }
  } else {
    return bad_substitution();
  }
  const bool pattern = part.operation[0] == '#' || part.operation[0] == '%';
  part.argument = std::make_shared<const Word>(braced_word(quoted && !pattern && part.operation[0] != 'r', part.operation));
  if (failed_) return;
  if (more() && here() != '}') {  // the second part of a substring or a replacement
    step();
    part.second = std::make_shared<const Word>(braced_word(false, {}));
    if (failed_) return;
  }
  if (!more()) return unterminated("missing '}'", "Missing '}'");
  step();
  word.parts.push_back(std::move(part));
}

Word TokenReader::braced_word(bool quoted, const std::string& operation) {
  const bool two = operation == "substring" || operation.rfind("replace", 0) == 0;
  const char separator = operation == "substring" ? ':' : '/';
  const auto stop = [two, separator](char c) { return c == '}' || (two && c == separator); };
  if (!quoted) return read_word(stop);
  Word word;
  std::string outer;
  outer.swap(pending_);
  while (more() && !failed_ && !stop(here())) {
    if (here() == '"') {
      flush(word, true);
      double_quoted(word);
    } else {
      if (here() == '\\' && ahead() == '}') step();
      else { quoted_piece(word, true); continue; }
      pending_ += here();
      step();
    }
  }
  flush(word, true);
  pending_.swap(outer);
  return word;
}

void TokenReader::read_documents() {
  std::vector<PendingDocument> documents;
  documents.swap(documents_);
  for (PendingDocument& document : documents) {
    std::string body;
    bool closed = false;
    const int first_line = line_;
    while (more()) {
      size_t end = text_.find('\n', at_);
      if (end == std::string_view::npos) end = text_.size();
      std::string line(text_.substr(at_, end - at_));
      at_ = end;
      const bool whole = more();
      if (whole) step();
      if (document.strip_tabs) line.erase(0, std::min(line.find_first_not_of('\t'), line.size()));
      if (line == document.delimiter) {
        closed = true;
        break;
      }
      body += line;
      if (whole) body += '\n';
    }
    // A document that the end of input cuts short is accepted, once no more input can come: see Parsed::Incomplete at the caller.
    if (!closed) open_document_ = true;
    if (document.quoted) {
      document.redirect->target.parts = {{Part::Kind::Text, true, std::move(body), {}, {}, {}, {}}};
    } else {
      // As deep as the command it belongs to: a document can hold a command with a document, and so on.
      ParsedWord parsed = TokenReader(body, 0, first_line, dialect_).quoted_text(depth_ + 1);
      if (!parsed.ok) return fail(Parsed::Outcome::Error, parsed.error);
      document.redirect->target = std::move(parsed.word);
    }
  }
}

bool is_name(std::string_view text) {
  if (text.empty() || !is_name_start(text.front())) return false;
  for (const char c : text)
    if (!is_name_char(c)) return false;
  return true;
}

}  // namespace strates::sim::shell
