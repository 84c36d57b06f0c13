#include "base/go_json_error.hpp"

#include "base/strings.hpp"

namespace strates {

namespace {

constexpr std::string_view kEnd = "unexpected end of JSON input";
constexpr size_t kMostDepth = 10'000;  // Go's

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex_digit(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

// A byte as Go shows it: one beyond ASCII as the character of that number.
std::string shown(char c) {
  if (c == '\'') return R"('\'')";
  if (c == '"') return R"('"')";
  const auto byte = static_cast<unsigned char>(c);
  if (byte >= 0x80 && (byte < 0xa1 || byte == 0xad)) return "'\\u00" + to_hex(std::string(1, c)) + "'";
  if (byte >= 0x80) return std::string("'") + static_cast<char>(0xc0 | byte >> 6) + static_cast<char>(0x80 | (byte & 0x3f)) + "'";
  const std::string quoted = go_quote(std::string(1, c));
  return "'" + quoted.substr(1, quoted.size() - 2) + "'";
}

class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  std::string run() {
    for (Next next = Next::Value; error_.empty();) {
      while (!at_end() && std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos) ++at_;
      if (at_end()) return next == Next::AfterValue && open_.empty() ? "" : std::string(kEnd);
      next = step(next);
    }
    return error_;
  }

 private:
  enum class Next { Value, ValueOrEnd, Key, KeyOrEnd, Colon, AfterValue };

  bool at_end() const { return at_ == text_.size(); }

  Next step(Next next) {
    const char c = text_[at_];
    switch (next) {
      case Next::ValueOrEnd:
        if (c == ']') return closed();
        [[fallthrough]];
      case Next::Value: return value(c);
      case Next::KeyOrEnd:
        if (c == '}') return closed();
        [[fallthrough]];
      case Next::Key:
        if (c != '"') return wrong("looking for beginning of object key string");
        string();
        return Next::Colon;
      case Next::Colon:
        if (c != ':') return wrong("after object key");
        ++at_;
        return Next::Value;
      case Next::AfterValue: return after_value(c);
    }
    return next;
  }

  Next value(char c) {
    if (c == '{' || c == '[') {
      if (open_.size() == kMostDepth) return fail("exceeded max depth");
      open_ += c;
      ++at_;
      return c == '{' ? Next::KeyOrEnd : Next::ValueOrEnd;
    }
    if (c == '"') string();
    else if (c == 't') literal("true");
    else if (c == 'f') literal("false");
    else if (c == 'n') literal("null");
    else if (c == '-' || is_digit(c)) number();
    else wrong("looking for beginning of value");
    return Next::AfterValue;
  }

  Next after_value(char c) {
    if (open_.empty()) return wrong("after top-level value");
    const bool object = open_.back() == '{';
    if (c == (object ? '}' : ']')) return closed();
    if (c != ',') return wrong(object ? "after object key:value pair" : "after array element");
    ++at_;
    return object ? Next::Key : Next::Value;
  }

  Next closed() {
    open_.pop_back();
    ++at_;
    return Next::AfterValue;
  }

  void string() {
    for (++at_; !at_end(); ++at_) {
      const char c = text_[at_];
      if (c == '"') {
        ++at_;
        return;
      }
      if (static_cast<unsigned char>(c) < 0x20) wrong("in string literal");
      if (!error_.empty() || (c == '\\' && !escape())) return;
    }
    fail(kEnd);
  }

  // Stands on its last character when it is right.
  bool escape() {
    ++at_;
    if (!here(at_end() || std::string_view("\"\\/bfnrtu").find(text_[at_]) != std::string_view::npos, "in string escape code")) return false;
    if (text_[at_] != 'u') return true;
    for (int digit = 0; digit < 4; ++digit)
      if (++at_; !here(at_end() || is_hex_digit(text_[at_]), "in \\u hexadecimal character escape")) return false;
    return true;
  }

  void literal(std::string_view word) {
    for (size_t i = 1; i < word.size(); ++i)
      if (++at_; !here(at_end() || text_[at_] == word[i], "in literal " + std::string(word) + " (expecting '" + word[i] + "')")) return;
    ++at_;
  }

  void number() {
    if (text_[at_] == '-' && !digit("in numeric literal")) return;
    if (text_[at_++] != '0') skip_digits();
    if (!at_end() && text_[at_] == '.') {
      if (!digit("after decimal point in numeric literal")) return;
      skip_digits();
    }
    if (at_end() || (text_[at_] != 'e' && text_[at_] != 'E')) return;
    if (at_ + 1 < text_.size() && (text_[at_ + 1] == '+' || text_[at_ + 1] == '-')) ++at_;
    if (digit("in exponent of numeric literal")) skip_digits();
  }

  bool digit(std::string_view where) {
    ++at_;
    return here(at_end() || is_digit(text_[at_]), where);
  }
  void skip_digits() {
    while (!at_end() && is_digit(text_[at_])) ++at_;
  }

  // Is there a character here, and the right one?
  bool here(bool right, std::string_view where) {
    if (at_end()) fail(kEnd);
    else if (!right) wrong(where);
    return error_.empty();
  }
  Next wrong(std::string_view where) { return fail("invalid character " + shown(text_[at_]) + " " + std::string(where)); }
  Next fail(std::string_view words) {
    error_ = words;
    return Next::AfterValue;
  }

  std::string_view text_;
  size_t at_ = 0;
  std::string open_;  // the brackets that wait for their end
  std::string error_;
};

}  // namespace

std::string go_json_error(std::string_view text) { return Scanner(text).run(); }

}  // namespace strates
