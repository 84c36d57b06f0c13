#include "api/registry_json.hpp"

#include "base/base64.hpp"
#include "base/json_full.hpp"
#include "base/strings.hpp"

namespace strates::api {

namespace {

constexpr size_t kMost = 64 << 10;

// RFC 4648, section 5, with padding or without.
Json decoded(std::string text) {
  if (text.size() > kMost) return Json();
  for (char& c : text) c = c == '-' ? '+' : c == '_' ? '/' : c;
  while (text.ends_with('=')) text.pop_back();
  text.append((4 - text.size() % 4) % 4, '=');
  const auto bytes = base64_decode(text);
  if (!bytes.ok()) return Json();
  return parse_json(bytes.value(), {.bytes = kMost, .depth = 8}).value_or(Json());
}

}  // namespace

AuthConfig auth_from_json(const Json& json) {
  AuthConfig out;
  if (!json.is_object()) return out;
  out.credentials.username = json_string(json, "username");
  out.credentials.password = json_string(json, "password");
  out.credentials.identity_token = json_string(json, "identitytoken");
  out.server = json_string(json, "serveraddress");
  // "auth" holds both, when a client passes its file on as it is.
  if (const std::string both = json_string(json, "auth"); out.credentials.username.empty() && !both.empty()) {
    const std::string text = base64_decode(both).value_or("");
    if (const size_t colon = text.find(':'); colon != std::string::npos) {
      out.credentials.username = text.substr(0, colon);
      out.credentials.password = text.substr(colon + 1);
    }
  }
  return out;
}

registry::Credentials registry_auth(const HttpRequest& request) {
  const auto header = http_header(request.headers, "X-Registry-Auth");
  return header ? auth_from_json(decoded(*header)).credentials : registry::Credentials{};
}

std::map<std::string, registry::Credentials> registry_config(const HttpRequest& request) {
  std::map<std::string, registry::Credentials> out;
  const auto header = http_header(request.headers, "X-Registry-Config");
  if (!header) return out;
  const Json json = decoded(*header);
  if (json.is_object())
    for (const auto& [server, auth] : json.items()) out[server] = auth_from_json(auth).credentials;
  return out;
}

}  // namespace strates::api
