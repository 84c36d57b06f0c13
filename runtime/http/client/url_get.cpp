#include "http/client/url_get.hpp"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <ctime>
#include <memory>

#include "base/error.hpp"
#include "base/strings.hpp"
#include "base/unique_fd.hpp"

namespace strates::http {

namespace {

constexpr size_t kMaxHead = 64 << 10, kMaxErrorBody = 64 << 10;
constexpr int kMaxRedirects = 10;
constexpr int kPollMilliseconds = 200;

struct Address {
  std::string host, port, target;  // target: "/path?query"
};

// As Go's client says it.
Error get_error(const std::string& url, const std::string& why) {
  return docker_error(ErrorKind::Unavailable, "remote.get", "Get \"" + url + "\": " + why);
}
Error cancelled_error() { return docker_error(ErrorKind::Conflict, "remote.cancelled", "context canceled"); }

std::string words_of(int number) {
  std::string text = std::strerror(number);
  if (!text.empty()) text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
  return text;
}

Result<Address> parse(const std::string& url) {
  if (url.starts_with("https://"))
    return make_error(ErrorKind::NotImplemented, "remote.https", "get", url, "this version has no TLS of its own",
                      "fetch it by another program, and give the file or its standard output");
  if (!url.starts_with("http://")) return get_error(url, "unsupported protocol scheme \"" + url.substr(0, url.find(':')) + "\"");
  for (const unsigned char c : url)
    if (c <= ' ' || c == 0x7f) return docker_error(ErrorKind::Invalid, "remote.url", "parse " + go_quote(url) + ": net/url: invalid control character in URL");
  Address out;
  std::string rest = url.substr(7);
  rest.resize(std::min(rest.find('#'), rest.size()));
  const size_t path = std::min(rest.find_first_of("/?"), rest.size());
  out.target = rest.substr(path);
  if (!out.target.starts_with('/')) out.target.insert(0, "/");
  std::string place = rest.substr(0, path);
  if (const size_t at = place.rfind('@'); at != std::string::npos) place.erase(0, at + 1);
  const size_t colon = place.rfind(':');
  const bool has_port = colon != std::string::npos && place.find(']', colon) == std::string::npos;
  out.host = has_port ? place.substr(0, colon) : place;
  out.port = has_port ? place.substr(colon + 1) : "80";
  if (out.host.starts_with('[') && out.host.ends_with(']')) out.host = out.host.substr(1, out.host.size() - 2);
  if (out.host.empty()) return get_error(url, "http: no Host in request URL");
  return out;
}

// Waits for `events`, or for the silence or the caller to end it.
Result<void> wait_for(int fd, short events, const std::string& url, const UrlLimits& limits, const std::function<bool()>& cancelled) {
  for (Nanos waited = 0; waited < limits.silence; waited += kPollMilliseconds * kMillisecond) {
    if (cancelled && cancelled()) return cancelled_error();
    pollfd one{fd, events, 0};
    const int ready = ::poll(&one, 1, kPollMilliseconds);
    if (ready > 0) return success();
    if (ready < 0 && errno != EINTR) return get_error(url, words_of(errno));
  }
  return get_error(url, "net/http: timeout awaiting response");
}

std::string shown(const sockaddr* address, const std::string& port) {
  char text[INET6_ADDRSTRLEN] = "";
  if (address->sa_family == AF_INET6) {
    inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr, text, sizeof text);
    return "[" + std::string(text) + "]:" + port;
  }
  inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in*>(address)->sin_addr, text, sizeof text);
  return std::string(text) + ":" + port;
}

Result<UniqueFd> connect_to(const std::string& url, const Address& address, const UrlLimits& limits, const std::function<bool()>& cancelled) {
  addrinfo hints{}, *found = nullptr;
  hints.ai_socktype = SOCK_STREAM;
  if (getaddrinfo(address.host.c_str(), address.port.c_str(), &hints, &found) != 0 || found == nullptr)
    return get_error(url, "dial tcp: lookup " + address.host + ": no such host");
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owned(found, freeaddrinfo);
  std::string why;
  for (const addrinfo* at = found; at != nullptr; at = at->ai_next) {
    UniqueFd fd(::socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd) continue;
    int number = ::connect(fd.get(), at->ai_addr, at->ai_addrlen) == 0 ? 0 : errno;
    if (number == EINPROGRESS) {
      TRY(wait_for(fd.get(), POLLOUT, url, limits, cancelled));
      socklen_t size = sizeof number;
      ::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &number, &size);
    }
    if (number == 0) return fd;
    why = "dial tcp " + shown(at->ai_addr, address.port) + ": connect: " + words_of(number);
  }
  return get_error(url, why);
}

class Exchange {
 public:
  Exchange(const std::string& url, UniqueFd fd, const UrlLimits& limits, const std::function<bool()>& cancelled)
      : url_(url), fd_(std::move(fd)), limits_(limits), cancelled_(cancelled) {}

  Result<void> ask(const Address& address) {
    const std::string host = address.host.find(':') == std::string::npos ? address.host : "[" + address.host + "]";
    std::string left = "GET " + address.target + " HTTP/1.0\r\nHost: " + host + (address.port == "80" ? "" : ":" + address.port) +
                       "\r\nUser-Agent: strates\r\nAccept: */*\r\nConnection: close\r\n\r\n";
    while (!left.empty()) {
      TRY(wait_for(fd_.get(), POLLOUT, url_, limits_, cancelled_));
      const ssize_t sent = ::send(fd_.get(), left.data(), left.size(), MSG_NOSIGNAL);
      if (sent < 0 && errno != EINTR && errno != EAGAIN) return get_error(url_, words_of(errno));
      if (sent > 0) left.erase(0, static_cast<size_t>(sent));
    }
    return success();
  }

  // Empty: the other side is done.
  Result<std::string_view> more() {
    for (;;) {
      TRY(wait_for(fd_.get(), POLLIN, url_, limits_, cancelled_));
      const ssize_t got = ::recv(fd_.get(), buffer_, sizeof buffer_, 0);
      if (got >= 0) return std::string_view(buffer_, static_cast<size_t>(got));
      if (errno != EINTR && errno != EAGAIN) return get_error(url_, "read tcp: " + words_of(errno));
    }
  }

  // The head's lines; what follows them already is kept in `rest`.
  Result<std::string> head(std::string& rest) {
    std::string text;
    for (;;) {
      const std::string_view got = TRY(more());
      if (got.empty()) return get_error(url_, "EOF");
      text += got;
      const size_t end = text.find("\r\n\r\n");
      if (end != std::string::npos) {
        rest = text.substr(end + 4);
        return text.substr(0, end);
      }
      if (text.size() > kMaxHead) return get_error(url_, "net/http: server response headers exceeded " + std::to_string(kMaxHead) + " bytes; aborted");
    }
  }

 private:
  const std::string& url_;
  UniqueFd fd_;
  const UrlLimits& limits_;
  const std::function<bool()>& cancelled_;
  char buffer_[64 << 10];
};

Result<UrlHead> read_head(const std::string& url, const std::string& text, std::string& location) {
  UrlHead out;
  const auto lines = split_lines(replace_all(text, "\r\n", "\n"));
  const auto first = split(lines.empty() ? "" : lines[0], ' ');
  if (first.size() < 2 || !first[0].starts_with("HTTP/1.") || std::from_chars(first[1].data(), first[1].data() + first[1].size(), out.status).ec != std::errc())
    return get_error(url, "net/http: HTTP/1.x transport connection broken: malformed HTTP response");
  for (size_t i = 2; i < first.size(); ++i) out.reason += (i > 2 ? " " : "") + first[i];
  for (size_t i = 1; i < lines.size(); ++i) {
    const size_t colon = lines[i].find(':');
    if (colon == std::string::npos) continue;
    const std::string name = to_lower(lines[i].substr(0, colon)), value(trim(lines[i].substr(colon + 1)));
    if (name == "content-type") out.content_type = value;
    else if (name == "content-disposition") out.content_disposition = value;
    else if (name == "location") location = value;
    else if (name == "last-modified") out.last_modified = parse_http_date(value);
    else if (name == "transfer-encoding" && to_lower(value) != "identity") return get_error(url, "unsupported transfer encoding: " + go_quote(value));
    else if (name == "content-length") {
      std::uint64_t length = 0;
      if (std::from_chars(value.data(), value.data() + value.size(), length).ptr != value.data() + value.size())
        return get_error(url, "bad Content-Length " + go_quote(value));
      out.length = length;
    }
  }
  return out;
}

std::string joined_url(const std::string& base, const std::string& location) {
  if (location.find("://") != std::string::npos) return location;
  if (location.starts_with("//")) return "http:" + location;
  const size_t path = std::min(base.find_first_of("/?#", 7), base.size());
  if (location.starts_with('/')) return base.substr(0, path) + location;
  const std::string old = base.substr(path, std::min(base.find_first_of("?#", path), base.size()) - path);
  return base.substr(0, path) + "/" + (old.find('/') == std::string::npos ? "" : old.substr(1, old.rfind('/'))) + location;
}

}  // namespace

std::optional<Nanos> parse_http_date(const std::string& text) {
  std::tm time{};
  const char* end = strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &time);
  if (end == nullptr || *end != '\0') return std::nullopt;
  return static_cast<Nanos>(timegm(&time)) * kSecond;
}

Result<UrlHead> get_url(const std::string& given, ByteSink& to, const UrlLimits& limits, const std::function<bool()>& cancelled,
                        const std::function<void(std::uint64_t, std::optional<std::uint64_t>)>& progress) {
  std::string url = given;
  for (int redirects = 0;; ++redirects) {
    if (redirects > kMaxRedirects) return get_error(given, "stopped after 10 redirects");
    const Address address = TRY(parse(url));
    const auto exchange = std::make_unique<Exchange>(url, TRY(connect_to(url, address, limits, cancelled)), limits, cancelled);
    TRY(exchange->ask(address));
    std::string rest, location;
    const UrlHead head = TRY(read_head(url, TRY(exchange->head(rest)), location));
    if (head.status >= 300 && head.status < 400 && !location.empty()) {
      url = joined_url(url, location);
      continue;
    }
    const bool failed = head.status < 200 || head.status >= 400;
    const std::uint64_t limit = failed ? kMaxErrorBody : limits.body;
    std::string error_body;
    std::uint64_t done = 0;
    for (bool first = true;; first = false) {
      if (head.length && done >= *head.length) break;
      std::string_view bytes = rest;
      if (!first || rest.empty()) bytes = TRY(exchange->more());
      if (bytes.empty()) break;
      if (head.length) bytes = bytes.substr(0, *head.length - done);
      done += bytes.size();
      if (done > limit) {
        if (failed) break;
        return make_error(ErrorKind::Invalid, "remote.too-large", "get", url, "more than " + std::to_string(limit) + " bytes", "fetch it by another program");
      }
      if (failed) error_body += bytes;
      else TRY(to.write(bytes));
      if (progress && !failed) progress(done, head.length);
    }
    if (failed)
      return docker_error(ErrorKind::NotFound, "remote.status",
                          "failed to GET " + given + " with status " + std::to_string(head.status) + " " + head.reason + ": " + std::string(trim(error_body)));
    if (head.length && done < *head.length) return docker_error(ErrorKind::Unavailable, "remote.truncated", "unexpected EOF");
    return head;
  }
}

}  // namespace strates::http
