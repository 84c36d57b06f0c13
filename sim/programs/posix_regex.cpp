#include "sim/programs/posix_regex.hpp"

#include <algorithm>

namespace strates::sim {

namespace {

using Instruction = PosixRegex::Instruction;
using Kind = Instruction::Kind;
using Code = std::vector<Instruction>;

constexpr size_t kMostCode = 20'000;
constexpr size_t kMostGroups = 32;

Instruction one(Kind kind, int first = 0, int second = 0) {
  Instruction instruction;
  instruction.kind = kind;
  instruction.first = first;
  instruction.second = second;
  return instruction;
}

bool is_word(unsigned char c) { return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

void append(Code& to, const Code& more) { to.insert(to.end(), more.begin(), more.end()); }

class Compiler {
 public:
  Compiler(std::string_view pattern, RegexSyntax syntax, bool fold) : text_(pattern), extended_(syntax == RegexSyntax::Extended), fold_(fold) {}

  Code run() {
    Code code = alternatives();
    if (error_.empty() && at_ < text_.size()) error_ = extended_ ? "Unmatched ) or \\)" : "Unmatched ) or \\)";
    return code;
  }
  std::string error_;
  bool unsupported_ = false;
  size_t groups_ = 0;

 private:
  bool at(std::string_view token) const { return text_.substr(at_, token.size()) == token; }
  bool take(std::string_view token) {
    if (!at(token)) return false;
    at_ += token.size();
    return true;
  }
  void fail(std::string what) {
    if (error_.empty()) error_ = std::move(what);
  }
  void lacking(std::string what) {
    fail(std::move(what));
    unsupported_ = true;
  }
  std::string_view open() const { return extended_ ? "(" : "\\("; }
  std::string_view close() const { return extended_ ? ")" : "\\)"; }
  std::string_view bar() const { return extended_ ? "|" : "\\|"; }

  Code alternatives() {
    if (++depth_ > 100) {
      lacking("nesting deeper than 100");
      return {};
    }
    Code left = sequence();
    while (error_.empty() && take(bar())) {
      const Code right = sequence();
      Code both{one(Kind::Split, 1, static_cast<int>(left.size()) + 2)};
      append(both, left);
      both.push_back(one(Kind::Jump, static_cast<int>(right.size()) + 1));
      append(both, right);
      left = std::move(both);
    }
    --depth_;
    return left;
  }

  Code sequence() {
    Code code;
    bool first = true;
    while (error_.empty() && at_ < text_.size() && !at(bar()) && !(at(close()) && (open_groups_ > 0 || !extended_))) {
      Code piece = atom(first);
      first = false;
      if (error_.empty()) piece = repeated(std::move(piece));
      append(code, piece);
      if (code.size() > kMostCode) lacking("a pattern of that size");
    }
    return code;
  }

  Code single(char c) {
    Instruction instruction = one(Kind::Set);
    add(instruction.set, static_cast<unsigned char>(c));
    return {instruction};
  }
  void add(std::bitset<256>& set, unsigned char c) const {
    set.set(c);
    if (!fold_) return;
    if (c >= 'a' && c <= 'z') set.set(c - 32u);
    if (c >= 'A' && c <= 'Z') set.set(c + 32u);
  }

  Code atom(bool first) {
    const char c = text_[at_];
    if (take(open())) {
      const size_t number = ++groups_;
      if (number >= kMostGroups) {
        lacking("more than 31 groups");
        return {};
      }
      ++open_groups_;
      Code inner = alternatives();
      --open_groups_;
      if (error_.empty() && !take(close())) fail("Unmatched ( or \\(");
      Code code{one(Kind::Save, static_cast<int>(number) * 2)};
      append(code, inner);
      code.push_back(one(Kind::Save, static_cast<int>(number) * 2 + 1));
      return code;
    }
    if (c == '.') {
      ++at_;
      Instruction any = one(Kind::Set);
      any.set.set();
      any.set.reset('\n');
      return {any};
    }
    if (c == '[') return bracket();
    if (c == '^' && (extended_ || first)) {
      ++at_;
      return {one(Kind::LineStart)};
    }
    if (c == '$' && (extended_ || at_ + 1 == text_.size() || text_.substr(at_ + 1, 2) == "\\)" || text_.substr(at_ + 1, 2) == "\\|")) {
      ++at_;
      return {one(Kind::LineEnd)};
    }
    if (c == '*' && first && !extended_) {
      ++at_;
      return single('*');
    }
    if (extended_ && (c == '*' || c == '+' || c == '?')) {
      ++at_;
      return first ? Code{} : single(c);
    }
    if (c == '\\') return escaped();
    ++at_;
    return single(c);
  }

  Code escaped() {
    if (at_ + 1 >= text_.size()) {
      fail("Trailing backslash");
      return {};
    }
    const char c = text_[at_ + 1];
    at_ += 2;
    switch (c) {
      case '<': return {one(Kind::WordStart)};
      case '>': return {one(Kind::WordEnd)};
      case 'b': return {one(Kind::WordEdge)};
      case 'B': return {one(Kind::NoWordEdge)};
      case 'w':
      case 'W':
      case 's':
      case 'S': {
        Instruction instruction = one(Kind::Set);
        for (unsigned i = 0; i < 256; ++i) {
          const auto byte = static_cast<unsigned char>(i);
          const bool in = (c | 0x20) == 'w' ? is_word(byte) : byte == ' ' || (byte >= 9 && byte <= 13);
          if (in == ((c & 0x20) != 0)) instruction.set.set(i);
        }
        return {instruction};
      }
      case 'n': return single('\n');
      case 't': return single('t');
      default: break;
    }
    if (c >= '1' && c <= '9') {
      lacking("back-references");
      return {};
    }
    if (c == '`' || c == '\'') {
      lacking(std::string("\\") + c);
      return {};
    }
    return single(c);
  }

  Code bracket() {
    ++at_;
    Instruction instruction = one(Kind::Set);
    const bool negated = take("^");
    bool closed = false;
    for (bool first = true; at_ < text_.size(); first = false) {
      if (text_[at_] == ']' && !first) {
        ++at_;
        closed = true;
        break;
      }
      if (at("[.") || at("[=")) {
        lacking("collating elements");
        return {};
      }
      if (at("[:")) {
        const size_t end = text_.find(":]", at_);
        if (end == std::string_view::npos) break;
        if (!named(text_.substr(at_ + 2, end - at_ - 2), instruction.set)) {
          fail("Invalid character class name");
          return {};
        }
        at_ = end + 2;
        continue;
      }
      const auto low = static_cast<unsigned char>(text_[at_++]);
      unsigned char high = low;
      if (at_ + 1 < text_.size() && text_[at_] == '-' && text_[at_ + 1] != ']') {
        high = static_cast<unsigned char>(text_[at_ + 1]);
        at_ += 2;
        if (high < low) {
          fail("Invalid range end");
          return {};
        }
      }
      for (unsigned i = low; i <= high; ++i) add(instruction.set, static_cast<unsigned char>(i));
    }
    if (!closed) {
      fail("Unmatched [, [^, [:, [., or [=");
      return {};
    }
    if (negated) instruction.set.flip();
    return {instruction};
  }

  bool named(std::string_view name, std::bitset<256>& set) const {
    bool known = false;
    const auto range = [&](std::string_view wanted, auto in) {
      if (name != wanted) return;
      known = true;
      for (unsigned i = 0; i < 128; ++i)
        if (in(i)) add(set, static_cast<unsigned char>(i));
    };
    const auto lower = [](unsigned c) { return c >= 'a' && c <= 'z'; };
    const auto upper = [](unsigned c) { return c >= 'A' && c <= 'Z'; };
    const auto digit = [](unsigned c) { return c >= '0' && c <= '9'; };
    range("alpha", [&](unsigned c) { return lower(c) || upper(c); });
    range("digit", digit);
    range("alnum", [&](unsigned c) { return lower(c) || upper(c) || digit(c); });
    range("lower", lower);
    range("upper", upper);
    range("space", [](unsigned c) { return c == ' ' || (c >= 9 && c <= 13); });
    range("blank", [](unsigned c) { return c == ' ' || c == '\t'; });
    range("punct", [&](unsigned c) { return c > 32 && c < 127 && !lower(c) && !upper(c) && !digit(c); });
    range("xdigit", [&](unsigned c) { return digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); });
    range("print", [](unsigned c) { return c >= 32 && c < 127; });
    range("graph", [](unsigned c) { return c > 32 && c < 127; });
    range("cntrl", [](unsigned c) { return c < 32 || c == 127; });
    return known;
  }

  static Code star(const Code& piece) {
    Code code{one(Kind::Split, 1, static_cast<int>(piece.size()) + 2)};
    append(code, piece);
    code.push_back(one(Kind::Jump, -static_cast<int>(piece.size()) - 1));
    return code;
  }
  static Code maybe(const Code& piece) {
    Code code{one(Kind::Split, 1, static_cast<int>(piece.size()) + 1)};
    append(code, piece);
    return code;
  }

  Code repeated(Code piece) {
    while (error_.empty()) {
      if (take("*")) {
        piece = star(piece);
      } else if (take(extended_ ? "+" : "\\+")) {
        Code code = piece;
        append(code, star(piece));
        piece = std::move(code);
      } else if (take(extended_ ? "?" : "\\?")) {
        piece = maybe(piece);
      } else if (at(extended_ ? "{" : "\\{") && bounds_follow()) {
        piece = counted(piece);
      } else {
        break;
      }
      if (piece.size() > kMostCode) lacking("a pattern of that size");
    }
    return piece;
  }

  bool bounds_follow() const {
    const size_t digit = at_ + (extended_ ? 1 : 2);
    return !extended_ || (digit < text_.size() && ((text_[digit] >= '0' && text_[digit] <= '9') || text_[digit] == ','));
  }

  Code counted(const Code& piece) {
    at_ += extended_ ? 1 : 2;
    const auto number = [&]() -> int {
      int value = -1;
      while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9' && value < 1000) value = std::max(value, 0) * 10 + (text_[at_++] - '0');
      return value;
    };
    int low = number(), high = low;
    if (take(",")) high = number();
    else if (low < 0) fail("Invalid content of \\{\\}");
    if (!take(extended_ ? "}" : "\\}")) fail("Unmatched \\{");
    low = std::max(low, 0);
    if (low > 255 || high > 255 || (high >= 0 && high < low)) fail("Invalid content of \\{\\}");
    if (!error_.empty() || piece.size() * static_cast<size_t>(std::max(low, high) + 1) > kMostCode) {
      lacking("a pattern of that size");
      return {};
    }
    Code code;
    for (int i = 0; i < low; ++i) append(code, piece);
    if (high < 0) {
      append(code, star(piece));
    } else {
      Code rest;
      for (int i = low; i < high; ++i) {
        Code next = piece;
        append(next, rest);
        rest = maybe(next);
      }
      append(code, rest);
    }
    return code;
  }

  std::string_view text_;
  bool extended_, fold_;
  size_t at_ = 0;
  int depth_ = 0, open_groups_ = 0;
};

struct Thread {
  size_t at = 0;
  std::vector<size_t> saved;
};

}  // namespace

Result<PosixRegex> PosixRegex::compile(std::string_view pattern, RegexSyntax syntax, RegexCase sensitivity) {
  PosixRegex regex;
  std::string escaped;
  if (syntax == RegexSyntax::Fixed) {
    for (const char c : pattern) {
      if (std::string_view("\\.[*^$").find(c) != std::string_view::npos) escaped += '\\';
      escaped += c;
    }
    pattern = escaped;
  }
  Compiler compiler(pattern, syntax == RegexSyntax::Fixed ? RegexSyntax::Basic : syntax, sensitivity == RegexCase::Ignore);
  Code code = compiler.run();
  if (!compiler.error_.empty())
    return make_error(ErrorKind::Invalid, compiler.unsupported_ ? "regex.unsupported" : "regex.syntax", "read pattern", pattern, compiler.error_);
  regex.code_.push_back(one(Kind::Save, 0));
  append(regex.code_, code);
  regex.code_.push_back(one(Kind::Save, 1));
  regex.code_.push_back(one(Kind::Match));
  regex.groups_ = compiler.groups_;
  return regex;
}

std::optional<RegexMatch> PosixRegex::run(std::string_view text, size_t from, bool anchored) const {
  const size_t slots = (groups_ + 1) * 2;
  std::vector<Thread> now, next;
  std::vector<size_t> seen(code_.size(), std::string::npos);
  std::optional<std::vector<size_t>> best;

  const auto word_at = [&](size_t i) { return i < text.size() && is_word(static_cast<unsigned char>(text[i])); };
  // Follows everything that takes no character, preferred ways first.
  const auto follow = [&](std::vector<Thread>& list, size_t start, std::vector<size_t> captured, size_t position) {
    std::vector<Thread> stack;
    stack.push_back({start, std::move(captured)});
    while (!stack.empty()) {
      Thread thread = std::move(stack.back());
      stack.pop_back();
      if (seen[thread.at] == position) continue;
      seen[thread.at] = position;
      const Instruction& instruction = code_[thread.at];
      const auto go = [&](int offset) { stack.push_back({static_cast<size_t>(static_cast<std::ptrdiff_t>(thread.at) + offset), thread.saved}); };
      const bool before = position > 0 && word_at(position - 1), after = word_at(position);
      switch (instruction.kind) {
        case Kind::Jump: go(instruction.first); break;
        case Kind::Split:
          go(instruction.second);
          go(instruction.first);
          break;
        case Kind::Save:
          thread.saved[static_cast<size_t>(instruction.first)] = position;
          go(1);
          break;
        case Kind::LineStart: if (position == 0) go(1); break;
        case Kind::LineEnd: if (position == text.size()) go(1); break;
        case Kind::WordStart: if (!before && after) go(1); break;
        case Kind::WordEnd: if (before && !after) go(1); break;
        case Kind::WordEdge: if (before != after) go(1); break;
        case Kind::NoWordEdge: if (before == after) go(1); break;
        case Kind::Set:
        case Kind::Match: list.push_back(std::move(thread)); break;
      }
    }
  };

  for (size_t position = from;; ++position) {
    // `seen` holds positions: a value of this turn marks what is in `now` already.
    if (!best && (!anchored || position == from)) follow(now, 0, std::vector<size_t>(slots, std::string::npos), position);
    if (now.empty() && (best || anchored)) break;
    next.clear();
    for (Thread& thread : now) {
      const Instruction& instruction = code_[thread.at];
      if (instruction.kind == Kind::Match) {
        const bool better = !best || thread.saved[0] < (*best)[0] || (thread.saved[0] == (*best)[0] && thread.saved[1] > (*best)[1]);
        if (better) best = thread.saved;
        continue;
      }
      if (best && thread.saved[0] > (*best)[0]) continue;
      if (position < text.size() && instruction.set.test(static_cast<unsigned char>(text[position]))) follow(next, thread.at + 1, std::move(thread.saved), position + 1);
    }
    now.swap(next);
    if (position >= text.size()) {
      // What stands at the end without a character to take may still match there.
      for (const Thread& thread : now)
        if (code_[thread.at].kind == Kind::Match && (!best || (thread.saved[0] == (*best)[0] && thread.saved[1] > (*best)[1]))) best = thread.saved;
      break;
    }
  }
  if (!best) return std::nullopt;
  RegexMatch match;
  for (size_t i = 0; i < slots; i += 2) match.spans.emplace_back((*best)[i], (*best)[i + 1]);
  for (auto& span : match.spans)
    if (span.second == std::string::npos) span.first = std::string::npos;
  return match;
}

std::optional<RegexMatch> PosixRegex::search(std::string_view text, size_t from) const { return run(text, from, false); }
std::optional<RegexMatch> PosixRegex::match_at_start(std::string_view text) const { return run(text, 0, true); }

}  // namespace strates::sim
