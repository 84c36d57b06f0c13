// The head of a request, taken apart and vetted (RFC 9112, read strictly: what two readers could read differently is refused).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/http.hpp"

namespace strates::http {

constexpr size_t kHeadLimit = 16 * 1024;
constexpr size_t kHeaderCount = 64;

struct RequestHead {
  std::string method;
  std::string path;   // decoded
  std::vector<std::pair<std::string, std::string>> query;
  HttpHeaders headers;
  std::optional<std::uint64_t> content_length;
  bool chunked = false;
  bool keep_alive = true;
  bool http_1_0 = false;
  bool expects_continue = false;
  bool wants_upgrade = false;  // Connection: Upgrade with Upgrade: tcp
};

// What is wrong with a head, as a status for the client.
struct Refusal {
  int status = 400;
  std::string why;
};

// `text`: everything before the empty line, each line ended by CRLF.
std::variant<RequestHead, Refusal> parse_request_head(std::string_view text);

}  // namespace strates::http
