// Asking other machines over HTTP, as a port: values in, a head and a stream out. Nothing is followed, repeated or trusted here: redirections, credentials
// and patience are the caller's decisions, so that no secret travels where the caller did not send it.
//
// Threads: `fetch` from any; a response's body by one thread at a time, any.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/http.hpp"
#include "base/stream.hpp"

namespace strates {

enum class TlsCheck { Verified, Unverified };

struct FetchRequest {
  std::string method = "GET";
  std::string url;      // absolute, http or https
  HttpHeaders headers;  // Host, Content-Length, Transfer-Encoding and Connection are the transport's
  ByteSource* body = nullptr;
  std::optional<std::uint64_t> body_length;  // none, with a body: sent in chunks
  TlsCheck tls = TlsCheck::Verified;
  Nanos silence = 60 * kSecond;          // without a byte moving, at any stage
  std::function<bool()> cancelled;       // asked at least every 200 ms
};

struct FetchResponse {
  int status = 0;
  std::string reason;  // "Not Found"
  HttpHeaders headers;
  // Never null. 0 comes at the end of a whole body; what ends early is code fetch.truncated ("unexpected EOF"). Must not outlive the transport.
  std::unique_ptr<ByteSource> body;
};

// Errors carry the words of Go's net/http that follow `Get "URL": ` (the caller adds that part):
//   fetch.dial       dial tcp 127.0.0.1:1: connect: connection refused           fetch.timeout    net/http: timeout awaiting response headers
//   fetch.tls        x509: certificate signed by unknown authority               fetch.truncated  EOF, unexpected EOF
//   fetch.not-tls    http: server gave HTTP response to HTTPS client             fetch.protocol   malformed or too large heads and chunks
//   fetch.no-tls     the transport has no TLS
//   fetch.cancelled  context canceled                                            url.*            (base/url.hpp)
class Fetcher {
 public:
  virtual ~Fetcher() = default;
  virtual Result<FetchResponse> fetch(const FetchRequest& request) = 0;
};

// Did the connection fail, rather than the other side answer?
bool is_fetch_failure(const Error& error);

}  // namespace strates
