// WWW-Authenticate: what a registry wants to see before it answers (RFC 9110, 11.6.1; distribution-spec authentication, docs/spec/auth/token.md).
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/http.hpp"

namespace strates::registry {

struct Challenge {
  std::string scheme;                             // in lower case: "bearer", "basic"
  std::map<std::string, std::string> parameters;  // names in lower case: "realm", "service", "scope", "error"
  std::string parameter(const std::string& name) const;
  bool operator==(const Challenge&) const = default;
};

// All challenges of an answer, in their order; what cannot be read ends the list. At most 16 of them, with 16 parameters each.
std::vector<Challenge> parse_challenges(std::string_view header);
std::vector<Challenge> challenges_of(const HttpHeaders& headers);

}  // namespace strates::registry
