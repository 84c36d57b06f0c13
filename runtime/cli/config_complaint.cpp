#include "cli/config_complaint.hpp"

#include "base/base64.hpp"
#include "base/go_json_error.hpp"
#include "base/json_full.hpp"
#include "base/strings.hpp"

namespace strates::cli {

namespace {

std::string go_kind(const Json& value) {
  return value.is_array() ? "array" : value.is_object() ? "object" : value.is_string() ? "string" : value.is_boolean() ? "bool" : "number";
}

std::string misfit(const Json& value, const std::string& wanted) { return "json: cannot unmarshal " + go_kind(value) + " into Go " + wanted; }

std::string entry_complaint(const Json& entry) {
  if (entry.is_null()) return "";
  if (!entry.is_object()) return misfit(entry, "struct field ConfigFile.auths of type types.AuthConfig");
  for (const char* key : {"auth", "username", "password", "identitytoken"})
    if (const Json& value = json_member(entry, key); !value.is_null() && !value.is_string())
      return misfit(value, "struct field AuthConfig.auths." + std::string(key) + " of type string");
  const std::string auth = json_string(entry, "auth");
  if (auth.empty()) return "";
  if (const std::string error = go_base64_error(auth); !error.empty()) return error;
  const std::string both = base64_decode(replace_all(replace_all(auth, "\n", ""), "\r", "")).value_or("");
  return both.find(':') == std::string::npos ? "Invalid auth configuration file" : "";
}

}  // namespace

std::string go_base64_error(std::string_view text) {
  const auto at = [](size_t where) { return "illegal base64 data at input byte " + std::to_string(where); };
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  size_t digits = 0;  // of the four that are three bytes
  size_t padding = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\n' || c == '\r') continue;
    if (padding > 0 && digits + padding == 4) return at(i);
    if (padding > 0 && c != '=') return at(i - 1);  // Go's count, where the second = is missing
    if (c == '=' ? digits < 2 || digits == 4 : kDigits.find(c) == std::string_view::npos) return at(i);
    if (c == '=') ++padding;
    else digits = digits % 4 + 1;
  }
  if (padding > 0) return digits + padding == 4 ? "" : at(text.size());
  return digits % 4 == 0 ? "" : at(text.size() - digits);
}

std::string config_complaint(std::string_view text) {
  if (trim(text).empty()) return "";
  // Docker reads a stream, which ends in other words than a text does.
  if (const std::string why = go_json_error(text); !why.empty()) return why == "unexpected end of JSON input" ? "unexpected EOF" : why;
  const Json json = parse_json(text).value_or(Json());
  if (json.is_null()) return "";
  if (!json.is_object()) return misfit(json, "value of type configfile.ConfigFile");
  const Json& auths = json_member(json, "auths");
  if (auths.is_null()) return "";
  if (!auths.is_object()) return misfit(auths, "struct field ConfigFile.auths of type map[string]types.AuthConfig");
  for (const auto& [server, entry] : auths.items())
    if (const std::string why = entry_complaint(entry); !why.empty()) return why;
  return "";
}

}  // namespace strates::cli
