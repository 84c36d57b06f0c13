// A GET of an http:// address, as ADD of a URL and `docker build URL` need it: small, bounded, blocking, one connection a request (HTTP/1.0, so that no
// answer comes in chunks). Follows at most ten redirections. There is no TLS here: https:// is refused by name.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/stream.hpp"

namespace strates::http {

struct UrlHead {
  int status = 0;
  std::string reason;  // "Not Found"
  std::string content_type, content_disposition;
  std::optional<Nanos> last_modified;
  std::optional<std::uint64_t> length;
};

struct UrlLimits {
  std::uint64_t body = UINT64_MAX;
  Nanos silence = 60 * kSecond;  // without a byte
};

// Writes the body into `to`; `progress` hears how many bytes there are so far; `cancelled` is asked at least every 200 ms.
// Errors carry the sentence that Docker (Go's net/http) has:
//   remote.get        Get "http://x/": dial tcp 127.0.0.1:1: connect: connection refused
//   remote.status     failed to GET http://x/ with status 404 Not Found: <first 64 KiB of the body>
//   remote.truncated  unexpected EOF
//   remote.too-large, remote.https, remote.cancelled
Result<UrlHead> get_url(const std::string& url, ByteSink& to, const UrlLimits& limits, const std::function<bool()>& cancelled,
                        const std::function<void(std::uint64_t done, std::optional<std::uint64_t> of)>& progress = nullptr);

// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110, 5.6.7); none: it is no such date.
std::optional<Nanos> parse_http_date(const std::string& text);

}  // namespace strates::http
