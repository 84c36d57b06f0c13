#include "sim/shell/expander.hpp"

#include "base/strings.hpp"
#include "sim/shell/arithmetic.hpp"
#include "sim/shell/parser.hpp"
#include "sim/shell/pattern.hpp"

namespace strates::sim::shell {

namespace {

// What a character of an expansion is.
constexpr char kLiteral = 'l';   // as written, outside quotes: may be a pattern, is never split
constexpr char kQuoted = 'q';    // neither a pattern nor split
constexpr char kResult = 'r';    // came from an expansion outside quotes: may be both
constexpr char kBreak = 'b';     // a field ends here, whatever IFS is ("$@")
constexpr char kNothing = 'n';   // an empty pair of quotes: the field exists, though it may be empty

constexpr size_t kMostText = 16 << 20;

}  // namespace

std::optional<std::string> Expander::lookup(std::string_view name) {
  if (const auto found = assigned_.find(std::string(name)); found != assigned_.end()) return found->second;
  return scope_.variable(name);
}

std::string Expander::plain(const Chars& chars) {
  std::string out;
  for (size_t i = 0; i < chars.text.size(); ++i) {
    if (chars.flags[i] == kNothing) continue;
    out += chars.flags[i] == kBreak ? ' ' : chars.text[i];
  }
  return out;
}

std::string Expander::as_pattern(const Chars& chars) {
  std::string out;
  for (size_t i = 0; i < chars.text.size(); ++i) {
    const char flag = chars.flags[i];
    if (flag == kNothing) continue;
    if (flag == kBreak) {
      out += ' ';
      continue;
    }
    if (flag == kQuoted) out += escape_pattern(std::string_view(&chars.text[i], 1));
    else out += chars.text[i];
  }
  return out;
}

std::string Expander::tilde(std::string_view text, Tilde how) {
  std::string out;
  size_t at = 0;
  while (at <= text.size()) {
    size_t end = how == Tilde::Assignment ? text.find(':', at) : std::string_view::npos;
    if (end == std::string_view::npos) end = text.size();
    std::string_view piece = text.substr(at, end - at);
    if (!piece.empty() && piece.front() == '~') {
      const size_t slash = std::min(piece.find('/'), piece.size());
      const std::string user(piece.substr(1, slash - 1));
      const auto home = user.empty() ? lookup("HOME") : scope_.home_of(user);
      if (home) {
        out += *home;
        piece.remove_prefix(slash);
      }
    }
    out += piece;
    if (end == text.size()) break;
    out += ':';
    at = end + 1;
  }
  return out;
}

void Expander::expand(const Word& word, Chars& out, Tilde how) {
  bool first = true;
  for (const Part& part : word.parts) {
    if (!good()) return;
    if (part.kind == Part::Kind::Text && !part.quoted && (first || how == Tilde::Assignment) && part.text.find('~') != std::string::npos) {
      const std::string expanded = tilde(part.text, how);
      if (expanded == part.text) out.add(expanded, kLiteral);
      else out.add(expanded, kQuoted);
    } else {
      expand_part(part, out, false);
    }
    first = false;
  }
}

void Expander::expand_parts(const Word& word, Chars& out, bool quoted) {
  for (const Part& part : word.parts) {
    if (!good()) return;
    expand_part(part, out, quoted);
  }
}

void Expander::expand_part(const Part& part, Chars& out, bool quoted) {
  switch (part.kind) {
    case Part::Kind::Text:
      if (part.text.empty() && part.quoted) out.add("x", kNothing);
      else out.add(part.text, part.quoted || quoted ? kQuoted : kLiteral);
      return;
    case Part::Kind::Parameter: return parameter(part, out);
    case Part::Kind::Command: return answer(part, out);
    case Part::Kind::Arithmetic: return arithmetic(part, out);
  }
}

void Expander::answer(const Part& part, Chars& out) {
  if (next_answer_ == answers_.size()) {
    wanted_ = &part;
    return;
  }
  const std::string& text = answers_[next_answer_++];
  if (part.quoted && text.empty()) out.add("x", kNothing);
  out.add(text, part.quoted ? kQuoted : kResult);
}

void Expander::arithmetic(const Part& part, Chars& out) {
  Chars expression;
  expand_parts(*part.argument, expression, true);
  if (!good()) return;
  ArithmeticScope scope;
  scope.get = [this](std::string_view name) {
    const auto value = lookup(name);
    if (!value && scope_.option('u')) fail(std::string(name) + ": parameter not set");
    return value.value_or("");
  };
  scope.set = [this](std::string_view name, std::int64_t value) {
    if (scope_.is_readonly(name)) fail(std::string(name) + ": is read only");
    assigned_[std::string(name)] = std::to_string(value);
  };
  const ArithmeticResult result = evaluate_arithmetic(plain(expression), scope, scope_.dialect());
  if (!result.error.empty()) return fail(result.error);
  out.add(std::to_string(result.value), part.quoted ? kQuoted : kResult);
}

void Expander::all_parameters(const Part& part, Chars& out) {
  const auto& all = scope_.positional();
  const std::string ifs = lookup("IFS").value_or(" \t\n");
  const char flag = part.quoted ? kQuoted : kResult;
  if (part.quoted && part.text == "*" && all.empty()) out.add("x", kNothing);
  for (size_t i = 0; i < all.size(); ++i) {
    if (i > 0) {
      if (part.text == "*" && part.quoted) {
        if (!ifs.empty()) out.add(std::string_view(ifs).substr(0, 1), flag);
      } else {
        out.add("x", kBreak);
      }
    }
    if (all[i].empty() && part.quoted) out.add("x", kNothing);
    out.add(all[i], flag);
  }
}

void Expander::parameter(const Part& part, Chars& out) {
  const bool all = part.text == "@" || part.text == "*";
  const std::string& op = part.operation;
  std::optional<std::string> value;
  if (all) {
    if (!scope_.positional().empty()) value = join(scope_.positional(), " ");
  } else {
    value = lookup(part.text);
  }
  const bool empty = !value || value->empty();

  if (op == "length") {
    const std::string length = all ? std::to_string(scope_.positional().size()) : std::to_string(value.value_or("").size());
    if (!value && !all && scope_.option('u')) return fail(part.text + ": parameter not set");
    out.add(length, part.quoted ? kQuoted : kResult);
    return;
  }
  const char last = op.empty() ? '\0' : op.back();
  if (!op.empty() && (last == '-' || last == '=' || last == '?' || last == '+') && op != "substring") {
    const bool lacking = op.front() == ':' ? empty : !value;
    if (last == '+') {
      if (lacking) {
        if (part.quoted) out.add("x", kNothing);
        return;
      }
      Chars inner;
      expand(*part.argument, inner, Tilde::Start);
      if (inner.text.empty() && part.quoted) inner.add("x", kNothing);
      for (char& flag : inner.flags)
        if (part.quoted && flag != kBreak && flag != kNothing) flag = kQuoted;
        else if (flag == kLiteral) flag = kResult;
      out.text += inner.text;
      out.flags += inner.flags;
      return;
    }
    if (lacking) {
      Chars inner;
      expand(*part.argument, inner, Tilde::Start);
      if (!good()) return;
      if (last == '?') {
        const std::string words = plain(inner);
        return fail(part.text + ": " + (words.empty() ? (op.front() == ':' ? "parameter not set or null" : "parameter not set")
                                                       : words));
      }
      if (last == '=') {
        if (!is_name(part.text)) return fail(part.text + ": bad variable name");
        if (scope_.is_readonly(part.text)) return fail(part.text + ": is read only");
        assigned_[part.text] = plain(inner);
      }
      if (inner.text.empty() && part.quoted) inner.add("x", kNothing);
      for (char& flag : inner.flags)
        if (part.quoted && flag != kBreak && flag != kNothing) flag = kQuoted;
        else if (flag == kLiteral) flag = kResult;
      out.text += inner.text;
      out.flags += inner.flags;
      return;
    }
    if (all) return all_parameters(part, out);
    if (value->empty() && part.quoted) out.add("x", kNothing);
    out.add(*value, part.quoted ? kQuoted : kResult);
    return;
  }

  if (!value && !all && scope_.option('u')) return fail(part.text + ": parameter not set");
  if (all) {
    if (!op.empty()) return fail("strates-sim: not supported: ${" + part.text + "} with an operator");
    return all_parameters(part, out);
  }
  std::string text = value.value_or("");
  if (op == "substring") return substring(part, text, out);
  if (op == "replace" || op == "replace-all") return replace(part, text, out);
  if (!op.empty()) {  // # ## % %%
    Chars inner;
    expand(*part.argument, inner, Tilde::Start);
    if (!good()) return;
    const std::string cut = as_pattern(inner);
    const bool longest = op.size() == 2;
    const size_t size = text.size();
    for (size_t i = 0; i <= size; ++i) {
      const size_t length = longest ? size - i : i;
      if (op.front() == '#') {
        if (!matches(cut, std::string_view(text).substr(0, length))) continue;
        text.erase(0, length);
      } else {
        if (!matches(cut, std::string_view(text).substr(size - length))) continue;
        text.erase(size - length);
      }
      break;
    }
  }
  if (text.empty() && part.quoted) out.add("x", kNothing);
  out.add(text, part.quoted ? kQuoted : kResult);
}

std::int64_t Expander::number(const Word& word) {
  Chars chars;
  expand(word, chars, Tilde::Start);
  if (!good()) return 0;
  ArithmeticScope scope;
  scope.get = [this](std::string_view name) { return lookup(name).value_or(""); };
  scope.set = [this](std::string_view name, std::int64_t value) { assigned_[std::string(name)] = std::to_string(value); };
  const ArithmeticResult result = evaluate_arithmetic(plain(chars), scope, scope_.dialect());
  if (!result.error.empty()) fail(result.error);
  return result.value;
}

void Expander::substring(const Part& part, const std::string& value, Chars& out) {
  const auto size = static_cast<std::int64_t>(value.size());
  std::int64_t start = number(*part.argument);
  if (start < 0) start = std::max<std::int64_t>(0, size + start);
  start = std::min(start, size);
  std::int64_t length = part.second ? number(*part.second) : size;
  if (!good()) return;
  if (length < 0) length = std::max<std::int64_t>(0, size + length - start);
  const std::string text = value.substr(static_cast<size_t>(start), static_cast<size_t>(length));
  if (text.empty() && part.quoted) out.add("x", kNothing);
  out.add(text, part.quoted ? kQuoted : kResult);
}

void Expander::replace(const Part& part, const std::string& value, Chars& out) {
  Chars from, to;
  expand(*part.argument, from, Tilde::Start);
  if (part.second) expand(*part.second, to, Tilde::Start);
  if (!good()) return;
  const std::string wanted = as_pattern(from), replacement = plain(to);
  std::string text;
  size_t at = 0;
  bool done = false;
  while (at < value.size()) {
    size_t length = 0;
    if (!done && !wanted.empty())
      for (size_t size = value.size() - at; size > 0; --size)
        if (matches(wanted, std::string_view(value).substr(at, size))) {
          length = size;
          break;
        }
    if (length == 0) {
      text += value[at++];
      continue;
    }
    text += replacement;
    at += length;
    done = part.operation == "replace";
    if (text.size() > kMostText) return fail("strates-sim: not supported: an expansion of more than 16 MiB");
  }
  if (text.empty() && part.quoted) out.add("x", kNothing);
  out.add(text, part.quoted ? kQuoted : kResult);
}

std::vector<Expander::Chars> Expander::split(const Chars& chars) {
  const std::string ifs = lookup("IFS").value_or(" \t\n");
  std::vector<Chars> fields;
  Chars now;
  bool open = false;  // the field exists, even if empty
  const auto close = [&] {
    fields.push_back(std::move(now));
    now = {};
    open = false;
  };
  for (size_t i = 0; i < chars.text.size(); ++i) {
    const char c = chars.text[i], flag = chars.flags[i];
    if (flag == kBreak) {
      if (open) close();
      continue;
    }
    if (flag == kResult && ifs.find(c) != std::string::npos) {
      const bool blank = c == ' ' || c == '\t' || c == '\n';
      if (blank) {
        if (!open) continue;
        // Blanks around another separator belong to it.
        size_t next = i + 1;
        const auto ifs_blank = [&](size_t at) {
          return chars.flags[at] == kResult && ifs.find(chars.text[at]) != std::string::npos &&
                 (chars.text[at] == ' ' || chars.text[at] == '\t' || chars.text[at] == '\n');
        };
        while (next < chars.text.size() && ifs_blank(next)) ++next;
        if (next < chars.text.size() && chars.flags[next] == kResult && ifs.find(chars.text[next]) != std::string::npos) i = next;
        else i = next - 1;
        close();
      } else {
        close();
      }
      continue;
    }
    open = true;
    if (flag != kNothing) now.add(std::string_view(&c, 1), flag);
  }
  if (open) close();
  return fields;
}

std::vector<std::string> Expander::fields(const Word& word) {
  Chars chars;
  expand(word, chars, Tilde::Start);
  std::vector<std::string> list;
  if (!good()) return list;
  for (const Chars& field : split(chars)) {
    if (!scope_.option('f')) {
      const std::string pattern_text = as_pattern(field);
      if (has_magic(pattern_text)) {
        std::vector<std::string> names = scope_.glob(pattern_text);
        if (!names.empty()) {
          list.insert(list.end(), names.begin(), names.end());
          continue;
        }
      }
    }
    list.push_back(field.text);
  }
  return list;
}

std::string Expander::text(const Word& word) {
  Chars chars;
  expand(word, chars, Tilde::Start);
  return plain(chars);
}

std::string Expander::assignment_text(const Word& word) {
  Chars chars;
  expand(word, chars, Tilde::Assignment);
  return plain(chars);
}

std::string Expander::pattern(const Word& word) {
  Chars chars;
  expand(word, chars, Tilde::Start);
  return as_pattern(chars);
}

}  // namespace strates::sim::shell
