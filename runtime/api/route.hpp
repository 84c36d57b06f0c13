// What a route is: a method, a pattern, the function that answers it.
//
// A pattern holds at most one `*`, which takes any text, slashes included ("/images/*/json" matches "/images/quay.io/a/b:1/json"): names of images hold
// "/" and ":", so routes are told apart by what follows the name. The first row that matches wins.
#pragma once

#include <string>
#include <string_view>

#include "base/http.hpp"
#include "engine/engine.hpp"

namespace strates::api {

struct ApiVersion {
  int major = 1, minor = 41;
  auto operator<=>(const ApiVersion&) const = default;
};

// Announced. Newer clients are served up to kNewest: what changed until there is known (engine-notes: the multiplexed content type of 1.42).
constexpr ApiVersion kAnnounced{1, 41};
constexpr ApiVersion kOldest{1, 24};
constexpr ApiVersion kNewest{1, 43};
constexpr std::string_view kAnnouncedText = "1.41";
constexpr std::string_view kOldestText = "1.24";
// The Docker whose letter is followed.
constexpr std::string_view kDockerVersion = "20.10.24";

struct Call {
  engine::Engine& engine;
  const HttpRequest& request;
  ApiVersion version;
  std::string name;  // what `*` took
};

using Handler = Result<HttpResponse> (*)(const Call&);

enum class Headers { Common, Bare };  // Bare: a hijacked attach has none of the common headers

struct Route {
  std::string_view method, pattern;
  Handler handler;
  ApiVersion since = kOldest;
  Headers headers = Headers::Common;
};

// What a client may ask for that this version does not do: refused with the reason, never "page not found".
struct Refused {
  std::string_view method, pattern, reason;
};

// What `*` took; none: no match.
std::optional<std::string> match_pattern(std::string_view pattern, std::string_view path);

}  // namespace strates::api
