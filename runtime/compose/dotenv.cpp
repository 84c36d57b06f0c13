#include "compose/dotenv.hpp"

#include <algorithm>
#include <map>

#include "base/strings.hpp"

namespace strates::compose {

namespace {

Error bad(int line, const std::string& why) { return docker_error(ErrorKind::Invalid, "compose.dotenv", "line " + std::to_string(line) + ": " + why); }

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\v' || c == '\f' || c == '\r'; }

class Reader {
 public:
  Reader(std::string_view text, const Lookup& lookup) : text_(text), lookup_(lookup) {}

  Result<Variables> read() {
    for (skip_ignored(); !text_.empty(); skip_ignored()) {
      const auto [name, inherited] = TRY(key());
      if (inherited) {
        if (const auto value = lookup_ ? lookup_(name) : std::nullopt) put(name, *value);
      } else {
        put(name, TRY(value()));
      }
    }
    return out_;
  }

 private:
  char take() {
    const char c = text_.front();
    if (c == '\n') ++line_;
    text_.remove_prefix(1);
    return c;
  }

  // White space, empty lines and comments.
  void skip_ignored() {
    while (!text_.empty()) {
      if (text_.front() == '#') {
        while (!text_.empty() && text_.front() != '\n') take();
      } else if (is_blank(text_.front()) || text_.front() == '\n') {
        take();
      } else {
        return;
      }
    }
  }

  struct Key {
    std::string name;
    bool inherited = false;
  };

  Result<Key> key() {
    if (text_.starts_with("export") && text_.size() > 6 && is_blank(text_[6])) {
      text_.remove_prefix(6);
      while (!text_.empty() && is_blank(text_.front())) take();
    }
    std::string name;
    bool ended = false;
    const int line = line_;
    while (!text_.empty()) {
      const char c = take();
      if (c == '=' || c == ':') return Key{name, false};
      if (c == '\n') return Key{name, true};
      if (is_blank(c)) {
        ended = true;
        continue;
      }
      const bool allowed = std::isalnum(static_cast<unsigned char>(c)) != 0 || static_cast<unsigned char>(c) >= 0x80 || c == '_' || c == '.' || c == '-' || c == '[' || c == ']';
      if (!allowed) return bad(line, "unexpected character \"" + std::string(1, c) + "\" in variable name \"" + name + std::string(1, c) + "\"");
      if (ended) return bad(line, "key cannot contain a space");
      name += c;
    }
    return Key{name, true};
  }

  Result<std::string> value() {
    while (!text_.empty() && is_blank(text_.front())) take();
    if (text_.empty()) return std::string();
    if (text_.front() == '"' || text_.front() == '\'') return quoted(text_.front());
    std::string raw;
    while (!text_.empty() && text_.front() != '\n') raw += take();
    for (size_t i = 0; i < raw.size(); ++i)
      if (raw[i] == '#' && (i == 0 || is_blank(raw[i - 1]))) {
        raw.erase(i);
        break;
      }
    return expand(std::string(trim(raw)));
  }

  Result<std::string> quoted(char quote) {
    const int line = line_;
    take();
    std::string raw;
    for (;;) {
      if (text_.empty()) return bad(line, "unterminated quoted value " + std::string(1, quote) + raw.substr(0, raw.find('\n')));
      const char c = take();
      if (c == '\\' && !text_.empty()) {
        raw += c;
        raw += take();
        continue;
      }
      if (c == quote) break;
      raw += c;
    }
    // What follows on the line must be a comment.
    while (!text_.empty() && is_blank(text_.front())) take();
    if (!text_.empty() && text_.front() != '\n' && text_.front() != '#') return bad(line, "unexpected character \"" + std::string(1, text_.front()) + "\" after a quoted value");
    return quote == '\'' ? replace_all(raw, "\\'", "'") : expand(unescape(raw));
  }

  // Of a double-quoted value; "\$" becomes "$$", which interpolation leaves as "$".
  static std::string unescape(std::string_view raw) {
    std::string out;
    for (size_t i = 0; i < raw.size(); ++i) {
      if (raw[i] != '\\' || i + 1 == raw.size()) {
        out += raw[i];
        continue;
      }
      const char next = raw[++i];
      static constexpr std::string_view kNames = "abfnrtv\\\"", kValues = "\a\b\f\n\r\t\v\\\"";
      if (const size_t known = kNames.find(next); known != std::string_view::npos) {
        out += kValues[known];
      } else if (next == '$') {
        out += "$$";
      } else if (next == '0') {
        int value = 0;
        size_t digits = 0;
        while (digits < 3 && i + 1 < raw.size() && raw[i + 1] >= '0' && raw[i + 1] <= '7') {
          value = value * 8 + (raw[++i] - '0');
          ++digits;
        }
        out += digits == 0 ? std::string("\\0") : std::string(1, static_cast<char>(value));
      } else {
        out += '\\';
        out += next;
      }
    }
    return out;
  }

  Result<std::string> expand(const std::string& text) {
    const Interpolation with{[&](const std::string& name) -> std::optional<std::string> {
                               if (auto value = lookup_ ? lookup_(name) : std::nullopt) return value;
                               const auto earlier = at_.find(name);
                               return earlier == at_.end() ? std::nullopt : std::optional(out_[earlier->second].second);
                             },
                             nullptr, &room_};
    auto value = interpolate(text, with);
    if (value.ok()) return value;
    return bad(line_, value.error().message());
  }

  void put(const std::string& name, const std::string& value) {
    const auto [known, is_new] = at_.emplace(name, out_.size());
    if (is_new) out_.emplace_back(name, value);
    else out_[known->second].second = value;
  }

  std::string_view text_;
  const Lookup& lookup_;
  int line_ = 1;
  Variables out_;
  std::map<std::string, size_t, std::less<>> at_;  // where in out_
  size_t room_ = kInterpolatedBytes;
};

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

}  // namespace

Result<Variables> parse_dotenv(std::string_view text, const Lookup& lookup) {
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  const std::string unix_lines = replace_all(text, "\r\n", "\n");
  return Reader(unix_lines, lookup).read();
}

Result<Variables> parse_raw_env(std::string_view text) {
  Variables out;
  for (const std::string& line : split_lines(replace_all(text, "\r\n", "\n"))) {
    if (line.empty() || line[0] == '#') continue;
    const size_t separator = line.find_first_of("=:");
    if (separator != std::string::npos) out.emplace_back(line.substr(0, separator), line.substr(separator + 1));
  }
  return out;
}

}  // namespace strates::compose
