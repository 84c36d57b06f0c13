// The functions a format may call: Go's own (len, index, eq, and, printf ...) and Docker's (json, join, split, lower, upper, title, pad, truncate).
#include <algorithm>
#include <cctype>
#include <cstdio>

#include "base/json_full.hpp"
#include "base/strings.hpp"
#include "cli/go_structs.hpp"
#include "cli/tab_table.hpp"
#include "cli/template_tree.hpp"

namespace strates::cli::tmpl {

namespace {

using Arguments = std::vector<Json>;
using Function = Result<Json> (*)(const Arguments&);

Error bad(std::string sentence) { return docker_error(ErrorKind::Invalid, "cli.template", std::move(sentence)); }

std::string text_of(const Json& value) { return value.is_string() ? value.get<std::string>() : print_value(value); }

Result<Json> length(const Arguments& a) {
  if (a[0].is_string()) return Json(a[0].get<std::string>().size());
  if (a[0].is_null() || a[0].is_array() || a[0].is_object()) return Json(a[0].size());
  return bad("error calling len: len of type " + std::string(a[0].type_name()));
}

Result<Json> index(const Arguments& a) {
  const Json* at = &a[0];
  Json character;
  for (size_t i = 1; i < a.size(); ++i) {
    const Json& key = a[i];
    if (at->is_object()) {
      if (!key.is_string()) return bad("error calling index: value has type " + std::string(key.type_name()) + "; should be string");
      const auto found = at->find(key.get<std::string>());
      if (found == at->end()) return Json(nullptr);
      at = &*found;
    } else if (at->is_array()) {
      if (!key.is_number_integer()) return bad("error calling index: cannot index slice/array with type " + std::string(key.type_name()));
      const auto position = key.get<std::int64_t>();
      if (position < 0 || position >= static_cast<std::int64_t>(at->size()))
        return bad("error calling index: index out of range: " + std::to_string(position));
      at = &(*at)[static_cast<size_t>(position)];
    } else if (at->is_null()) {
      return bad("error calling index: index of untyped nil");
    } else {
      return bad("error calling index: can't index item of type " + std::string(at->type_name()));
    }
  }
  return *at;
}

Result<Json> slice(const Arguments& a) {
  const auto bound = [&](size_t i, std::int64_t fallback) { return a.size() > i && a[i].is_number_integer() ? a[i].get<std::int64_t>() : fallback; };
  const auto size = static_cast<std::int64_t>(a[0].is_string() ? a[0].get_ref<const std::string&>().size() : a[0].size());
  const std::int64_t from = bound(1, 0), to = bound(2, size);
  if (from < 0 || to > size || from > to) return bad("error calling slice: index out of range: " + std::to_string(from < 0 || from > to ? from : to));
  if (a[0].is_string()) return Json(a[0].get<std::string>().substr(static_cast<size_t>(from), static_cast<size_t>(to - from)));
  if (!a[0].is_array()) return bad("error calling slice: can't slice item of type " + std::string(a[0].type_name()));
  Json out = Json::array();
  for (std::int64_t i = from; i < to; ++i) out.push_back(a[0][static_cast<size_t>(i)]);
  return out;
}

Result<int> compare(const Json& a, const Json& b) {
  if (a.is_number() && b.is_number()) return a < b ? -1 : b < a ? 1 : 0;
  if (a.is_string() && b.is_string()) return a < b ? -1 : b < a ? 1 : 0;
  return bad("error calling lt: incompatible types for comparison");
}

Result<Json> equal(const Arguments& a) {
  for (size_t i = 1; i < a.size(); ++i) {
    if (a[0].type_name() != std::string_view(a[i].type_name()) && !a[0].is_null() && !a[i].is_null())
      return bad("error calling eq: incompatible types for comparison");
    if (a[0] == a[i]) return Json(true);
  }
  return Json(false);
}

Result<Json> not_equal(const Arguments& a) {
  const Json same = TRY(equal(a));
  return Json(!same.get<bool>());
}

Result<Json> all_of(const Arguments& a) {
  for (const Json& value : a)
    if (!truth(value)) return value;
  return a.back();
}

Result<Json> any_of(const Arguments& a) {
  for (const Json& value : a)
    if (truth(value)) return value;
  return a.back();
}

Result<Json> print_format(const Arguments& a) {
  const std::string format = text_of(a[0]);
  std::string out;
  size_t next = 1;
  for (size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%') {
      out += format[i];
      continue;
    }
    std::string spec = "%";
    while (++i < format.size() && (std::isdigit(static_cast<unsigned char>(format[i])) != 0 || format[i] == '-' || format[i] == '.' || format[i] == '0')) {
      if (spec.size() > 8) return bad("error calling printf: width too long");
      spec += format[i];
    }
    if (i >= format.size()) break;
    const char verb = format[i];
    if (verb == '%') {
      out += '%';
      continue;
    }
    if (next >= a.size()) {
      out += std::string("%!") + verb + "(MISSING)";
      continue;
    }
    const Json& value = a[next++];
    char text[256];
    if (verb == 'd' && value.is_number_integer()) {
      std::snprintf(text, sizeof text, (spec + "lld").c_str(), static_cast<long long>(value.get<std::int64_t>()));
      out += text;
    } else if ((verb == 'f' || verb == 'g') && value.is_number()) {
      std::snprintf(text, sizeof text, (spec + verb).c_str(), value.get<double>());
      out += text;
    } else {
      const std::string shown = verb == 'q' ? go_quote(text_of(value)) : text_of(value);
      const long width = spec.size() > 1 ? std::strtol(spec.c_str() + 1, nullptr, 10) : 0;
      const size_t wanted = static_cast<size_t>(std::min(std::labs(width), 1000L));
      const std::string pad(wanted > code_points(shown) ? wanted - code_points(shown) : 0, ' ');
      out += width < 0 ? shown + pad : pad + shown;
    }
  }
  return Json(out);
}

Result<Json> print(const Arguments& a) {
  std::string out;
  for (size_t i = 0; i < a.size(); ++i) {
    if (i != 0 && !a[i].is_string() && !a[i - 1].is_string()) out += ' ';
    out += text_of(a[i]);
  }
  return Json(out);
}

Result<Json> print_line(const Arguments& a) {
  std::string out;
  for (size_t i = 0; i < a.size(); ++i) out += (i != 0 ? " " : "") + text_of(a[i]);
  return Json(out + "\n");
}

Result<Json> join_list(const Arguments& a) {
  std::vector<std::string> parts;
  for (const Json& part : a[0]) parts.push_back(text_of(part));
  return Json(join(parts, text_of(a[1])));
}

Result<Json> split_text(const Arguments& a) {
  Json out = Json::array();
  std::string rest = text_of(a[0]);
  const std::string separator = text_of(a[1]);
  for (size_t at; !separator.empty() && (at = rest.find(separator)) != std::string::npos; rest.erase(0, at + separator.size())) out.push_back(rest.substr(0, at));
  out.push_back(rest);
  return out;
}

Result<Json> title(const Arguments& a) {
  std::string out = text_of(a[0]);
  bool start = true;
  for (char& c : out) {
    if (start) c = to_upper(std::string(1, c)).front();
    start = c == ' ';
  }
  return Json(out);
}

Result<Json> pad(const Arguments& a) {
  const std::string text = text_of(a[0]);
  if (text.empty()) return Json(text);
  const auto spaces = [&](const Json& value) {
    return std::string(static_cast<size_t>(std::clamp<std::int64_t>(value.is_number_integer() ? value.get<std::int64_t>() : 0, 0, 1000)), ' ');
  };
  return Json(spaces(a[1]) + text + spaces(a[2]));
}

Result<Json> truncate(const Arguments& a) {
  const std::string text = text_of(a[0]);
  const std::int64_t size = a[1].is_number_integer() ? a[1].get<std::int64_t>() : 0;
  return Json(size >= 0 && static_cast<size_t>(size) < text.size() ? text.substr(0, static_cast<size_t>(size)) : text);
}

// What html, js and urlquery escape: one text as it is, anything else as print has it (text/template, evalArgs).
Result<std::string> escapable(const Arguments& a) {
  if (a.size() == 1 && a[0].is_null()) return std::string("<no value>");
  return text_of(TRY(print(a)));
}

Result<Json> html(const Arguments& a) {
  std::string out;
  for (const char c : TRY(escapable(a))) {
    switch (c) {
      case '\0': out += "\xef\xbf\xbd"; break;
      case '"': out += "&#34;"; break;
      case '\'': out += "&#39;"; break;
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      default: out += c;
    }
  }
  return Json(out);
}

// template.JSEscape; of what is not ASCII only the two line ends that Go finds unprintable are told apart.
Result<Json> javascript(const Arguments& a) {
  constexpr std::string_view kQuoted = "\\'\"", kCoded = "<>&=";
  std::string out;
  for (const char c : TRY(escapable(a))) {
    char text[8];
    if (kQuoted.find(c) != std::string_view::npos) {
      out += std::string("\\") + c;
    } else if (kCoded.find(c) != std::string_view::npos || static_cast<unsigned char>(c) < ' ') {
      std::snprintf(text, sizeof text, "\\u%04X", static_cast<unsigned>(c));
      out += text;
    } else {
      out += c;
    }
  }
  return Json(replace_all(replace_all(out, "\xe2\x80\xa8", "\\u2028"), "\xe2\x80\xa9", "\\u2029"));
}

// url.QueryEscape.
Result<Json> url_query(const Arguments& a) {
  std::string out;
  for (const char c : TRY(escapable(a))) {
    char text[4];
    std::snprintf(text, sizeof text, "%%%02X", static_cast<unsigned>(static_cast<unsigned char>(c)));
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0 || std::string_view("-_.~").find(c) != std::string_view::npos;
    if (c == ' ') out += '+';
    else if (plain) out += c;
    else out += text;
  }
  return Json(out);
}

// Nothing that a format can name is a function.
Result<Json> call_value(const Arguments& a) {
  if (a[0].is_null()) return bad("error calling call: call of nil");
  const char* type = a[0].is_string() ? "string" : a[0].is_boolean() ? "bool" : a[0].is_number() ? "float64" : a[0].is_array() ? "[]interface {}" : "map[string]interface {}";
  return bad(std::string("error calling call: non-function of type ") + type);
}

struct Row {
  std::string_view name;
  size_t least, most;
  Function call;
};

constexpr size_t kAny = 100;
const Row kFunctions[] = {
    {"len", 1, 1, length},
    {"index", 1, kAny, index},
    {"slice", 1, 3, slice},
    {"eq", 2, kAny, equal},
    {"ne", 2, 2, not_equal},
    {"lt", 2, 2, [](const Arguments& a) -> Result<Json> { return Json(TRY(compare(a[0], a[1])) < 0); }},
    {"le", 2, 2, [](const Arguments& a) -> Result<Json> { return Json(TRY(compare(a[0], a[1])) <= 0); }},
    {"gt", 2, 2, [](const Arguments& a) -> Result<Json> { return Json(TRY(compare(a[0], a[1])) > 0); }},
    {"ge", 2, 2, [](const Arguments& a) -> Result<Json> { return Json(TRY(compare(a[0], a[1])) >= 0); }},
    {"and", 1, kAny, all_of},
    {"or", 1, kAny, any_of},
    {"not", 1, 1, [](const Arguments& a) -> Result<Json> { return Json(!truth(a[0])); }},
    {"print", 0, kAny, print},
    {"println", 0, kAny, print_line},
    {"printf", 1, kAny, print_format},
    {"json", 1, 1, [](const Arguments& a) -> Result<Json> { return Json(dump_json(a[0])); }},
    {"join", 2, 2, join_list},
    {"split", 2, 2, split_text},
    {"lower", 1, 1, [](const Arguments& a) -> Result<Json> { return Json(to_lower(text_of(a[0]))); }},
    {"upper", 1, 1, [](const Arguments& a) -> Result<Json> { return Json(to_upper(text_of(a[0]))); }},
    {"title", 1, 1, title},
    {"pad", 3, 3, pad},
    {"truncate", 2, 2, truncate},
    {"html", 0, kAny, html},
    {"js", 0, kAny, javascript},
    {"urlquery", 0, kAny, url_query},
    {"call", 1, kAny, call_value},
};

// "80/tcp"
bool is_port(std::string_view key) {
  const size_t digits = std::min(key.find_first_not_of("0123456789"), key.size());
  return digits > 0 && key.substr(digits).starts_with('/');
}

void print_into(std::string& out, const Json& value) {
  if (value.is_string()) {
    out += value.get_ref<const std::string&>();
  } else if (value.is_null()) {
    out += "<nil>";
  } else if (value.is_array()) {
    out += '[';
    for (size_t i = 0; i < value.size(); ++i) {
      if (i != 0) out += ' ';
      print_into(out, value[i]);
    }
    out += ']';
  } else if (const auto fields = value.is_object() ? go_struct(value) : std::span<const GoField>(); !fields.empty()) {
    out += '{';
    for (size_t i = 0; i < fields.size(); ++i) {
      if (i != 0) out += ' ';
      const auto found = value.find(fields[i].name);
      if (found == value.end() || found->is_null()) out += fields[i].empty;
      else if (const auto alone = go_scalar(fields[i], *found)) out += *alone;
      else print_into(out, *found);
    }
    out += '}';
  } else if (value.is_object()) {
    std::vector<std::string> keys;
    for (const auto& [key, member] : value.items()) keys.push_back(key);
    std::sort(keys.begin(), keys.end());
    out += "map[";
    for (size_t i = 0; i < keys.size(); ++i) {
      if (i != 0) out += ' ';
      out += keys[i] + ":";
      const Json& member = value.at(keys[i]);
      if (member.is_object() && member.empty()) out += "{}";  // a set, map[string]struct{}: ports, volumes
      else if (member.is_null() && is_port(keys[i])) out += "[]";  // no bindings
      else print_into(out, member);
    }
    out += ']';
  } else {
    out += dump_json(value);
  }
}

}  // namespace

bool is_function(std::string_view name) {
  return std::any_of(std::begin(kFunctions), std::end(kFunctions), [&](const Row& row) { return row.name == name; });
}

Result<Json> call_function(const std::string& name, const std::vector<Json>& arguments) {
  for (const Row& row : kFunctions) {
    if (row.name != name) continue;
    if (arguments.size() < row.least || arguments.size() > row.most)
      return docker_error(ErrorKind::Invalid, "cli.template-arguments", "wrong number of args for " + name + ": want " + (row.most == kAny ? "at least " : "") + std::to_string(row.least) + " got " +
                 std::to_string(arguments.size()));
    return row.call(arguments);
  }
  return bad("function " + go_quote(name) + " not defined");
}

bool truth(const Json& value) {
  if (value.is_boolean()) return value.get<bool>();
  if (value.is_number()) return value != Json(0);
  if (value.is_string()) return !value.get_ref<const std::string&>().empty();
  return !value.empty();  // null, empty arrays and objects
}

std::string print_value(const Json& value) {
  std::string out;
  print_into(out, value);
  return out;
}

}  // namespace strates::cli::tmpl
