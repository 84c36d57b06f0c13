// What a registry's refusal says, in the words of Docker's client (distribution-spec, "Error Codes"; docker/distribution registry/client/errors.go):
//   registry.manifest-unknown   manifest unknown: manifest unknown
//   registry.denied, .unauthorized, .name-unknown, .toomanyrequests, ...: the code the registry gave, in lower case with '-'
//   registry.answer             error parsing HTTP 418 response body: ...
//   registry.status             received unexpected HTTP status: 502 Bad Gateway
#pragma once

#include <string>
#include <string_view>

#include "base/fetch.hpp"

namespace strates::registry {

// Reads the answer's body, at most 64 KiB of it. Its status is not a success.
Error refusal(FetchResponse& answer);
// `Head "https://x/v2/": <error>`, as Go's HTTP client says what went wrong with a request.
Error with_request(Error error, std::string_view method, std::string_view url);
// The error without that beginning.
std::string without_request(const Error& error);

}  // namespace strates::registry
