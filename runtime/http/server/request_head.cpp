#include "http/server/request_head.hpp"

#include <algorithm>
#include <cctype>

#include "base/strings.hpp"

namespace strates::http {

namespace {

constexpr std::string_view kMethods[] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};
constexpr std::string_view kTokenMarks = "!#$%&'*+-.^_`|~";

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || kTokenMarks.find(c) != std::string_view::npos;
  });
}

bool is_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool has_control(std::string_view text, bool tab_allowed) {
  return std::any_of(text.begin(), text.end(), [&](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && !(tab_allowed && c == '\t')) || byte == 0x7f;
  });
}

bool escapes_are_whole(std::string_view path) {
  for (size_t i = 0; i < path.size(); ++i)
    if (path[i] == '%' && (i + 2 >= path.size() || !is_hex(path.substr(i + 1, 2)))) return false;
  return true;
}

// "a, b" holds `token`, whatever the case.
bool list_holds(std::string_view list, std::string_view token) {
  for (const auto& part : split(list, ','))
    if (equal_ignoring_case(trim(part), token)) return true;
  return false;
}

// origin-form or absolute-form (RFC 9112, 3.2); empty when neither.
std::string_view path_of_target(std::string_view target) {
  if (target.empty()) return {};
  if (target.front() == '/') return target;
  if (target.substr(0, 7) != "http://") return {};
  const auto slash = target.find('/', 7);
  return slash == std::string_view::npos ? std::string_view{} : target.substr(slash);
}

std::optional<Refusal> read_request_line(std::string_view line, RequestHead& head) {
  const auto first = line.find(' ');
  const auto last = line.rfind(' ');
  if (first == std::string_view::npos || first == last || line.find(' ', first + 1) != last) return Refusal{400, "malformed request line"};
  const std::string_view method = line.substr(0, first), target = line.substr(first + 1, last - first - 1), version = line.substr(last + 1);
  if (!is_token(method)) return Refusal{400, "malformed method"};
  if (version != "HTTP/1.1" && version != "HTTP/1.0") return Refusal{505, "only HTTP/1.1 and HTTP/1.0 are spoken here"};
  if (std::find(std::begin(kMethods), std::end(kMethods), method) == std::end(kMethods)) return Refusal{501, "unknown method " + std::string(method)};
  head.method = method;
  head.http_1_0 = version == "HTTP/1.0";
  head.keep_alive = !head.http_1_0;
  const std::string_view path = path_of_target(target);
  if (path.empty() || has_control(target, false)) return Refusal{400, "malformed target"};
  const auto question = path.find('?');
  const std::string_view raw = path.substr(0, question);
  if (!escapes_are_whole(raw)) return Refusal{400, "malformed escape in the path"};
  head.path = percent_decode(raw, false);
  if (head.path.find('\0') != std::string::npos) return Refusal{400, "NUL in the path"};
  if (question != std::string_view::npos) head.query = parse_query(path.substr(question + 1));
  return std::nullopt;
}

std::optional<Refusal> read_header(std::string_view line, RequestHead& head) {
  if (line.front() == ' ' || line.front() == '\t') return Refusal{400, "folded header"};
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) return Refusal{400, "malformed header name"};
  const std::string_view value = trim(line.substr(colon + 1));
  if (has_control(value, true)) return Refusal{400, "control character in a header"};
  head.headers.emplace_back(line.substr(0, colon), value);
  return std::nullopt;
}

size_t count_of(const HttpHeaders& headers, std::string_view name) {
  return static_cast<size_t>(std::count_if(headers.begin(), headers.end(), [&](const auto& header) { return equal_ignoring_case(header.first, name); }));
}

std::optional<Refusal> read_framing(RequestHead& head) {
  const size_t lengths = count_of(head.headers, "Content-Length"), codings = count_of(head.headers, "Transfer-Encoding");
  if (lengths > 1) return Refusal{400, "more than one Content-Length"};
  if (lengths > 0 && codings > 0) return Refusal{400, "both Content-Length and Transfer-Encoding"};
  if (codings > 1) return Refusal{400, "more than one Transfer-Encoding"};
  if (codings == 1) {
    if (head.http_1_0) return Refusal{400, "Transfer-Encoding in HTTP/1.0"};
    if (!equal_ignoring_case(*http_header(head.headers, "Transfer-Encoding"), "chunked")) return Refusal{501, "only the chunked transfer coding is known"};
    head.chunked = true;
  }
  if (lengths == 1) {
    const std::string text = *http_header(head.headers, "Content-Length");
    if (!is_digits(text) || text.size() > 18) return Refusal{400, "malformed Content-Length"};
    head.content_length = std::stoull(text);
  }
  return std::nullopt;
}

}  // namespace

std::variant<RequestHead, Refusal> parse_request_head(std::string_view text) {
  RequestHead head;
  bool first = true;
  while (!text.empty()) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos || end == 0 || text[end - 1] != '\r') return Refusal{400, "a line that does not end in CRLF"};
    const std::string_view line = text.substr(0, end - 1);
    text.remove_prefix(end + 1);
    if (line.empty() || line.find('\r') != std::string_view::npos || line.find('\0') != std::string_view::npos) return Refusal{400, "malformed line"};
    if (!first && head.headers.size() == kHeaderCount) return Refusal{431, "more than " + std::to_string(kHeaderCount) + " headers"};
    if (auto refusal = first ? read_request_line(line, head) : read_header(line, head)) return *refusal;
    first = false;
  }
  if (first) return Refusal{400, "empty request"};
  if (count_of(head.headers, "Host") > 1 || (!head.http_1_0 && count_of(head.headers, "Host") == 0)) return Refusal{400, "exactly one Host header is required"};
  if (auto refusal = read_framing(head)) return *refusal;
  for (const auto& [name, value] : head.headers) {
    if (equal_ignoring_case(name, "Connection")) {
      if (list_holds(value, "close")) head.keep_alive = false;
      if (list_holds(value, "keep-alive") && head.http_1_0) head.keep_alive = true;
    }
    if (equal_ignoring_case(name, "Expect")) {
      if (!equal_ignoring_case(value, "100-continue")) return Refusal{417, "unknown expectation"};
      head.expects_continue = !head.http_1_0;
    }
  }
  const auto connection = http_header(head.headers, "Connection");
  head.wants_upgrade = connection && list_holds(*connection, "upgrade") && http_header(head.headers, "Upgrade").has_value();
  return head;
}

}  // namespace strates::http
