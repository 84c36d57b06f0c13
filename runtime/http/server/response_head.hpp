// The bytes before a response's body.
#pragma once

#include <string>

#include "base/http.hpp"
#include "http/server.hpp"

namespace strates::http {

enum class Framing { Length, Chunked, UntilClose, None };
enum class KeepAlive { No, Yes };

// Adds Date and what the framing needs; a header that would break the framing (CR or LF inside, or a length of its own) is left out.
std::string response_head(const HttpResponse& response, Framing framing, std::uint64_t length, KeepAlive keep_alive, bool http_1_0);
// "HTTP/1.1 101 UPGRADED", or 200 for a client that did not ask for an upgrade (Docker's hijack).
std::string upgrade_head(const HttpResponse& response, bool upgraded);
// {"message": why}
HttpResponse message_response(int status, std::string_view why);
// What the server says itself, in the words of what it serves.
HttpResponse refusal_response(const ServerOptions& options, int status, std::string_view why);

}  // namespace strates::http
