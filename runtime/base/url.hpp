// An http or https address taken apart (RFC 3986, as far as registries and downloads need it).
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace strates {

struct Url {
  std::string scheme;  // "http" or "https"
  std::string host;    // "::1" without brackets
  std::string port;    // never empty: 80 or 443 when the address says none
  std::string target;  // "/path?query", still percent-encoded; never empty

  bool secure() const { return scheme == "https"; }
  // "host", "host:5000", "[::1]:5000": the port only when it is not the scheme's own.
  std::string authority() const;
  std::string str() const { return scheme + "://" + authority() + target; }
  // Same scheme, host and port: what was meant for one may be told to the other.
  bool same_place(const Url& other) const;
};

// User names in front of the host and fragments are dropped. Errors have the words of Go's net/url, code url.syntax.
Result<Url> parse_url(std::string_view text);
// What a Location header means, seen from `base`.
Result<Url> resolve_url(const Url& base, std::string_view location);
// 127.0.0.0/8, ::1 and localhost: this machine.
bool is_loopback_host(std::string_view host);

}  // namespace strates
