#include "http/server/response_head.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>

#include "base/json_full.hpp"
#include "base/strings.hpp"

namespace strates::http {

namespace {

struct Reason {
  int status;
  std::string_view words;
};
constexpr Reason kReasons[] = {
    {200, "OK"}, {201, "Created"}, {202, "Accepted"}, {204, "No Content"}, {206, "Partial Content"}, {304, "Not Modified"}, {307, "Temporary Redirect"}, {400, "Bad Request"}, {401, "Unauthorized"}, {403, "Forbidden"},
    {404, "Not Found"}, {405, "Method Not Allowed"}, {408, "Request Timeout"}, {409, "Conflict"}, {413, "Request Entity Too Large"},
    {416, "Requested Range Not Satisfiable"}, {417, "Expectation Failed"}, {429, "Too Many Requests"}, {431, "Request Header Fields Too Large"}, {500, "Internal Server Error"}, {501, "Not Implemented"}, {502, "Bad Gateway"},
    {503, "Service Unavailable"}, {505, "HTTP Version Not Supported"}, {507, "Insufficient Storage"},
};

std::string_view reason(int status) {
  for (const auto& row : kReasons)
    if (row.status == status) return row.words;
  return "Unknown";
}

// RFC 9110, 5.6.7; written out because strftime's names follow the locale.
std::string http_date() {
  static constexpr std::string_view kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::string_view kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} GMT", kDays[parts.tm_wday], parts.tm_mday, kMonths[parts.tm_mon], parts.tm_year + 1900,
                     parts.tm_hour, parts.tm_min, parts.tm_sec);
}

bool may_leave(const std::string& name, const std::string& value) {
  static constexpr std::string_view kOurs[] = {"Content-Length", "Transfer-Encoding", "Connection", "Date", "Upgrade"};
  const auto breaks = [](char c) { return c == '\r' || c == '\n' || c == '\0'; };
  if (std::any_of(name.begin(), name.end(), breaks) || std::any_of(value.begin(), value.end(), breaks)) return false;
  return std::none_of(std::begin(kOurs), std::end(kOurs), [&](std::string_view own) { return equal_ignoring_case(own, name); });
}

}  // namespace

std::string response_head(const HttpResponse& response, Framing framing, std::uint64_t length, KeepAlive keep_alive, bool http_1_0) {
  std::string head = fmt::format("HTTP/1.1 {} {}\r\n", response.status, reason(response.status));
  for (const auto& [name, value] : response.headers)
    if (may_leave(name, value)) head += name + ": " + value + "\r\n";
  head += "Date: " + http_date() + "\r\n";
  if (framing == Framing::Length) head += fmt::format("Content-Length: {}\r\n", length);
  if (framing == Framing::Chunked) head += "Transfer-Encoding: chunked\r\n";
  if (keep_alive == KeepAlive::No) head += "Connection: close\r\n";
  else if (http_1_0) head += "Connection: keep-alive\r\n";
  return head + "\r\n";
}

std::string upgrade_head(const HttpResponse& response, bool upgraded) {
  std::string head = upgraded ? "HTTP/1.1 101 UPGRADED\r\n" : "HTTP/1.1 200 OK\r\n";
  head += "Content-Type: " + http_header(response.headers, "Content-Type").value_or("application/vnd.docker.raw-stream") + "\r\n";
  if (upgraded) head += "Connection: Upgrade\r\nUpgrade: tcp\r\n";
  for (const auto& [name, value] : response.headers)
    if (may_leave(name, value) && !equal_ignoring_case(name, "Content-Type")) head += name + ": " + value + "\r\n";
  return head + "\r\n";
}

HttpResponse message_response(int status, std::string_view why) {
  return {status, {{"Content-Type", "application/json"}}, dump_json(Json{{"message", std::string(why)}}) + "\n"};
}

HttpResponse refusal_response(const ServerOptions& options, int status, std::string_view why) {
  return options.refusal != nullptr ? options.refusal(status, why) : message_response(status, why);
}

}  // namespace strates::http
