#include <cctype>
#include <cstdlib>

#include "base/json_full.hpp"
#include "base/strings.hpp"
#include "cli/template_tree.hpp"

namespace strates::cli::tmpl {

Error template_error(std::string_view text, size_t position, const std::string& what) {
  size_t line = 1;
  for (size_t i = 0; i < position && i < text.size(); ++i) line += text[i] == '\n';
  return docker_error(ErrorKind::Invalid, "cli.template", "template: :" + std::to_string(line) + ": " + what);
}

namespace {

struct Token {
  enum class Kind { End, Field, Dot, Variable, Word, String, Number, Char } kind = Kind::End;
  std::string text;  // Field: ".Name"
  size_t position = 0, end = 0;
  bool after_space = false;
};

bool is_name(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || static_cast<unsigned char>(c) >= 0x80; }

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Result<Nodes> parse() {
    Nodes nodes;
    const std::string stop = TRY(block(nodes, 0));
    if (!stop.empty()) return fail("unexpected {{" + stop + "}}");
    return nodes;
  }

 private:
  Error fail(const std::string& what) const { return template_error(text_, action_at_, what); }

  // Reads nodes until the end or {{end}}, {{else...}}, which it returns ("", "end", "else"); the rest of an else stays in tokens_.
  Result<std::string> block(Nodes& nodes, int depth) {
    if (depth > kMaxDepth) return fail("too deeply nested");
    while (at_ < text_.size()) {
      const size_t open = text_.find("{{", at_);
      std::string literal(text_.substr(at_, open == std::string_view::npos ? std::string_view::npos : open - at_));
      if (trim_next_) literal.erase(0, literal.find_first_not_of(" \t\r\n") == std::string::npos ? literal.size() : literal.find_first_not_of(" \t\r\n"));
      trim_next_ = false;
      const bool trim_before = open != std::string_view::npos && text_.substr(open + 2, 1) == "-" && open + 3 < text_.size() &&
                               std::isspace(static_cast<unsigned char>(text_[open + 3])) != 0;
      if (trim_before) literal.erase(literal.find_last_not_of(" \t\r\n") + 1);
      if (!literal.empty()) {
        auto node = std::make_unique<Node>();
        node->text = std::move(literal);
        nodes.push_back(std::move(node));
      }
      if (open == std::string_view::npos) {
        at_ = text_.size();
        break;
      }
      action_at_ = open;
      at_ = open + 2 + (trim_before ? 1 : 0);
      if (TRY(comment())) continue;
      TRY(tokenize());
      const std::string word = tokens_[0].kind == Token::Kind::Word ? tokens_[0].text : "";
      if (word == "end" || word == "else") {
        next_ = 1;
        return word;
      }
      for (const char* refused : {"define", "template", "block", "break", "continue"})
        if (word == refused) return fail("{{" + word + "}} is not supported here");
      TRY(action(nodes, word, depth));
    }
    return std::string();
  }

  // {{/* ... */}}: true when there was one.
  Result<bool> comment() {
    size_t at = at_;
    while (at < text_.size() && std::isspace(static_cast<unsigned char>(text_[at])) != 0) ++at;
    if (text_.substr(at, 2) != "/*") return false;
    const size_t close = text_.find("*/", at);
    if (close == std::string_view::npos) return fail("unclosed comment");
    at = close + 2;
    while (at < text_.size() && std::isspace(static_cast<unsigned char>(text_[at])) != 0) ++at;
    if (text_.substr(at, 1) == "-") {
      trim_next_ = true;
      ++at;
    }
    if (text_.substr(at, 2) != "}}") return fail("comment ends before closing delimiter");
    at_ = at + 2;
    return true;
  }

  Result<void> tokenize() {
    tokens_.clear();
    next_ = 0;
    bool space = false;
    for (;;) {
      if (at_ >= text_.size()) return fail("unclosed action");
      const char c = text_[at_];
      if (std::isspace(static_cast<unsigned char>(c)) != 0) {
        space = true;
        ++at_;
        continue;
      }
      if (text_.substr(at_, 2) == "}}") {
        at_ += 2;
        break;
      }
      if (c == '-' && space && text_.substr(at_, 3) == "-}}") {
        trim_next_ = true;
        at_ += 3;
        break;
      }
      Token token;
      token.position = at_;
      token.after_space = space;
      space = false;
      TRY(read_token(token));
      token.end = at_;
      tokens_.push_back(std::move(token));
    }
    tokens_.push_back({Token::Kind::End, "", at_, at_, false});
    return success();
  }

  Result<void> read_token(Token& token) {
    const size_t start = at_;
    const char c = text_[at_];
    const auto take_name = [&] {
      while (at_ < text_.size() && is_name(text_[at_])) ++at_;
      token.text = std::string(text_.substr(start, at_ - start));
    };
    if (c == '"' || c == '`') return quoted(token, c);
    ++at_;
    const bool digit_next = at_ < text_.size() && std::isdigit(static_cast<unsigned char>(text_[at_])) != 0;
    if (c == '.' && !digit_next) {
      take_name();
      token.kind = token.text.size() > 1 ? Token::Kind::Field : Token::Kind::Dot;
    } else if (c == '$') {
      take_name();
      token.kind = Token::Kind::Variable;
    } else if (std::isdigit(static_cast<unsigned char>(c)) != 0 || ((c == '-' || c == '+' || c == '.') && digit_next)) {
      while (at_ < text_.size() && (is_name(text_[at_]) || text_[at_] == '.')) ++at_;
      token.text = std::string(text_.substr(start, at_ - start));
      token.kind = Token::Kind::Number;
    } else if (is_name(c)) {
      take_name();
      token.kind = Token::Kind::Word;
    } else if (c == ':' && text_.substr(at_, 1) == "=") {
      ++at_;
      token.kind = Token::Kind::Char;
      token.text = ":=";
    } else if (c == '(' || c == ')' || c == '|' || c == ',' || c == '=') {
      token.kind = Token::Kind::Char;
      token.text = std::string(1, c);
    } else {
      return fail(std::string("unexpected ") + go_quote(std::string(1, c)) + " in operand");
    }
    return success();
  }

  Result<void> quoted(Token& token, char quote) {
    token.kind = Token::Kind::String;
    for (++at_; at_ < text_.size() && text_[at_] != quote; ++at_) {
      if (quote == '`' || text_[at_] != '\\') {
        token.text += text_[at_];
        continue;
      }
      if (++at_ >= text_.size()) break;
      switch (text_[at_]) {
        case 'n': token.text += '\n'; break;
        case 't': token.text += '\t'; break;
        case 'r': token.text += '\r'; break;
        case '\\': case '"': token.text += text_[at_]; break;
        default: return fail("invalid syntax");
      }
    }
    if (at_ >= text_.size()) return fail(quote == '"' ? "unterminated quoted string" : "unterminated raw quoted string");
    ++at_;
    return success();
  }

  const Token& peek() const { return tokens_[next_]; }
  bool take_char(std::string_view text) {
    if (peek().kind != Token::Kind::Char || peek().text != text) return false;
    ++next_;
    return true;
  }

  Result<void> action(Nodes& nodes, const std::string& word, int depth) {
    auto node = std::make_unique<Node>();
    node->kind = word == "if" ? Node::Kind::If : word == "range" ? Node::Kind::Range : word == "with" ? Node::Kind::With : Node::Kind::Action;
    const bool is_block = node->kind != Node::Kind::Action;
    if (is_block) ++next_;
    node->pipeline = TRY(pipeline(0));
    if (peek().kind != Token::Kind::End) return fail("unexpected " + go_quote(peek().text) + " in command");
    if (node->pipeline.commands.empty()) return fail("missing value for " + (is_block ? word : std::string("command")));
    Node* raw = node.get();
    nodes.push_back(std::move(node));
    return is_block ? finish_block(*raw, word, depth + 1) : success();
  }

  Result<void> finish_block(Node& node, const std::string& word, int depth) {
    std::string stop = TRY(block(node.body, depth));
    if (stop == "else") {
      if (peek().kind == Token::Kind::Word && peek().text == "if" && word == "if") return action(node.otherwise, "if", depth);
      if (peek().kind != Token::Kind::End) return fail("unexpected " + go_quote(peek().text) + " in else");
      stop = TRY(block(node.otherwise, depth));
      if (stop == "else") return fail("unexpected {{else}}");
    }
    if (stop.empty()) return fail("unexpected EOF");
    return success();
  }

  Result<Pipeline> pipeline(int depth) {
    if (depth > kMaxDepth) return fail("too deeply nested");
    Pipeline out;
    declaration(out);
    for (;;) {
      Command command;
      while (peek().kind != Token::Kind::End && !(peek().kind == Token::Kind::Char && (peek().text == "|" || peek().text == ")")))
        command.operands.push_back(TRY(operand(depth)));
      if (command.operands.empty()) {
        if (out.commands.empty() && peek().kind == Token::Kind::End) return out;
        return fail("missing value for command");
      }
      for (const Operand& operand : command.operands) command.source += (command.source.empty() ? "" : " ") + operand.source;
      out.commands.push_back(std::move(command));
      if (!take_char("|")) return out;
    }
  }

  void declaration(Pipeline& out) {
    const size_t start = next_;
    std::vector<std::string> names;
    while (peek().kind == Token::Kind::Variable) {
      names.push_back(peek().text);
      ++next_;
      if (!take_char(",")) break;
    }
    const bool declares = !names.empty() && take_char(":=");
    if (!names.empty() && (declares || take_char("="))) {
      out.variables = std::move(names);
      out.declares = declares;
    } else {
      next_ = start;
    }
  }

  Result<Operand> operand(int depth) {
    const Token token = peek();
    Operand out;
    out.position = token.position;
    ++next_;
    switch (token.kind) {
      case Token::Kind::Dot: break;
      case Token::Kind::Field: out.fields.push_back(token.text.substr(1)); break;
      case Token::Kind::Variable:
        out.kind = Operand::Kind::Variable;
        out.name = token.text;
        break;
      case Token::Kind::String:
        out.kind = Operand::Kind::Literal;
        out.literal = std::make_unique<Json>(token.text);
        break;
      case Token::Kind::Number: {
        out.kind = Operand::Kind::Literal;
        char* end = nullptr;
        const long long whole = std::strtoll(token.text.c_str(), &end, 0);
        out.literal = std::make_unique<Json>(whole);
        if (*end != '\0') out.literal = std::make_unique<Json>(std::strtod(token.text.c_str(), &end));
        if (*end != '\0') return fail("bad number syntax: " + go_quote(token.text));
        break;
      }
      case Token::Kind::Word:
        if (token.text == "true" || token.text == "false" || token.text == "nil") {
          out.kind = Operand::Kind::Literal;
          out.literal = std::make_unique<Json>(token.text == "nil" ? Json(nullptr) : Json(token.text == "true"));
        } else {
          if (!is_function(token.text)) return fail("function " + go_quote(token.text) + " not defined");
          out.kind = Operand::Kind::Function;
          out.name = token.text;
        }
        break;
      case Token::Kind::Char:
        if (token.text != "(") return fail("unexpected " + go_quote(token.text) + " in operand");
        out.kind = Operand::Kind::Group;
        out.group = std::make_unique<Pipeline>(TRY(pipeline(depth + 1)));
        if (!take_char(")")) return fail("unclosed left paren");
        break;
      case Token::Kind::End: return fail("missing value for command");
    }
    bool first = true;
    while (peek().kind == Token::Kind::Field && !peek().after_space) {
      if (first) out.position = peek().position;
      first = false;
      out.fields.push_back(peek().text.substr(1));
      ++next_;
    }
    out.source = std::string(text_.substr(token.position, tokens_[next_ - 1].end - token.position));
    return out;
  }

  std::string_view text_;
  size_t at_ = 0, action_at_ = 0, next_ = 0;
  bool trim_next_ = false;
  std::vector<Token> tokens_;
};

}  // namespace

Result<Nodes> parse_template(std::string_view text) { return Parser(text).parse(); }

}  // namespace strates::cli::tmpl
