// What a registry's refusal says, in the words of Docker's client (distribution-spec, "Error Codes"; docker/distribution registry/client/errors.go):
//   registry.manifest-unknown   manifest unknown: manifest unknown
//   registry.denied, .unauthorized, .name-unknown, .toomanyrequests, ...: the code the registry gave, in lower case with '-'
//   registry.answer             error parsing HTTP 418 response body: ...
//   registry.unavailable        received unexpected HTTP status: 502 Bad Gateway (of 500, 502, 503, 504), and what the registry says beside that
//   registry.status             the same of other statuses
//   registry.later              any of them that asks for more patience than a person at a terminal has
// A 429 is registry.toomanyrequests, whatever code its body gives.
#pragma once

#include <string>
#include <string_view>

#include "base/fetch.hpp"

namespace strates::registry {

// Reads the answer's body, at most 64 KiB of it. Its status is not a success.
Error refusal(FetchResponse& answer, Nanos now);
// `Head "https://x/v2/": <error>`, as Go's HTTP client says what went wrong with a request.
Error with_request(Error error, std::string_view method, std::string_view url);
// The error without that beginning.
std::string without_request(const Error& error);

}  // namespace strates::registry
