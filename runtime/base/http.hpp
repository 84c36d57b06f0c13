// HTTP as values: api/ and registry/ are functions from HttpRequest to HttpResponse; http/ carries them over a socket, tests and the
// simulator call them directly.
//
// Nothing blocks to wait for a container: a streaming or upgraded response hands its handler an outgoing channel, the handler
// subscribes and returns; bytes arrive when they exist, `end` closes. A channel may outlive the handler and be used from any thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "base/stream.hpp"
#include "base/unique_fd.hpp"

namespace strates {

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;
// The first value of `name`, compared without case.
std::optional<std::string> http_header(const HttpHeaders& headers, std::string_view name);

struct HttpRequest {
  std::string method;                                      // "GET"
  std::string path;                                        // percent-decoded, without the query: "/v1.41/containers/json"
  std::vector<std::pair<std::string, std::string>> query;  // decoded, in order
  HttpHeaders headers;
  std::shared_ptr<Spool> body;  // never null; bounded by the server

  std::string query_value(std::string_view name, std::string_view fallback = {}) const;
  bool has_query(std::string_view name) const;
  // Docker's reading of a boolean: "", 0, no, false, none (any case) are false, the rest true.
  bool query_bool(std::string_view name, bool fallback = false) const;
  std::vector<std::string> query_values(std::string_view name) const;
};

struct HttpResponse;

// Bytes towards the client. Thread-safe. After `end` or once the client is gone, `send` returns false and does nothing.
class HttpChannel {
 public:
  virtual ~HttpChannel() = default;
  virtual bool send(std::string_view bytes) = 0;
  virtual void end() = 0;
  // Called once, from any thread, when the client goes away first.
  virtual void on_gone(std::function<void()> callback) = 0;
  // Has the client gone away? Looks now: for work that goes on without sending anything.
  virtual bool gone() { return false; }
  // Bytes that wait for the client; 0 where `send` never waits. Who must not be held up by a slow reader looks here before sending.
  virtual size_t pending() { return 0; }
  // Ends so that the client sees that the answer is incomplete.
  virtual void abort() { end(); }
  // Lazy streams, before anything was sent: answers this instead, and ends. False: too late. Only a fixed body is allowed.
  virtual bool replace(HttpResponse response);
};

// A hijacked connection: raw bytes both ways, half-close allowed. Thread-safe.
class HttpDuplex : public HttpChannel {
 public:
  // From now on bytes from the client go to on_data, its end of input to on_eof (once). Called from the connection's thread.
  virtual void receive(std::function<void(std::string_view)> on_data, std::function<void()> on_eof) = 0;
};

// A body that streams is kept, with all that its `start` owns, until the stream has ended or the client is gone: what a stream subscribes to
// may be owned there and is released then, on the connection's thread.
struct HttpStreamBody {
  std::function<void(std::shared_ptr<HttpChannel>)> start;  // chunked; headers leave before it is called
  bool lazy = false;                                        // headers wait for the first bytes, see HttpChannel::replace
};
struct HttpUpgradeBody {
  std::function<void(std::shared_ptr<HttpDuplex>)> start;  // 101 UPGRADED, or 200 for a client that sent no Upgrade header
};

// A body that is read as the client takes it: only a piece of it is ever in memory. With `length` it is sent with a Content-Length, and a source that
// ends before breaks the answer off; without, in chunks.
struct HttpSourceBody {
  std::shared_ptr<ByteSource> source;  // never null
  std::optional<std::uint64_t> length;
  // The same bytes as they lie in a file, from `offset` on: the kernel may send them alone (sendfile(2)). Null when they lie nowhere.
  std::shared_ptr<const UniqueFd> file;
  std::uint64_t offset = 0;
};

struct HttpResponse {
  int status = 200;
  HttpHeaders headers;
  std::variant<std::string, HttpStreamBody, HttpUpgradeBody, HttpSourceBody> body;
};
inline bool HttpChannel::replace(HttpResponse) { return false; }

using HttpHandler = std::function<HttpResponse(const HttpRequest&)>;

std::string percent_decode(std::string_view text, bool plus_is_space);
std::string percent_encode(std::string_view text);
// "a=1&b=%20" to pairs.
std::vector<std::pair<std::string, std::string>> parse_query(std::string_view text);

}  // namespace strates
