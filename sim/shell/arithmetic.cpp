#include "sim/shell/arithmetic.hpp"

#include <array>

namespace strates::sim::shell {

namespace {

struct Level {
  std::array<std::string_view, 4> operators;
};

// Loosest first; && and || are handled apart, they do not evaluate both sides.
constexpr std::array<Level, 8> kLevels = {{
    {{"|", "", "", ""}}, {{"^", "", "", ""}}, {{"&", "", "", ""}}, {{"==", "!=", "", ""}}, {{"<=", ">=", "<", ">"}},
    {{"<<", ">>", "", ""}}, {{"+", "-", "", ""}}, {{"*", "/", "%", ""}},
}};

class Evaluator {
 public:
  Evaluator(std::string_view text, const ArithmeticScope& scope, Dialect dialect, int depth) : text_(text), scope_(scope), dialect_(dialect), depth_(depth) {}

  ArithmeticResult run() {
    skip();
    if (at_ == text_.size()) return {};
    const std::int64_t value = comma();
    skip();
    if (error_.empty() && at_ != text_.size()) syntax("expecting EOF");
    return {value, error_};
  }

 private:
  void skip() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n')) ++at_;
  }
  void fail(std::string what) {
    if (error_.empty()) error_ = std::move(what);
  }
  void syntax(std::string_view what) {
    fail(dialect_ == Dialect::Ash ? "arithmetic syntax error" : "arithmetic expression: " + std::string(what) + ": \"" + std::string(text_) + "\"");
  }
  bool at(std::string_view op) {
    skip();
    return text_.substr(at_, op.size()) == op;
  }
  bool take(std::string_view op) {
    if (!at(op)) return false;
    at_ += op.size();
    return true;
  }

  std::int64_t comma() {
    std::int64_t value = assignment();
    while (error_.empty() && dialect_ == Dialect::Ash && take(",")) value = assignment();
    return value;
  }

  std::string_view name_here() {
    skip();
    size_t end = at_;
    const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
    if (end >= text_.size() || !letter(text_[end])) return {};
    while (end < text_.size() && (letter(text_[end]) || (text_[end] >= '0' && text_[end] <= '9'))) ++end;
    return text_.substr(at_, end - at_);
  }

  std::int64_t assignment() {
    if (++depth_ > 200) {
      fail("expression too deep");
      return 0;
    }
    const std::int64_t value = assignment_here();
    --depth_;
    return value;
  }

  std::int64_t assignment_here() {
    const std::string_view name = name_here();
    if (!name.empty()) {
      const size_t start = at_;
      at_ += name.size();
      skip();
      for (const std::string_view op : {"<<=", ">>=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^="}) {
        if (!take(op)) continue;
        const std::int64_t left = variable(name);
        const std::int64_t right = assignment();
        return store(name, apply(op.substr(0, op.size() - 1), left, right));
      }
      if (at("=") && !at("==")) {
        take("=");
        return store(name, assignment());
      }
      at_ = start;
    }
    return ternary();
  }

  std::int64_t store(std::string_view name, std::int64_t value) {
    if (error_.empty() && muted_ == 0) scope_.set(name, value);
    return value;
  }

  std::int64_t ternary() {
    const std::int64_t condition = logical_or();
    if (!error_.empty() || !take("?")) return condition;
    muted_ += condition == 0;
    const std::int64_t yes = assignment();
    muted_ -= condition == 0;
    if (!take(":")) {
      syntax("expecting ':'");
      return 0;
    }
    muted_ += condition != 0;
    const std::int64_t no = assignment();
    muted_ -= condition != 0;
    return condition != 0 ? yes : no;
  }

  std::int64_t logical_or() {
    std::int64_t value = logical_and();
    while (error_.empty() && take("||")) {
      muted_ += value != 0;
      const std::int64_t right = logical_and();
      muted_ -= value != 0;
      value = value != 0 || right != 0;
    }
    return value;
  }

  std::int64_t logical_and() {
    std::int64_t value = binary(0);
    while (error_.empty() && take("&&")) {
      muted_ += value == 0;
      const std::int64_t right = binary(0);
      muted_ -= value == 0;
      value = value != 0 && right != 0;
    }
    return value;
  }

  bool take_binary(std::string_view op) {
    if (op.empty() || !at(op)) return false;
    const char next = at_ + op.size() < text_.size() ? text_[at_ + op.size()] : '\0';
    if (op == "|" && next == '|') return false;
    if (op == "&" && next == '&') return false;
    if ((op == "<" && next == '<') || (op == ">" && next == '>')) return false;
    if (op == "*" && next == '*') return false;
    at_ += op.size();
    return true;
  }

  std::int64_t binary(size_t level) {
    if (level == kLevels.size()) return power();
    std::int64_t value = binary(level + 1);
    while (error_.empty()) {
      std::string_view taken;
      for (const std::string_view op : kLevels[level].operators) {
        if (!take_binary(op)) continue;
        taken = op;
        break;
      }
      if (taken.empty()) break;
      const std::int64_t right = binary(level + 1);
      value = apply(taken, value, right);
    }
    return value;
  }

  std::int64_t power() {
    const std::int64_t base = unary();
    if (!error_.empty() || dialect_ != Dialect::Ash || !take("**")) return base;
    const std::int64_t exponent = power();
    if (exponent < 0) {
      fail("exponent less than 0");
      return 0;
    }
    std::uint64_t value = 1;
    for (std::int64_t i = 0; i < exponent && i < 4096; ++i) value *= static_cast<std::uint64_t>(base);
    return static_cast<std::int64_t>(value);
  }

  std::int64_t apply(std::string_view op, std::int64_t a, std::int64_t b) {
    const auto ua = static_cast<std::uint64_t>(a), ub = static_cast<std::uint64_t>(b);
    if (!error_.empty() || muted_ > 0) return 0;
    if (op == "+") return static_cast<std::int64_t>(ua + ub);
    if (op == "-") return static_cast<std::int64_t>(ua - ub);
    if (op == "*") return static_cast<std::int64_t>(ua * ub);
    if (op == "/" || op == "%") {
      if (b == 0) {
        fail(dialect_ == Dialect::Ash ? "divide by zero" : "arithmetic expression: division by zero: \"" + std::string(text_) + "\"");
        return 0;
      }
      if (b == -1) return op == "/" ? static_cast<std::int64_t>(0 - ua) : 0;
      return op == "/" ? a / b : a % b;
    }
    if (op == "<<") return static_cast<std::int64_t>(ua << (ub & 63));
    if (op == ">>") return a >> (ub & 63);
    if (op == "&") return a & b;
    if (op == "|") return a | b;
    if (op == "^") return a ^ b;
    if (op == "==") return a == b;
    if (op == "!=") return a != b;
    if (op == "<=") return a <= b;
    if (op == ">=") return a >= b;
    if (op == "<") return a < b;
    return a > b;
  }

  std::int64_t unary() {
    skip();
    if (at_ >= text_.size()) {
      syntax("expecting primary");
      return 0;
    }
    const char c = text_[at_];
    const char next = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
    if ((c == '+' || c == '-') && next == c) {
      if (dialect_ == Dialect::Ash) return step_before(c);
    }
    if (++depth_ > 200) {
      fail("expression too deep");
      return 0;
    }
    std::int64_t value = 0;
    if (c == '+') {
      ++at_;
      value = unary();
    } else if (c == '-') {
      ++at_;
      value = static_cast<std::int64_t>(0 - static_cast<std::uint64_t>(unary()));
    } else if (c == '!') {
      ++at_;
      value = unary() == 0;
    } else if (c == '~') {
      ++at_;
      value = ~unary();
    } else {
      value = primary();
    }
    --depth_;
    return value;
  }

  // Wraps around, as the real ones do.
  static std::int64_t next(std::int64_t value, char sign) {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(value) + (sign == '+' ? 1u : ~std::uint64_t{0}));
  }

  std::int64_t step_before(char sign) {
    at_ += 2;
    const std::string_view name = name_here();
    if (name.empty()) {
      syntax("expecting primary");
      return 0;
    }
    at_ += name.size();
    return store(name, next(variable(name), sign));
  }

  std::int64_t primary() {
    if (take("(")) {
      const std::int64_t value = comma();
      if (!take(")")) syntax("expecting ')'");
      return value;
    }
    if (const std::string_view name = name_here(); !name.empty()) {
      at_ += name.size();
      const std::int64_t value = variable(name);
      if (dialect_ == Dialect::Ash && error_.empty()) {
        if (take("++")) store(name, next(value, '+'));
        else if (take("--")) store(name, next(value, '-'));
      }
      return value;
    }
    return number();
  }

  std::int64_t number() {
    size_t end = at_;
    const auto alnum = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
    while (end < text_.size() && alnum(text_[end])) ++end;
    const std::string digits(text_.substr(at_, end - at_));
    if (digits.empty()) {
      syntax("expecting primary");
      return 0;
    }
    const bool hex = digits.size() > 2 && digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X');
    const int base = hex ? 16 : digits[0] == '0' && digits.size() > 1 ? 8 : 10;
    std::uint64_t value = 0;
    for (size_t i = hex ? 2 : 0; i < digits.size(); ++i) {
      const char c = digits[i];
      const int digit = c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
      if (digit >= base) {
        syntax(base == 8 ? "expecting EOF" : "expecting EOF");
        return 0;
      }
      value = value * static_cast<std::uint64_t>(base) + static_cast<std::uint64_t>(digit);
    }
    at_ = end;
    return static_cast<std::int64_t>(value);
  }

  // A variable's text is an expression of its own in busybox, a number in dash.
  std::int64_t variable(std::string_view name) {
    const std::string text = scope_.get(name);
    if (text.empty()) return 0;
    if (depth_ > 150) {
      fail("expression recursion loop detected");
      return 0;
    }
    if (dialect_ == Dialect::Dash && (text.find_first_not_of("0123456789abcdefxABCDEFX+- ") != std::string::npos)) {
      fail("Illegal number: " + text);
      return 0;
    }
    Evaluator inner(text, scope_, dialect_, depth_ + 30);
    const ArithmeticResult result = inner.run();
    if (!result.error.empty()) fail(result.error);
    return result.value;
  }

  std::string_view text_;
  const ArithmeticScope& scope_;
  Dialect dialect_;
  int depth_;
  size_t at_ = 0;
  int muted_ = 0;
  std::string error_;
};

}  // namespace

ArithmeticResult evaluate_arithmetic(std::string_view expression, const ArithmeticScope& scope, Dialect dialect) {
  return Evaluator(expression, scope, dialect, 0).run();
}

}  // namespace strates::sim::shell
