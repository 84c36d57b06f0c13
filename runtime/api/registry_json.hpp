// Credentials as clients send them (X-Registry-Auth, X-Registry-Config, POST /auth): base64 of JSON, never kept, never repeated in an answer.
#pragma once

#include <map>
#include <string>

#include "base/http.hpp"
#include "base/json.hpp"
#include "registry/client/session.hpp"

namespace strates::api {

struct AuthConfig {
  registry::Credentials credentials;
  std::string server;
};

AuthConfig auth_from_json(const Json& json);
// Of a pull: what cannot be read counts as none, as in Docker.
registry::Credentials registry_auth(const HttpRequest& request);
// X-Registry-Config of a build: by registry.
std::map<std::string, registry::Credentials> registry_config(const HttpRequest& request);

}  // namespace strates::api
