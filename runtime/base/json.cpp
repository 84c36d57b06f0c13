#include <nlohmann/json.hpp>

#include "base/json.hpp"

template class nlohmann::basic_json<nlohmann::ordered_map>;

namespace strates {

namespace {

// The parser itself does not recurse, but destroying and visiting a deep value may; so depth is bounded before parsing.
bool deeper_than(std::string_view text, size_t limit) {
  size_t depth = 0;
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      else if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      if (++depth > limit) return true;
    } else if ((c == '}' || c == ']') && depth > 0) {
      --depth;
    }
  }
  return false;
}

}  // namespace

Result<Json> parse_json(std::string_view text, JsonLimits limits) {
  if (text.size() > limits.bytes)
    return make_error(ErrorKind::Invalid, "json.too-large", "read JSON", "", std::to_string(text.size()) + " bytes, at most " + std::to_string(limits.bytes));
  if (deeper_than(text, limits.depth))
    return make_error(ErrorKind::Invalid, "json.too-deep", "read JSON", "", "nested more than " + std::to_string(limits.depth) + " deep");
  Json value = Json::parse(text.begin(), text.end(), nullptr, false);
  if (value.is_discarded()) return make_error(ErrorKind::Invalid, "json.syntax", "read JSON", std::string(text.substr(0, 60)), "not valid JSON");
  return value;
}

std::string dump_json(const Json& value) { return value.dump(-1, ' ', false, Json::error_handler_t::replace); }

std::string dump_json_pretty(const Json& value, int indent) {
  return value.dump(indent, ' ', false, Json::error_handler_t::replace);
}

std::string dump_json_go(const Json& value) {
  const std::string plain = dump_json(value);
  std::string out;
  out.reserve(plain.size());
  for (size_t i = 0; i < plain.size(); ++i) {
    const char c = plain[i];
    if (c == '<') out += "\\u003c";
    else if (c == '>') out += "\\u003e";
    else if (c == '&') out += "\\u0026";
    else if (plain.compare(i, 3, "\xE2\x80\xA8") == 0) { out += "\\u2028"; i += 2; }
    else if (plain.compare(i, 3, "\xE2\x80\xA9") == 0) { out += "\\u2029"; i += 2; }
    else out += c;
  }
  return out;
}

const Json& json_member(const Json& object, std::string_view key) {
  static const Json kNull;
  if (!object.is_object()) return kNull;
  const auto found = object.find(std::string(key));
  return found == object.end() ? kNull : *found;
}

std::string json_string(const Json& object, std::string_view key, std::string_view fallback) {
  const Json& member = json_member(object, key);
  return member.is_string() ? member.get_ref<const std::string&>() : std::string(fallback);
}

std::int64_t json_int(const Json& object, std::string_view key, std::int64_t fallback) {
  const Json& member = json_member(object, key);
  return member.is_number() ? member.get<std::int64_t>() : fallback;
}

bool json_bool(const Json& object, std::string_view key, bool fallback) {
  const Json& member = json_member(object, key);
  return member.is_boolean() ? member.get<bool>() : fallback;
}

std::vector<std::string> json_strings(const Json& object, std::string_view key) {
  std::vector<std::string> out;
  const Json& member = json_member(object, key);
  if (!member.is_array()) return out;
  for (const auto& item : member)
    if (item.is_string()) out.push_back(item.get_ref<const std::string&>());
  return out;
}

}  // namespace strates
