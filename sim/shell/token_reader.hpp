// From characters to tokens: quotes, expansions, operators, here-documents (POSIX.1-2017, 2.2, 2.3). The grammar is in parser.cpp.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/shell/parser.hpp"

namespace strates::sim::shell {

struct Token {
  enum class Kind { Word, Operator, Newline, End };
  Kind kind = Kind::End;
  std::string op;       // Operator
  int descriptor = -1;  // a number glued before a redirection
  Word word;
  std::string plain;    // the word's unquoted text, when it is only that
  size_t start = 0;
  int line = 0;
};

struct PendingDocument {
  Redirect* redirect = nullptr;
  std::string delimiter;
  bool quoted = false, strip_tabs = false;
};

// A script inside another: $(...) and `...`.
struct Inside {
  NodePtr node;
  size_t end = 0;  // behind the closer
  int line = 0;
  bool failed = false;
  Parsed::Outcome outcome = Parsed::Outcome::Error;
  std::string error;
  int error_line = 0;
};
// closer: ")", or "" when the whole text is the script. Implemented by the grammar.
Inside parse_inside(std::string_view text, size_t at, int line, int depth, Dialect dialect, std::string_view closer);

class TokenReader {
 public:
  TokenReader(std::string_view text, size_t start, int line, Dialect dialect) : text_(text), at_(start), line_(line), dialect_(dialect) {}
  ParsedWord quoted_text(int depth);  // of the commands around it

 protected:
  // ---------------------------------------------------------------- errors
  Parsed failure();
  void fail(Parsed::Outcome outcome, std::string error);
  void unsupported(std::string what) { fail(Parsed::Outcome::Unsupported, std::move(what)); }
  void syntax(std::string ash, std::string dash) { fail(Parsed::Outcome::Error, dialect_ == Dialect::Ash ? "syntax error: " + ash : "Syntax error: " + dash); }
  void unterminated(std::string ash, std::string dash);
  static std::string shown(const Token& token);
  void unexpected(const Token& token, std::string_view wanted = {});

  // ---------------------------------------------------------------- characters
  bool more() const { return at_ < text_.size(); }
  char here() const { return text_[at_]; }
  char ahead(size_t count = 1) const { return at_ + count < text_.size() ? text_[at_ + count] : '\0'; }
  void step();
  void skip_blanks();
  void skip_blank_lines();

  // ---------------------------------------------------------------- tokens
  const Token& peek();
  Token take();
  Token read_token();
  Token operator_token(Token token);
  void flush(Word& word, bool quoted);
  Word read_word(const std::function<bool(char)>& stop);
  void single_quoted(Word& word);
  void ansi_quoted(Word& word);  // $'a\tb'
  void double_quoted(Word& word);

  // One character or expansion inside double quotes (or a here-document: then a quote is a character).
  void quoted_piece(Word& word, bool in_quotes);
  void dollar(Word& word, bool quoted);

  // $(( ... )). False: it was a subshell in a command substitution after all.
  bool arithmetic(Word& word, bool quoted);
  void command_substitution(Word& word, bool quoted);
  void backquoted(Word& word, bool quoted);
  void braced(Word& word, bool quoted);  // ${...}
  Word braced_word(bool quoted, const std::string& operation);
  void bad_substitution() { syntax("bad substitution", "Bad substitution"); }

  // ---------------------------------------------------------------- here-documents
  void read_documents();

  std::string_view text_;
  size_t at_;
  int line_;
  Dialect dialect_;
  int depth_ = 0;
  Token token_;
  bool has_token_ = false;
  std::string pending_;
  std::vector<PendingDocument> documents_;
  bool failed_ = false;
  Parsed::Outcome outcome_ = Parsed::Outcome::Error;
  std::string error_;
  int error_line_ = 0;
  bool open_document_ = false;
};

}  // namespace strates::sim::shell
