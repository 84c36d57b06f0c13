// The client's side of HTTP/1.1 over a unix socket (RFC 9112): one connection a request, streamed answers, Docker's hijack.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <vector>

#include "api/client.hpp"
#include "base/strings.hpp"
#include "http/client/unix_connection.hpp"

namespace strates::http {

namespace {

using api::ClientRequest;
using api::ClientResponse;
using api::ClientStream;

constexpr size_t kLineLimit = 32 * 1024;
constexpr size_t kHeaderLimit = 128;
constexpr size_t kReadLimit = 64 * 1024;

Error framing_error(std::string_view why) { return make_error(ErrorKind::Internal, "client.framing", "read from", "the engine", why); }

enum class Body { None, Length, Chunked, UntilClose };

// A body as it comes, or the raw bytes of a hijacked connection.
class ResponseStream : public ClientStream {
 public:
  ResponseStream(UnixConnection connection, Body body, std::uint64_t length, bool raw)
      : connection_(std::move(connection)), body_(body), left_(length), raw_(raw) {}

  Result<std::string> read() override {
    switch (body_) {
      case Body::None: return std::string();
      case Body::UntilClose: return connection_.read_some(kReadLimit);
      case Body::Length: return read_counted();
      case Body::Chunked: return read_chunked();
    }
    return std::string();
  }

  Result<void> write(std::string_view bytes) override {
    if (!raw_) return make_error(ErrorKind::Invalid, "client.not-hijacked", "write to", "the engine", "this answer has no way back");
    return connection_.write(bytes);
  }
  void close_write() override {
    if (raw_) connection_.close_write();
  }
  void cancel() override { connection_.cancel(); }

 private:
  Result<std::string> read_counted() {
    if (left_ == 0) return std::string();
    std::string bytes = TRY(connection_.read_some(static_cast<size_t>(std::min<std::uint64_t>(left_, kReadLimit))));
    if (bytes.empty() && !connection_.cancelled())
      return make_error(ErrorKind::Unavailable, "client.cut-short", "read from", "the engine", "the answer was cut short", "look at the daemon's messages");
    left_ -= bytes.size();
    return bytes;
  }

  Result<std::string> read_chunked() {
    if (left_ == 0) {
      auto more = next_chunk();
      if (!more.ok()) {
        if (connection_.cancelled()) return std::string();
        return std::move(more).error();
      }
      if (!more.value()) return std::string();
    }
    std::string bytes = TRY(read_counted());
    if (left_ == 0) between_chunks_ = true;
    return bytes;
  }

  Result<bool> next_chunk() {
    if (finished_) return false;
    if (between_chunks_ && !TRY(connection_.read_line(2)).empty()) return framing_error("a chunk longer than announced");
    between_chunks_ = false;
    const std::string line = TRY(connection_.read_line(256));
    const std::string_view digits = std::string_view(line).substr(0, line.find(';'));
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), left_, 16);
    if (digits.empty() || digits.size() > 15 || error != std::errc() || end != digits.data() + digits.size()) return framing_error("malformed chunk size");
    if (left_ > 0) return true;
    finished_ = true;
    for (size_t trailers = 0; !TRY(connection_.read_line(kLineLimit)).empty(); ++trailers)
      if (trailers == kHeaderLimit) return framing_error("trailers without end");
    return false;
  }

  UnixConnection connection_;
  Body body_;
  std::uint64_t left_;
  bool raw_;
  bool between_chunks_ = false, finished_ = false;
};

Result<void> send_request(UnixConnection& connection, const ClientRequest& request) {
  std::string head = request.method + " " + request.target + " HTTP/1.1\r\nHost: docker\r\nUser-Agent: Strates/" STRATES_VERSION "\r\n";
  for (const auto& [name, value] : request.headers) {
    if ((name + value).find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos)
      return make_error(ErrorKind::Invalid, "client.header", "send a request's header", name, "a line end inside");
    head += name + ": " + value + "\r\n";
  }
  head += request.upgrade ? "Connection: Upgrade\r\nUpgrade: tcp\r\n" : "Connection: close\r\n";
  if (request.body_source != nullptr) {
    TRY(connection.write(head + "Transfer-Encoding: chunked\r\n\r\n"));
    std::vector<char> buffer(kReadLimit);
    for (;;) {
      const size_t count = TRY(request.body_source->read(buffer));
      if (count == 0) break;
      TRY(connection.write(fmt::format("{:x}\r\n", count) + std::string(buffer.data(), count) + "\r\n"));
    }
    return connection.write("0\r\n\r\n");
  }
  if (!request.body.empty() || request.method == "POST" || request.method == "PUT") head += fmt::format("Content-Length: {}\r\n", request.body.size());
  return connection.write(head + "\r\n" + request.body);
}

struct Head {
  int status = 0;
  HttpHeaders headers;
};

Result<Head> read_head(UnixConnection& connection) {
  for (;;) {
    const std::string line = TRY(connection.read_line(kLineLimit));
    Head head;
    if (line.size() < 12 || line.compare(0, 7, "HTTP/1.") != 0 || line[8] != ' ') return framing_error("not an HTTP answer");
    if (std::from_chars(line.data() + 9, line.data() + 12, head.status).ptr != line.data() + 12 || head.status < 100) return framing_error("malformed status");
    for (;;) {
      const std::string header = TRY(connection.read_line(kLineLimit));
      if (header.empty()) break;
      const auto colon = header.find(':');
      if (colon == std::string::npos || head.headers.size() == kHeaderLimit) return framing_error("malformed headers");
      head.headers.emplace_back(header.substr(0, colon), trim(std::string_view(header).substr(colon + 1)));
    }
    if (head.status >= 200 || head.status == 101) return head;
  }
}

class UnixTransport : public api::Transport {
 public:
  explicit UnixTransport(std::string path) : path_(std::move(path)) {}
  std::string description() const override { return "unix://" + path_; }

  Result<ClientResponse> send(const ClientRequest& request) override {
    if (request.target.empty() || request.target.front() != '/' || request.target.find_first_of(std::string_view(" \r\n\0", 4)) != std::string::npos)
      return make_error(ErrorKind::Invalid, "client.target", "send a request to", request.target, "not an encoded path");
    UnixConnection connection = TRY(UnixConnection::open(path_));
    // An engine that refuses a body may answer and close before it was sent: its answer says why.
    auto sent = send_request(connection, request);
    if (!sent.ok() && sent.error().code != "client.write") return std::move(sent).error();
    Head head = TRY(read_head(connection));
    return respond(request, std::move(head), std::move(connection));
  }

 private:
  static Result<ClientResponse> respond(const ClientRequest& request, Head head, UnixConnection connection) {
    const bool raw = head.status == 101 || (request.upgrade && head.status == 200);
    const auto coding = http_header(head.headers, "Transfer-Encoding");
    const auto length = http_header(head.headers, "Content-Length");
    Body body = Body::UntilClose;
    std::uint64_t bytes = 0;
    if (raw && !coding && !length) {
      body = Body::UntilClose;
    } else if (request.method == "HEAD" || head.status == 204 || head.status == 304) {
      body = Body::None;
    } else if (coding) {
      if (!equal_ignoring_case(*coding, "chunked")) return framing_error("unknown transfer coding " + *coding);
      body = Body::Chunked;
    } else if (length) {
      const auto [end, error] = std::from_chars(length->data(), length->data() + length->size(), bytes);
      if (length->empty() || error != std::errc() || end != length->data() + length->size()) return framing_error("malformed Content-Length");
      body = Body::Length;
    }
    ClientResponse response;
    response.status = head.status;
    response.headers = std::move(head.headers);
    response.stream = std::make_unique<ResponseStream>(std::move(connection), body, bytes, raw);
    return response;
  }

  std::string path_;
};

}  // namespace

}  // namespace strates::http

namespace strates::api {

std::unique_ptr<Transport> unix_transport(std::string socket_path) { return std::make_unique<http::UnixTransport>(std::move(socket_path)); }

}  // namespace strates::api
