// GET of an address that a person gave, as ADD of a URL and `docker build URL` need it: at most ten redirections, and only what is there.
#pragma once

#include "base/fetch.hpp"

namespace strates::http {

// Errors carry the sentence that Docker (Go's net/http) has:
//   remote.get      Get "http://x/": dial tcp 127.0.0.1:1: connect: connection refused
//   remote.status   failed to GET http://x/ with status 404 Not Found: <first 64 KiB of the body>
// and as they are: fetch.cancelled, fetch.no-tls (base/fetch.hpp), url.*
Result<FetchResponse> get_url(Fetcher& fetcher, const std::string& url, const std::function<bool()>& cancelled);

}  // namespace strates::http
