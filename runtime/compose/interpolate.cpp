#include "compose/interpolate.hpp"

#include "base/strings.hpp"
#include "compose/yaml_reader.hpp"

namespace strates::compose {

namespace {

constexpr int kDepth = 32;
constexpr size_t kLongest = 1 << 20;  // of one result

bool starts_name(char c) { return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool in_name(char c) { return starts_name(c) || (c >= '0' && c <= '9'); }

Error invalid(std::string_view text) {
  return docker_error(ErrorKind::Invalid, "compose.template", "invalid interpolation format: \"" + std::string(text) + "\".\nYou may need to escape any $ with another $");
}

Error too_large() { return docker_error(ErrorKind::Invalid, "compose.too-large", "interpolated values are too large"); }

// "${NAME:-word}" taken apart.
struct Braced {
  std::string name, operation, word;  // operation: "", "-", ":-", "?", ":?", "+", ":+"
  size_t length = 0;                  // of the whole, from '$' to '}'
};

// `text` begins with "${".
std::optional<Braced> braced(std::string_view text) {
  int depth = 0;
  size_t end = 1;
  for (; end < text.size(); ++end) {
    if (text[end] == '{') ++depth;
    else if (text[end] == '}' && --depth == 0) break;
  }
  if (end >= text.size()) return std::nullopt;
  const std::string_view inside = text.substr(2, end - 2);
  size_t name = 0;
  while (name < inside.size() && in_name(inside[name])) ++name;
  if (name == 0 || !starts_name(inside[0])) return std::nullopt;
  Braced out{std::string(inside.substr(0, name)), {}, {}, end + 1};
  std::string_view rest = inside.substr(name);
  if (rest.empty()) return out;
  const size_t colon = rest[0] == ':' ? 1 : 0;
  if (rest.size() <= colon || std::string_view("-?+").find(rest[colon]) == std::string_view::npos) return std::nullopt;
  out.operation = std::string(rest.substr(0, colon + 1));
  out.word = std::string(rest.substr(colon + 1));
  return out;
}

size_t name_length(std::string_view text) {
  size_t length = 0;
  if (!text.empty() && starts_name(text[0]))
    while (length < text.size() && in_name(text[length])) ++length;
  return length;
}

Result<std::string> value_of(const Braced& part, const Interpolation& with, int depth) {
  const auto value = with.lookup(part.name);
  if (part.operation.empty()) {
    if (!value && with.unset != nullptr) with.unset->push_back(part.name);
    return value.value_or("");
  }
  const bool counts = value && !(part.operation[0] == ':' && value->empty());
  switch (part.operation.back()) {
    case '-': return counts ? *value : TRY(interpolate(part.word, with, depth + 1));
    case '+': return counts ? TRY(interpolate(part.word, with, depth + 1)) : std::string();
    default: break;
  }
  if (counts) return *value;
  const std::string why = TRY(interpolate(part.word, with, depth + 1));
  return docker_error(ErrorKind::Invalid, "compose.required", "required variable " + part.name + " is missing a value" + (why.empty() ? "" : ": " + why));
}

void collect(std::string_view text, std::map<std::string, Variable>& out, int depth) {
  for (size_t i = 0; i < text.size() && depth < kDepth; ++i) {
    if (text[i] != '$') continue;
    const std::string_view rest = text.substr(i + 1);
    if (rest.starts_with('$')) {
      ++i;
    } else if (rest.starts_with('{')) {
      const auto part = braced(text.substr(i));
      if (!part) return;  // no format: what follows names nothing for sure, and looking for each end again would take the square of the text
      Variable& variable = out.emplace(part->name, Variable{part->name, {}, {}, false}).first->second;
      if (!part->operation.empty()) {
        if (part->operation.back() == '-') variable.fallback = part->word;
        if (part->operation.back() == '+') variable.presence = part->word;
        if (part->operation.back() == '?') variable.required = true;
        collect(part->word, out, depth + 1);
      }
      i += part->length - 1;
    } else if (const size_t length = name_length(rest); length > 0) {
      const std::string name(rest.substr(0, length));
      out.emplace(name, Variable{name, {}, {}, false});
      i += length;
    }
  }
}

}  // namespace

Result<std::string> interpolate(std::string_view text, const Interpolation& with, int depth) {
  if (depth > kDepth) return invalid(text);
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '$') {
      out += text[i];
      continue;
    }
    const std::string_view rest = text.substr(i + 1);
    if (rest.starts_with('$')) {
      out += '$';
      ++i;
    } else if (rest.starts_with('{')) {
      const auto part = braced(text.substr(i));
      if (!part) return invalid(text);
      out += TRY(value_of(*part, with, depth));
      i += part->length - 1;
    } else if (const size_t length = name_length(rest); length > 0) {
      out += TRY(value_of({std::string(rest.substr(0, length)), {}, {}, 0}, with, depth));
      i += length;
    } else {
      return invalid(text);
    }
    if (out.size() > kLongest) return too_large();
  }
  if (depth == 0 && with.room != nullptr) {
    if (out.size() > *with.room) return too_large();
    *with.room -= out.size();
  }
  return out;
}

Result<void> interpolate_tree(Node& node, const Interpolation& with, const std::string& path) {
  if (node.is(Node::Kind::Text) && node.text.find('$') != std::string::npos) {
    auto value = interpolate(node.text, with);
    if (!value.ok()) {
      const std::string what = value.error().code == "compose.template" ? "invalid interpolation format for " + path + ".\nYou may need to escape any $ with another $.\n" + node.text
                                                                        : "error while interpolating " + path + ": " + value.error().message();
      return compose_error(value.error().code.substr(8), node.place, what);
    }
    node.text = std::move(value).value();
  }
  for (size_t i = 0; i < node.items.size(); ++i) TRY(interpolate_tree(node.items[i], with, path + "[]"));
  for (Member& member : node.members) TRY(interpolate_tree(member.value, with, path.empty() ? member.name : path + "." + member.name));
  return success();
}

std::map<std::string, Variable> variables_of(const Node& node) {
  std::map<std::string, Variable> out;
  if (node.is(Node::Kind::Text)) collect(node.text, out, 0);
  for (const Node& item : node.items) out.merge(variables_of(item));
  for (const Member& member : node.members) out.merge(variables_of(member.value));
  return out;
}

}  // namespace strates::compose
