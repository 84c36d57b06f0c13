// echo and printf, in the three ways that people meet: busybox's, coreutils', dash's built-in ones.
#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "sim/programs/atomic.hpp"

namespace strates::sim::programs {

namespace {

// Appends what the escape at text[at] (behind the backslash) means. False: \c, stop here.
bool escape(std::string_view text, size_t& at, std::string& out, bool octal_needs_zero, bool hex) {
  const char c = at < text.size() ? text[at++] : '\\';
  switch (c) {
    case 'a': out += '\a'; return true;
    case 'b': out += '\b'; return true;
    case 'c': return false;
    case 'e': out += '\033'; return true;
    case 'f': out += '\f'; return true;
    case 'n': out += '\n'; return true;
    case 'r': out += '\r'; return true;
    case 't': out += '\t'; return true;
    case 'v': out += '\v'; return true;
    case '\\': out += '\\'; return true;
    case 'x': {
      if (!hex) break;
      int value = 0, digits = 0;
      while (digits < 2 && at < text.size() && std::isxdigit(static_cast<unsigned char>(text[at]))) {
        const char d = text[at++];
        value = value * 16 + (d <= '9' ? d - '0' : (d | 0x20) - 'a' + 10);
        ++digits;
      }
      if (digits == 0) break;
      out += static_cast<char>(value);
      return true;
    }
    case '0': case '1': case '2': case '3': case '4': case '5': case '6': case '7': {
      if (octal_needs_zero && c != '0') break;
      int value = c - '0', digits = 1;
      const int most = c == '0' && octal_needs_zero ? 4 : 3;
      while (digits < most && at < text.size() && text[at] >= '0' && text[at] <= '7') {
        value = value * 8 + (text[at++] - '0');
        ++digits;
      }
      out += static_cast<char>(value);
      return true;
    }
    default: break;
  }
  out += '\\';
  if (c != '\\') out += c;
  return true;
}

// False: \c was met.
bool unescape(std::string_view text, std::string& out, bool octal_needs_zero, bool hex) {
  for (size_t at = 0; at < text.size();) {
    if (text[at] != '\\' || at + 1 == text.size()) {
      out += text[at++];
      continue;
    }
    ++at;
    if (!escape(text, at, out, octal_needs_zero, hex)) return false;
  }
  return true;
}

struct Conversion {
  std::string flags;
  int width = -1, precision = -1;
  char letter = 's';
};

std::string pad(const std::string& text, const Conversion& how) {
  const size_t width = how.width < 0 ? 0 : static_cast<size_t>(how.width);
  if (text.size() >= width) return text;
  const std::string blanks(width - text.size(), ' ');
  return how.flags.find('-') != std::string::npos ? text + blanks : blanks + text;
}

class Printf {
 public:
  explicit Printf(Call& call) : call_(call), operands_(call.args.begin() + 2, call.args.end()) {}

  int run() {
    const std::string& format = call_.args[1];
    do {
      const size_t before = next_;
      if (!once(format)) return code_;
      if (next_ == before) break;
    } while (next_ < operands_.size());
    return code_;
  }

 private:
  const std::string* operand() { return next_ < operands_.size() ? &operands_[next_++] : nullptr; }

  // False: stop (\c, or an error that ends).
  bool once(const std::string& format) {
    for (size_t at = 0; at < format.size();) {
      const char c = format[at];
      if (c == '\\' && at + 1 < format.size()) {
        ++at;
        std::string text;
        const bool on = escape(format, at, text, false, call_.family != Family::Dash);
        call_.out(text);
        if (!on) return false;
        continue;
      }
      if (c != '%') {
        call_.out(std::string_view(&c, 1));
        ++at;
        continue;
      }
      if (at + 1 < format.size() && format[at + 1] == '%') {
        call_.out("%");
        at += 2;
        continue;
      }
      if (!convert(format, at)) return false;
    }
    return true;
  }

  int star() {
    const std::string* text = operand();
    return text == nullptr ? 0 : static_cast<int>(std::clamp(std::strtol(text->c_str(), nullptr, 10), -200'000L, 200'000L));
  }

  bool convert(const std::string& format, size_t& at) {
    const size_t start = at++;
    Conversion how;
    while (at < format.size() && std::string_view("-+ 0#").find(format[at]) != std::string_view::npos) how.flags += format[at++];
    const auto number = [&](int& value) {
      if (at < format.size() && format[at] == '*') {
        ++at;
        value = star();
        return;
      }
      value = at < format.size() && format[at] >= '0' && format[at] <= '9' ? 0 : value;
      while (at < format.size() && format[at] >= '0' && format[at] <= '9' && value < 100'000) value = value * 10 + (format[at++] - '0');
    };
    number(how.width);
    if (how.width < -1) {
      how.flags += '-';
      how.width = -how.width;
    }
    if (at < format.size() && format[at] == '.') {
      ++at;
      how.precision = 0;
      number(how.precision);
    }
    if (how.width > 100'000 || how.precision > 1000) {
      call_.refuse("a width of more than 100000");
      code_ = 2;
      return false;
    }
    while (at < format.size() && (format[at] == 'l' || format[at] == 'h' || format[at] == 'z') && call_.busybox()) ++at;
    how.letter = at < format.size() ? format[at++] : '\0';
    switch (how.letter) {
      case 's': {
        const std::string* text = operand();
        std::string shown = text == nullptr ? "" : *text;
        if (how.precision >= 0) shown = shown.substr(0, static_cast<size_t>(how.precision));
        call_.out(pad(shown, how));
        return true;
      }
      case 'b': {
        const std::string* text = operand();
        std::string shown;
        const bool on = text == nullptr || unescape(*text, shown, true, call_.family != Family::Dash);
        if (how.precision >= 0) shown = shown.substr(0, static_cast<size_t>(how.precision));
        call_.out(pad(shown, how));
        return on;
      }
      case 'c': {
        const std::string* text = operand();
        call_.out(pad(text == nullptr || text->empty() ? std::string() : text->substr(0, 1), how));
        return true;
      }
      case 'd': case 'i': case 'u': case 'o': case 'x': case 'X': return integer(how);
      case 'e': case 'E': case 'f': case 'F': case 'g': case 'G': return floating(how);
      default: break;
    }
    const std::string directive = format.substr(start, at - start);
    if (call_.busybox()) call_.fail(format.substr(start) + ": invalid format");
    else if (call_.family == Family::Dash) call_.fail(directive + ": invalid directive");
    else call_.fail(directive + ": invalid conversion specification");
    code_ = call_.family == Family::Dash ? 2 : 1;
    return false;
  }

  void bad_number(const std::string& text, bool trailing) {
    code_ = 1;
    if (call_.busybox()) call_.err(call_.name + ": invalid number '" + text + "'\n");
    else if (call_.family == Family::Dash) call_.err(call_.name + ": " + text + (trailing ? ": not completely converted\n" : ": expected numeric value\n"));
    else call_.err(call_.name + ": '" + text + (trailing ? "': value not completely converted\n" : "': expected a numeric value\n"));
  }

  bool integer(const Conversion& how) {
    const std::string* text = operand();
    unsigned long long value = 0;
    if (text != nullptr && !text->empty()) {
      if ((*text)[0] == '"' || (*text)[0] == '\'') {
        value = text->size() > 1 ? static_cast<unsigned char>((*text)[1]) : 0;
      } else {
        errno = 0;
        char* end = nullptr;
        value = (*text)[text->find_first_not_of(" \t") == std::string::npos ? 0 : text->find_first_not_of(" \t")] == '-'
                    ? static_cast<unsigned long long>(std::strtoll(text->c_str(), &end, 0))
                    : std::strtoull(text->c_str(), &end, 0);
        if (end == text->c_str() || *end != '\0') {
          bad_number(*text, end != text->c_str());
          if (call_.busybox()) value = 0;
        }
      }
    } else if (call_.busybox() || text != nullptr) {
      bad_number("", false);
    }
    std::string format = "%" + how.flags;
    if (how.width >= 0) format += std::to_string(how.width);
    if (how.precision >= 0) format += "." + std::to_string(how.precision);
    format += std::string("ll") + how.letter;
    return show(format, value);
  }

  bool floating(const Conversion& how) {
    const std::string* text = operand();
    double value = 0;
    if (text != nullptr && !text->empty()) {
      char* end = nullptr;
      value = std::strtod(text->c_str(), &end);
      if (end == text->c_str() || *end != '\0') {
        bad_number(*text, end != text->c_str());
        if (call_.busybox()) value = 0;
      }
    }
    std::string format = "%" + how.flags;
    if (how.width >= 0) format += std::to_string(how.width);
    if (how.precision >= 0) format += "." + std::to_string(how.precision);
    return show(format + how.letter, value);
  }

  template <typename T>
  bool show(const std::string& format, T value) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-security"
    const int size = std::snprintf(nullptr, 0, format.c_str(), value);
    if (size < 0) return true;
    std::string text(static_cast<size_t>(size) + 1, '\0');
    std::snprintf(text.data(), text.size(), format.c_str(), value);
#pragma GCC diagnostic pop
    text.pop_back();
    call_.out(text);
    return true;
  }

  Call& call_;
  std::vector<std::string> operands_;
  size_t next_ = 0;
  int code_ = 0;
};

}  // namespace

int echo(Call& call) {
  bool newline = true, escapes = call.family == Family::Dash;
  size_t at = 1;
  const std::string_view letters = call.family == Family::Dash ? "n" : "neE";
  for (; at < call.args.size(); ++at) {
    const std::string& arg = call.args[at];
    if (arg.size() < 2 || arg[0] != '-' || arg.find_first_not_of(letters, 1) != std::string::npos) break;
    if (call.family == Family::Dash && arg != "-n") break;
    for (const char letter : arg.substr(1)) {
      if (letter == 'n') newline = false;
      else escapes = letter == 'e';
    }
  }
  std::string text;
  for (size_t i = at; i < call.args.size(); ++i) {
    if (i > at) text += ' ';
    if (!escapes) {
      text += call.args[i];
    } else if (!unescape(call.args[i], text, true, call.family != Family::Dash)) {
      call.out(text);
      return 0;
    }
  }
  if (newline) text += '\n';
  call.out(text);
  return 0;
}

int printf(Call& call) {
  if (call.args.size() > 1 && call.args[1] == "--") call.args.erase(call.args.begin() + 1);
  if (call.args.size() < 2) {
    if (call.family == Family::Busybox) call.err("sh: usage: printf FORMAT [ARGUMENT...]\n");
    else if (call.family == Family::Dash) call.err(call.name + ": usage: printf format [arg ...]\n");
    else call.err(call.name + ": missing operand\nTry '" + call.name + " --help' for more information.\n");
    return call.family == Family::Coreutils ? 1 : 2;
  }
  return Printf(call).run();
}

}  // namespace strates::sim::programs
