#include "sim/shell/parser.hpp"

#include <array>

#include "sim/shell/token_reader.hpp"

namespace strates::sim::shell {

namespace {

class Parser : public TokenReader {
 public:
  Parser(std::string_view text, size_t start, int line, Dialect dialect, int depth) : TokenReader(text, start, line, dialect) { depth_ = depth; }
  bool open_document() const { return open_document_; }

  Parsed parse() {
    Parsed result;
    skip_blank_lines();
    if (failed_) return failure();
    const Token first = peek();
    if (failed_) return failure();
    if (first.kind == Token::Kind::End) {
      result.end = at_;
      result.end_line = line_;
      return result;
    }
    NodePtr node = parse_list(ListEnd::Newline);
    if (failed_) return failure();
    const Token next = peek();
    if (failed_) return failure();
    if (next.kind != Token::Kind::Newline && next.kind != Token::Kind::End) unexpected(next);
    if (!failed_ && next.kind == Token::Kind::Newline) take();
    if (!failed_ && !documents_.empty()) read_documents();
    if (failed_) return failure();
    result.outcome = Parsed::Outcome::Command;
    result.node = node;
    result.end = at_;
    result.end_line = line_;
    return result;
  }

  Inside inside(std::string_view closer) {
    Inside result;
    result.node = parse_list(ListEnd::Keyword);
    const Token end = failed_ ? Token{} : take();
    const bool closed = closer.empty() ? end.kind == Token::Kind::End : end.kind == Token::Kind::Operator && end.op == closer;
    if (!failed_ && !closed) unexpected(end, closer);
    if (!failed_ && !documents_.empty()) unsupported("a here-document whose text comes after its substitution");
    result.end = at_;
    result.line = line_;
    result.failed = failed_;
    result.outcome = outcome_;
    result.error = error_;
    result.error_line = error_line_;
    return result;
  }

 private:
  enum class ListEnd { Newline, Keyword };

  bool at_keyword(std::string_view keyword) {
    const Token& token = peek();
    return token.kind == Token::Kind::Word && token.plain == keyword;
  }
  bool at_operator(std::string_view op) {
    const Token& token = peek();
    return token.kind == Token::Kind::Operator && token.op == op;
  }
  void expect(std::string_view keyword) {
    if (failed_) return;
    if (!at_keyword(keyword)) return unexpected(peek(), keyword);
    take();
  }
  void skip_newlines() {
    while (!failed_ && peek().kind == Token::Kind::Newline) take();
  }
  bool ends_list() {
    const Token& token = peek();
    if (token.kind == Token::Kind::End) return true;
    if (token.kind == Token::Kind::Operator) return token.op == ")" || token.op == ";;";
    for (const std::string_view keyword : {"then", "else", "elif", "fi", "do", "done", "esac", "}"})
      if (token.plain == keyword && token.kind == Token::Kind::Word) return true;
    return false;
  }

  std::shared_ptr<Node> make(Node::Kind kind) {
    auto node = std::make_shared<Node>();
    node->kind = kind;
    node->line = peek().line;
    return node;
  }

  NodePtr parse_list(ListEnd end) {
    auto sequence = std::make_shared<Node>();
    sequence->kind = Node::Kind::Sequence;
    sequence->line = line_;
    if (end == ListEnd::Keyword) skip_newlines();
    while (!failed_ && !ends_list()) {
      if (end == ListEnd::Newline && peek().kind == Token::Kind::Newline) break;
      NodePtr item = parse_and_or();
      if (failed_) return nullptr;
      if (at_operator("&")) {
        take();
        auto background = std::make_shared<Node>();
        background->kind = Node::Kind::Background;
        background->line = item->line;
        background->children = {item};
        sequence->children.push_back(background);
      } else {
        sequence->children.push_back(item);
        if (at_operator(";")) take();
        else if (end == ListEnd::Newline || peek().kind != Token::Kind::Newline) break;
      }
      if (end == ListEnd::Keyword) skip_newlines();
    }
    if (failed_) return nullptr;
    if (sequence->children.size() == 1) return sequence->children.front();
    return sequence;
  }

  // A list that must hold something: `if ; then` is an error.
  NodePtr parse_body(std::string_view wanted) {
    NodePtr body = parse_list(ListEnd::Keyword);
    if (!failed_ && body->kind == Node::Kind::Sequence && body->children.empty()) unexpected(peek(), peek().kind == Token::Kind::End ? wanted : std::string_view{});
    return body;
  }

  NodePtr parse_and_or() {
    NodePtr left = parse_pipeline();
    while (!failed_ && (at_operator("&&") || at_operator("||"))) {
      auto node = make(at_operator("&&") ? Node::Kind::And : Node::Kind::Or);
      take();
      skip_newlines();
      NodePtr right = parse_pipeline();
      node->children = {left, right};
      left = node;
    }
    return left;
  }

  NodePtr parse_pipeline() {
    if (at_keyword("!")) {
      auto node = make(Node::Kind::Not);
      take();
      node->children = {parse_pipeline()};
      return node;
    }
    auto pipeline = make(Node::Kind::Pipeline);
    NodePtr first = parse_one();
    pipeline->children.push_back(first);
    while (!failed_ && at_operator("|")) {
      take();
      skip_newlines();
      pipeline->children.push_back(parse_one());
    }
    if (pipeline->children.size() == 1) return first;
    return pipeline;
  }

  NodePtr parse_one() {
    if (failed_) return nullptr;
    if (++depth_ > kMostNesting) unsupported("nesting deeper than " + std::to_string(kMostNesting));
    NodePtr node = failed_ ? nullptr : parse_command_node();
    --depth_;
    return node;
  }

  NodePtr parse_command_node() {
    const Token& token = peek();
    if (failed_) return nullptr;
    std::shared_ptr<Node> compound;
    if (token.kind == Token::Kind::Operator && token.op == "(") compound = parse_enclosed(Node::Kind::Subshell);
    else if (token.kind == Token::Kind::Word && token.plain == "{") compound = parse_enclosed(Node::Kind::Group);
    else if (token.kind == Token::Kind::Word && token.plain == "if") compound = parse_if();
    else if (token.kind == Token::Kind::Word && (token.plain == "while" || token.plain == "until")) compound = parse_while();
    else if (token.kind == Token::Kind::Word && token.plain == "for") compound = parse_for();
    else if (token.kind == Token::Kind::Word && token.plain == "case") compound = parse_case();
    else if (token.kind == Token::Kind::Word && dialect_ == Dialect::Ash && (token.plain == "[[" || token.plain == "function")) {
      unsupported(token.plain);
      return nullptr;
    } else return parse_simple();
    while (!failed_ && peek().kind == Token::Kind::Operator && parse_redirect(*compound)) {}
    return compound;
  }

  std::shared_ptr<Node> parse_enclosed(Node::Kind kind) {
    auto node = make(kind);
    take();
    const std::string_view closer = kind == Node::Kind::Subshell ? ")" : "}";
    node->children = {parse_body(closer)};
    if (failed_) return node;
    if (kind == Node::Kind::Group) expect("}");
    else if (at_operator(")")) take();
    else unexpected(peek(), ")");
    return node;
  }

  std::shared_ptr<Node> parse_if() {
    auto node = make(Node::Kind::If);
    take();
    NodePtr condition = parse_body("then");
    expect("then");
    NodePtr body = parse_body("fi");
    node->children = {condition, body};
    if (failed_) return node;
    if (at_keyword("elif")) {
      node->children.push_back(parse_if());  // takes `elif` as its `if`, and the one `fi`
      return node;
    }
    if (at_keyword("else")) {
      take();
      node->children.push_back(parse_body("fi"));
    }
    expect("fi");
    return node;
  }

  std::shared_ptr<Node> parse_while() {
    auto node = make(at_keyword("while") ? Node::Kind::While : Node::Kind::Until);
    take();
    NodePtr condition = parse_body("do");
    expect("do");
    NodePtr body = parse_body("done");
    expect("done");
    node->children = {condition, body};
    return node;
  }

  std::shared_ptr<Node> parse_for() {
    auto node = make(Node::Kind::For);
    take();
    if (failed_) return node;
    if (peek().kind != Token::Kind::Word || !is_name(peek().plain)) {
      syntax("bad for loop variable", "Bad for loop variable");
      return node;
    }
    node->name = take().plain;
    skip_newlines();
    if (!failed_ && at_keyword("in")) {
      take();
      node->has_list = true;
      while (!failed_ && peek().kind == Token::Kind::Word) node->words.push_back(take().word);
      if (!failed_ && !at_operator(";") && peek().kind != Token::Kind::Newline) unexpected(peek());
      if (!failed_) take();
    } else if (!failed_ && at_operator(";")) {
      take();
    }
    skip_newlines();
    expect("do");
    node->children = {parse_body("done")};
    expect("done");
    return node;
  }

  std::shared_ptr<Node> parse_case() {
    auto node = make(Node::Kind::Case);
    take();
    if (failed_) return node;
    if (peek().kind != Token::Kind::Word) {
      unexpected(peek());
      return node;
    }
    node->words.push_back(take().word);
    skip_newlines();
    expect("in");
    skip_newlines();
    while (!failed_ && !at_keyword("esac")) {
      CaseItem item;
      if (at_operator("(")) take();
      for (;;) {
        if (failed_) return node;
        if (peek().kind != Token::Kind::Word) {
          unexpected(peek(), peek().kind == Token::Kind::End ? ")" : std::string_view{});
          return node;
        }
        item.patterns.push_back(take().word);
        if (failed_ || !at_operator("|")) break;
        take();
      }
      if (failed_) return node;
      if (!at_operator(")")) {
        unexpected(peek(), ")");
        return node;
      }
      take();
      item.body = parse_list(ListEnd::Keyword);
      node->items.push_back(std::move(item));
      if (failed_) return node;
      if (at_operator(";;")) {
        take();
        skip_newlines();
      } else if (!at_keyword("esac")) {
        unexpected(peek(), ";;");
      }
    }
    expect("esac");
    return node;
  }

  bool parse_redirect(Node& node) {
    const Token& token = peek();
    static constexpr std::array<std::string_view, 9> kRedirects = {"<", ">", ">>", "<&", ">&", "<<", "<<-", "<>", ">|"};
    bool is_redirect = false;
    for (const auto op : kRedirects) is_redirect = is_redirect || token.op == op;
    if (token.kind != Token::Kind::Operator || !is_redirect) return false;
    const Token op = take();
    if (op.op == "<>") {
      unsupported("<> redirection");
      return false;
    }
    Redirect redirect;
    if (op.op == "<") redirect.kind = Redirect::Kind::In;
    else if (op.op == ">" || op.op == ">|") redirect.kind = Redirect::Kind::Out;
    else if (op.op == ">>") redirect.kind = Redirect::Kind::Append;
    else if (op.op == "<&") redirect.kind = Redirect::Kind::DuplicateIn;
    else if (op.op == ">&") redirect.kind = Redirect::Kind::DuplicateOut;
    else redirect.kind = Redirect::Kind::Document;
    redirect.descriptor = op.descriptor >= 0 ? op.descriptor : op.op[0] == '<' ? 0 : 1;
    if (failed_ || peek().kind != Token::Kind::Word) {
      unexpected(peek());
      return false;
    }
    Token target = take();
    redirect.target = target.word;
    // The node's redirections must not move while a document is awaited.
    node.redirects.reserve(64);
    if (node.redirects.size() == 64) {
      unsupported("more than 64 redirections of one command");
      return false;
    }
    node.redirects.push_back(std::move(redirect));
    if (op.op.substr(0, 2) == "<<") {
      PendingDocument document;
      document.redirect = &node.redirects.back();
      document.strip_tabs = op.op == "<<-";
      for (const Part& part : target.word.parts) {
        if (part.kind != Part::Kind::Text) unsupported("an expansion in a here-document's delimiter");
        document.quoted = document.quoted || part.quoted;
        document.delimiter += part.text;
      }
      documents_.push_back(document);
    }
    return true;
  }

  NodePtr parse_simple() {
    auto node = make(Node::Kind::Simple);
    while (!failed_) {
      const Token& token = peek();
      if (failed_) break;
      if (token.kind == Token::Kind::Operator) {
        if (token.op == "(" && node->words.size() == 1 && node->assignments.empty() && node->redirects.empty()) return parse_function(node);
        if (!parse_redirect(*node)) break;
        continue;
      }
      if (token.kind != Token::Kind::Word) break;
      if (node->words.empty() && take_assignment(*node)) continue;
      if (node->words.empty() && node->assignments.empty() && node->redirects.empty()) {
        for (const std::string_view keyword : {"then", "else", "elif", "fi", "do", "done", "esac", "}"}) {
          if (token.plain != keyword) continue;
          unexpected(token);
          return nullptr;
        }
      }
      node->words.push_back(take().word);
    }
    if (failed_) return nullptr;
    if (node->words.empty() && node->assignments.empty() && node->redirects.empty()) {
      unexpected(peek());
      return nullptr;
    }
    return node;
  }

  bool take_assignment(Node& node) {
    const Word& word = peek().word;
    if (word.parts.empty() || word.parts.front().kind != Part::Kind::Text || word.parts.front().quoted) return false;
    const std::string& first = word.parts.front().text;
    const size_t equal = first.find('=');
    if (equal == std::string::npos || !is_name(std::string_view(first).substr(0, equal))) return false;
    Token token = take();
    Assignment assignment;
    assignment.name = first.substr(0, equal);
    Word value = std::move(token.word);
    value.parts.front().text.erase(0, equal + 1);
    if (value.parts.front().text.empty()) value.parts.erase(value.parts.begin());
    assignment.value = std::move(value);
    node.assignments.push_back(std::move(assignment));
    return true;
  }

  NodePtr parse_function(const std::shared_ptr<Node>& head) {
    const std::string name = head->words.front().plain();
    take();
    if (failed_ || !at_operator(")")) {
      unexpected(peek(), ")");
      return nullptr;
    }
    take();
    if (!is_name(name)) {
      syntax("bad function name", "Bad function name");
      return nullptr;
    }
    skip_newlines();
    auto node = make(Node::Kind::Function);
    node->name = name;
    node->children = {parse_one()};
    return node;
  }
};

}  // namespace

Inside parse_inside(std::string_view text, size_t at, int line, int depth, Dialect dialect, std::string_view closer) {
  if (depth > kMostNesting) {
    Inside refused;
    refused.failed = true;
    refused.outcome = Parsed::Outcome::Unsupported;
    refused.error = "nesting deeper than " + std::to_string(kMostNesting);
    refused.error_line = line;
    return refused;
  }
  return Parser(text, at, line, dialect, depth).inside(closer);
}

Parsed parse_command(std::string_view text, size_t start, int line, Dialect dialect) {
  Parser parser(text, start, line, dialect, 0);
  Parsed parsed = parser.parse();
  parsed.open_document = parser.open_document();
  return parsed;
}

ParsedWord parse_double_quoted(std::string_view text, Dialect dialect, int line) {
  TokenReader reader(text, 0, line, dialect);
  return reader.quoted_text(0);
}

}  // namespace strates::sim::shell
