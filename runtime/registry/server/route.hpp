// Which of the registry's endpoints a path names (OCI distribution-spec, "Endpoints"), with its names read by the specification's grammar.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "registry/server/errors.hpp"

namespace strates::registry::server {

enum class Endpoint { Base, Catalog, Tags, Manifest, Blob, Uploads, Upload, Referrers, Search, OldPing, Token, Debian, None };

struct Route {
  Endpoint endpoint = Endpoint::None;
  std::string name;       // repository
  std::string reference;  // tag or digest; an upload's id; a file below /debian/
};

struct Misnamed {
  Code code;
  std::string why;
};

// `path`: decoded, without the query.
std::variant<Route, Misnamed> find_route(std::string_view path);
// 1 to 255 bytes of [a-z0-9]+([._-]...)*(/...)*
bool is_repository_name(std::string_view name);
bool is_tag(std::string_view text);

}  // namespace strates::registry::server
