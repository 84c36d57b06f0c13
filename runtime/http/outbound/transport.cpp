#include "http/outbound/transport.hpp"

#include <algorithm>
#include <ctime>

#include "base/strings.hpp"
#include "http/outbound/response_reader.hpp"

namespace strates::http {

namespace {

constexpr size_t kMostIdle = 8;
constexpr Nanos kIdleTime = 15 * kSecond;
constexpr size_t kChunk = 256 << 10;

Nanos steady_now() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * kSecond + now.tv_nsec;
}

// What would end a header early belongs in none.
Result<void> check_field(std::string_view text) {
  if (text.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos)
    return docker_error(ErrorKind::Invalid, "fetch.protocol", "net/http: invalid header field value");
  return success();
}

Result<std::string> request_head(const FetchRequest& request, const Url& url, const std::string& user_agent) {
  TRY(check_field(request.method));
  std::string out = request.method + " " + url.target + " HTTP/1.1\r\nHost: " + url.authority() + "\r\nUser-Agent: " + user_agent + "\r\n";
  for (const auto& [name, value] : request.headers) {
    TRY(check_field(name));
    TRY(check_field(value));
    out += name + ": " + value + "\r\n";
  }
  if (request.body != nullptr && !request.body_length) out += "Transfer-Encoding: chunked\r\n";
  else if (request.body != nullptr || request.method == "POST" || request.method == "PUT" || request.method == "PATCH")
    out += "Content-Length: " + std::to_string(request.body != nullptr ? *request.body_length : 0) + "\r\n";
  return out + "\r\n";
}

Result<void> send_body(Connection& connection, const FetchRequest& request, const Patience& patience) {
  std::string buffer(kChunk, '\0');
  std::uint64_t sent = 0;
  for (;;) {
    const size_t got = TRY(request.body->read(buffer));
    if (got == 0) break;
    sent += got;
    if (request.body_length) {
      if (sent > *request.body_length) return docker_error(ErrorKind::Internal, "fetch.length", "http: ContentLength=" + std::to_string(*request.body_length) + " with a longer Body");
      TRY(connection.write(std::string_view(buffer).substr(0, got), patience));
      continue;
    }
    char size[24];
    const int digits = std::snprintf(size, sizeof size, "%zx\r\n", got);
    TRY(connection.write({size, static_cast<size_t>(digits)}, patience));
    TRY(connection.write(std::string_view(buffer).substr(0, got), patience));
    TRY(connection.write("\r\n", patience));
  }
  if (!request.body_length) return connection.write("0\r\n\r\n", patience);
  if (sent < *request.body_length)
    return docker_error(ErrorKind::Internal, "fetch.length", "http: ContentLength=" + std::to_string(*request.body_length) + " with Body length " + std::to_string(sent));
  return success();
}

}  // namespace

// Owns the connection while the body is read, and gives it back when all of it was.
class ResponseBody final : public ByteSource {
 public:
  ResponseBody(Transport& transport, std::string key, std::unique_ptr<Connection> connection, Patience patience)
      : transport_(transport), key_(std::move(key)), connection_(std::move(connection)), reader_(*connection_, std::move(patience)) {}
  ~ResponseBody() override {
    if (connection_ && reader_.reusable()) transport_.keep(key_, std::move(connection_));
  }
  ResponseReader& reader() { return reader_; }
  Result<size_t> read(std::span<char> buffer) override {
    if (failed_) return *failed_;
    auto got = reader_.body(buffer);
    if (!got.ok()) failed_ = got.error();
    return got;
  }

 private:
  Transport& transport_;
  std::string key_;
  std::unique_ptr<Connection> connection_;
  ResponseReader reader_;
  std::optional<Error> failed_;
};

std::unique_ptr<Connection> Transport::take(const std::string& key) {
  for (;;) {
    Idle found;
    {
      const std::lock_guard lock(mutex_);
      auto& idle = idle_[key];
      if (idle.empty()) return nullptr;
      found = std::move(idle.back());
      idle.pop_back();
    }
    if (steady_now() - found.since < kIdleTime && !found.connection->stale()) return std::move(found.connection);
  }
}

void Transport::keep(const std::string& key, std::unique_ptr<Connection> connection) {
  const Nanos now = steady_now();
  std::vector<Idle> gone;  // closed without the lock
  const std::lock_guard lock(mutex_);
  for (auto& [place, idle] : idle_) {
    const auto old = std::stable_partition(idle.begin(), idle.end(), [&](const Idle& one) { return now - one.since < kIdleTime; });
    gone.insert(gone.end(), std::make_move_iterator(old), std::make_move_iterator(idle.end()));
    idle.erase(old, idle.end());
  }
  auto& idle = idle_[key];
  if (idle.size() < kMostIdle) idle.push_back({std::move(connection), now});
}

Result<FetchResponse> Transport::fetch(const FetchRequest& request) {
  const Url url = TRY(parse_url(request.url));
  const Patience patience{request.silence, request.cancelled};
  const std::string key = url.scheme + "://" + url.host + ":" + url.port + (request.tls == TlsCheck::Verified ? "" : " unverified");
  const std::string head = TRY(request_head(request, url, options_.user_agent));
  for (;;) {
    std::unique_ptr<Connection> connection = take(key);
    const bool reused = connection != nullptr;
    if (!connection) {
      if (url.secure() && !options_.tls)
        return make_error(ErrorKind::NotImplemented, "fetch.no-tls", "get", url.str(), "this program has no TLS of its own", "fetch it by another program, and give the file or its standard output");
      UniqueFd fd = TRY(dial(url, patience));
      connection = url.secure() ? TRY(options_.tls(std::move(fd), url, request.tls, patience)) : plain_connection(std::move(fd));
    }
    Connection& wire = *connection;
    auto body = std::make_unique<ResponseBody>(*this, key, std::move(connection), patience);
    bool empty = false;
    auto sent = wire.write(head, patience);
    if (sent.ok() && request.body != nullptr) {
      sent = send_body(wire, request, patience);
      if (!sent.ok() && sent.error().code != "fetch.truncated") return std::move(sent).error();
    }
    // A refusal may come before the whole body was taken: it says more than the broken pipe.
    auto answer = body->reader().head(request.method, empty);
    if (!answer.ok()) {
      // A kept connection may have been closed by the other side meanwhile: nothing was heard of this request, so it is made once more.
      if (reused && empty && request.body == nullptr) continue;
      return sent.ok() ? std::move(answer).error() : std::move(sent).error();
    }
    FetchResponse out = std::move(answer).value();
    out.body = std::move(body);
    return out;
  }
}

}  // namespace strates::http
