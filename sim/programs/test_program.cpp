// test and [: POSIX's expressions; and expr.

#include "base/strings.hpp"
#include "sim/programs/atomic.hpp"
#include "sim/programs/posix_regex.hpp"

namespace strates::sim::programs {

namespace {

class Test {
 public:
  Test(Call& call, std::vector<std::string> words) : call_(call), words_(std::move(words)) {}

  int run() {
    if (words_.empty()) return 1;
    if (words_.size() == 4 && words_[0] == "!") {  // POSIX: ! and three words
      words_.erase(words_.begin());
      const int inner = run();
      return inner > 1 ? inner : 1 - inner;
    }
    if (words_.size() == 3 && is_binary(words_[1])) {
      at_ = 3;
      const bool value = binary(words_[0], words_[1], words_[2]);
      return failed_ ? 2 : value ? 0 : 1;
    }
    const bool value = any();
    if (!failed_ && at_ < words_.size()) {
      if (call_.busybox()) error(words_[at_], "unknown operand");
      else if (call_.family == Family::Dash) error(words_[at_ - 1], "unexpected operator");
      else wrong_count();
    }
    return failed_ ? 2 : value ? 0 : 1;
  }

 private:
  void error(const std::string& word, std::string_view what) {
    if (failed_) return;
    failed_ = true;
    if (call_.family == Family::Coreutils) call_.err(call_.name + ": " + std::string(what) + " '" + word + "'\n");
    else call_.err(call_.name + ": " + word + ": " + std::string(what) + "\n");
  }
  // coreutils looks at the number of words first.
  void wrong_count() {
    if (failed_) return;
    failed_ = true;
    if (words_.size() == 2 && words_[0].size() == 2 && words_[0][0] == '-') call_.err(call_.name + ": '" + words_[0] + "': unary operator expected\n");
    else if (words_.size() == 2) call_.err(call_.name + ": missing argument after '" + words_[1] + "'\n");
    else if (words_.size() == 3) call_.err(call_.name + ": '" + words_[1] + "': binary operator expected\n");
    else call_.err(call_.name + ": extra argument '" + words_[at_] + "'\n");
  }
  void argument_expected() {
    if (failed_) return;
    failed_ = true;
    if (call_.family == Family::Coreutils) call_.err(call_.name + ": missing argument after '" + (words_.empty() ? "" : words_.back()) + "'\n");
    else call_.err(call_.name + ": argument expected\n");
  }
  static bool is_binary(std::string_view word) {
    for (const std::string_view op : {"=", "==", "!=", "<", ">", "-eq", "-ne", "-lt", "-le", "-gt", "-ge", "-nt", "-ot", "-ef"})
      if (word == op) return true;
    return false;
  }
  static bool is_unary(std::string_view word) {
    return word.size() == 2 && word[0] == '-' && std::string_view("bcdefghknprstuwxzLOGS").find(word[1]) != std::string_view::npos;
  }
  bool at_word(std::string_view word) const { return at_ < words_.size() && words_[at_] == word; }

  bool any() {
    bool value = all();
    while (!failed_ && at_word("-o")) {
      ++at_;
      const bool right = all();
      value = value || right;
    }
    return value;
  }
  bool all() {
    bool value = negated();
    while (!failed_ && at_word("-a")) {
      ++at_;
      const bool right = negated();
      value = value && right;
    }
    return value;
  }
  bool negated() {
    if (at_word("!") && at_ + 1 < words_.size()) {
      ++at_;
      return !negated();
    }
    return primary();
  }
  bool primary() {
    if (failed_) return false;
    if (at_ >= words_.size()) {
      argument_expected();
      return false;
    }
    const std::string first = words_[at_];
    if (at_ + 2 < words_.size() && is_binary(words_[at_ + 1])) {
      const std::string op = words_[at_ + 1], right = words_[at_ + 2];
      at_ += 3;
      return binary(first, op, right);
    }
    if (call_.family == Family::Dash && at_ + 2 == words_.size() && is_binary(words_[at_ + 1])) {
      error(words_[at_ + 1], "argument expected");
      return false;
    }
    if (first == "(" && at_ + 1 < words_.size()) {
      ++at_;
      const bool value = any();
      if (!at_word(")")) {
        if (!failed_) call_.err(call_.name + ": closing paren expected\n");
        failed_ = true;
        return false;
      }
      ++at_;
      return value;
    }
    if (is_unary(first) && at_ + 1 < words_.size()) {
      at_ += 2;
      return unary(first[1], words_[at_ - 1]);
    }
    ++at_;
    return !first.empty();
  }

  bool number(const std::string& text, long long& value) {
    std::string_view digits = trim(text);
    const bool negative = !digits.empty() && digits[0] == '-';
    if (!digits.empty() && (digits[0] == '-' || digits[0] == '+')) digits.remove_prefix(1);
    if (digits.empty() || digits.find_first_not_of("0123456789") != std::string_view::npos) {
      if (call_.busybox()) error(text, "bad number");
      else if (call_.family == Family::Dash) {
        if (!failed_) call_.err(call_.name + ": Illegal number: " + text + "\n");
        failed_ = true;
      } else error(text, "invalid integer");
      return false;
    }
    if (digits.size() > 18) {
      error(text, "out of range");
      return false;
    }
    value = std::stoll(std::string(digits)) * (negative ? -1 : 1);
    return true;
  }

  bool binary(const std::string& a, const std::string& op, const std::string& b) {
    if (op == "=" || op == "==") return a == b;
    if (op == "!=") return a != b;
    if (op == "<") return a < b;
    if (op == ">") return a > b;
    if (op == "-nt" || op == "-ot" || op == "-ef") {
      const auto first = call_.vfs().stat(call_.path(a)), second = call_.vfs().stat(call_.path(b));
      if (!first.ok() || !second.ok()) return false;
      if (op == "-ef") return first.value().inode == second.value().inode;
      return op == "-nt" ? first.value().meta.mtime > second.value().meta.mtime : first.value().meta.mtime < second.value().meta.mtime;
    }
    long long left = 0, right = 0;
    if (!number(a, left) || !number(b, right)) return false;
    if (op == "-eq") return left == right;
    if (op == "-ne") return left != right;
    if (op == "-lt") return left < right;
    if (op == "-le") return left <= right;
    if (op == "-gt") return left > right;
    return left >= right;
  }

  bool access(const FileStat& stat, std::uint32_t bit) const {
    const Credentials& who = call_.process.who;
    if (who.uid == 0) return bit != 1 || stat.meta.type == image::EntryType::Directory || (stat.meta.mode & 0111) != 0;
    if (stat.meta.uid == who.uid) return (stat.meta.mode >> 6 & bit) != 0;
    bool in_group = stat.meta.gid == who.gid;
    for (const std::uint32_t group : who.groups) in_group = in_group || stat.meta.gid == group;
    return (stat.meta.mode >> (in_group ? 3 : 0) & bit) != 0;
  }

  bool unary(char op, const std::string& word) {
    using image::EntryType;
    if (op == 'z') return word.empty();
    if (op == 'n') return !word.empty();
    if (op == 't') {
      long long descriptor = 0;
      return number(word, descriptor) && call_.process.is_terminal(static_cast<int>(descriptor));
    }
    if (word.empty()) return false;
    const auto found = op == 'L' || op == 'h' ? call_.vfs().lstat(call_.path(word)) : call_.vfs().stat(call_.path(word));
    if (!found.ok()) return false;
    const FileStat& stat = found.value();
    switch (op) {
      case 'e': return true;
      case 'f': return stat.meta.type == EntryType::File;
      case 'd': return stat.meta.type == EntryType::Directory;
      case 'L':
      case 'h': return stat.meta.type == EntryType::Symlink;
      case 'p': return stat.meta.type == EntryType::Fifo;
      case 'c': return stat.meta.type == EntryType::CharDevice;
      case 'b': return stat.meta.type == EntryType::BlockDevice;
      case 's': return stat.meta.type != EntryType::File || stat.meta.size > 0;
      case 'r': return access(stat, 4);
      case 'w': return access(stat, 2);
      case 'x': return access(stat, 1);
      case 'u': return (stat.meta.mode & 04000) != 0;
      case 'g': return (stat.meta.mode & 02000) != 0;
      case 'k': return (stat.meta.mode & 01000) != 0;
      case 'O': return stat.meta.uid == call_.process.who.uid;
      case 'G': return stat.meta.gid == call_.process.who.gid;
      default: return false;
    }
  }

  Call& call_;
  std::vector<std::string> words_;
  size_t at_ = 0;
  bool failed_ = false;
};

// expr(1), by descent.
class Expr {
 public:
  explicit Expr(Call& call) : call_(call), words_(call.args.begin() + 1, call.args.end()) {}

  int run() {
    if (words_.empty()) {
      if (call_.busybox()) return call_.refuse("without arguments");
      call_.err(call_.name + ": missing operand\nTry '" + call_.name + " --help' for more information.\n");
      return 2;
    }
    const std::string value = either();
    if (code_ == 0 && at_ < words_.size()) syntax();
    if (code_ != 0) return code_;
    call_.out(value + "\n");
    return is_null(value) ? 1 : 0;
  }

 private:
  static bool is_number(std::string_view text) {
    if (!text.empty() && text[0] == '-') text.remove_prefix(1);
    return !text.empty() && text.size() < 19 && text.find_first_not_of("0123456789") == std::string_view::npos;
  }
  static bool is_null(const std::string& text) { return text.empty() || (is_number(text) && std::stoll(text) == 0); }
  void fail(const std::string& what) {
    if (code_ == 0) code_ = call_.fail(what, 2);
  }
  void syntax() {
    if (call_.busybox()) return fail("syntax error");
    fail(at_ < words_.size() ? "syntax error: unexpected argument '" + words_[at_] + "'" : "syntax error: missing argument after '" + words_.back() + "'");
  }
  bool take(std::string_view op) {
    if (at_ >= words_.size() || words_[at_] != op) return false;
    ++at_;
    return true;
  }
  std::string either() {
    std::string value = both();
    while (code_ == 0 && take("|")) {
      const std::string right = both();
      if (is_null(value)) value = is_null(right) ? "0" : right;
    }
    return value;
  }
  std::string both() {
    std::string value = compared();
    while (code_ == 0 && take("&")) {
      const std::string right = compared();
      if (is_null(value) || is_null(right)) value = "0";
    }
    return value;
  }
  std::string compared() {
    std::string value = sum();
    while (code_ == 0) {
      std::string op;
      for (const std::string_view candidate : {"<", "<=", "=", "==", "!=", ">=", ">"})
        if (op.empty() && take(candidate)) op = candidate;
      if (op.empty()) break;
      const std::string right = sum();
      int order = 0;
      if (is_number(value) && is_number(right)) {
        const long long a = std::stoll(value), b = std::stoll(right);
        order = a < b ? -1 : a > b;
      } else {
        order = value.compare(right);
      }
      const bool holds = op == "<" ? order < 0 : op == "<=" ? order <= 0 : op == "!=" ? order != 0 : op == ">=" ? order >= 0 : op == ">" ? order > 0 : order == 0;
      value = holds ? "1" : "0";
    }
    return value;
  }
  bool operands(const std::string& a, const std::string& b, long long& left, long long& right) {
    if (code_ != 0) return false;
    if (!is_number(a) || !is_number(b)) {
      fail(call_.busybox() ? "non-numeric argument" : "non-integer argument");
      return false;
    }
    left = std::stoll(a);
    right = std::stoll(b);
    return true;
  }
  std::string sum() {
    std::string value = product();
    while (code_ == 0) {
      const bool plus = take("+");
      if (!plus && !take("-")) break;
      const std::string other = product();
      long long a = 0, b = 0;
      if (operands(value, other, a, b)) value = std::to_string(plus ? a + b : a - b);
    }
    return value;
  }
  std::string product() {
    std::string value = matched();
    while (code_ == 0) {
      const char op = take("*") ? '*' : take("/") ? '/' : take("%") ? '%' : '\0';
      if (op == '\0') break;
      const std::string other = matched();
      long long a = 0, b = 0;
      if (!operands(value, other, a, b)) break;
      if (op != '*' && b == 0) {
        fail("division by zero");
        break;
      }
      long long result = 0;
      if (op == '*' ? __builtin_mul_overflow(a, b, &result) : false) {
        code_ = call_.refuse("numbers of more than 64 bits");
        break;
      }
      value = std::to_string(op == '*' ? result : op == '/' ? a / b : a % b);
    }
    return value;
  }
  std::string match(const std::string& text, const std::string& pattern) {
    const auto regex = PosixRegex::compile(pattern, RegexSyntax::Basic, RegexCase::Exact);
    if (!regex.ok()) {
      code_ = call_.refuse("the pattern '" + pattern + "'");
      return "0";
    }
    const auto found = regex.value().match_at_start(text);
    const bool group = regex.value().groups() > 0;
    if (!found) return group ? "" : "0";
    return group ? found->group(text, 1) : std::to_string(found->length());
  }
  std::string matched() {
    std::string value = primary();
    while (code_ == 0 && take(":")) value = match(value, primary());
    return value;
  }
  std::string primary() {
    if (code_ != 0) return {};
    if (at_ >= words_.size()) {
      syntax();
      return {};
    }
    if (take("(")) {
      const std::string value = either();
      if (code_ == 0 && !take(")")) syntax();
      return value;
    }
    if (at_ + 1 < words_.size()) {
      if (take("length")) return std::to_string(primary().size());
      if (take("match")) {
        const std::string text = primary();
        return match(text, primary());
      }
      if (take("index")) {
        const std::string text = primary(), set = primary();
        const size_t found = text.find_first_of(set);
        return std::to_string(found == std::string::npos ? 0 : found + 1);
      }
      if (take("substr")) {
        const std::string text = primary(), start = primary(), length = primary();
        if (!is_number(start) || !is_number(length)) return "";
        const long long from = std::stoll(start), count = std::stoll(length);
        if (from < 1 || count < 1 || static_cast<size_t>(from) > text.size()) return "";
        return text.substr(static_cast<size_t>(from) - 1, static_cast<size_t>(count));
      }
    }
    return words_[at_++];
  }

  Call& call_;
  std::vector<std::string> words_;
  size_t at_ = 0;
  int code_ = 0;
};

}  // namespace

int test(Call& call) {
  std::vector<std::string> words(call.args.begin() + 1, call.args.end());
  if (base_name(call.args.front()) == "[") {
    if (words.empty() || words.back() != "]") {
      if (call.family == Family::Coreutils) call.err(call.name + ": missing ']'\n");
      else call.err(call.name + ": missing ]\n");
      return 2;
    }
    words.pop_back();
  }
  return Test(call, std::move(words)).run();
}

int expr(Call& call) { return Expr(call).run(); }

}  // namespace strates::sim::programs
