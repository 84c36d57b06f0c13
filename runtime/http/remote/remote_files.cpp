#include "http/remote/remote_files.hpp"

#include "base/strings.hpp"
#include "base/url.hpp"
#include "http/client/url_get.hpp"

namespace strates::http {

namespace {

constexpr int kMostRedirects = 10;
constexpr size_t kMaxErrorBody = 64 << 10;

// As Go's client says it.
Error get_error(const std::string& url, const std::string& why) { return docker_error(ErrorKind::Unavailable, "remote.get", "Get " + go_quote(url) + ": " + why); }

std::string first_bytes(ByteSource& from, size_t most) {
  std::string out(most, '\0');
  size_t size = 0;
  while (size < most) {
    const auto got = from.read({out.data() + size, most - size});
    if (!got.ok() || got.value() == 0) break;
    size += got.value();
  }
  out.resize(size);
  return out;
}

}  // namespace

Result<engine::RemoteFile> UrlFiles::get(const std::string& given, std::uint64_t limit, const std::function<bool()>& cancelled) {
  std::string url = given;
  for (int redirects = 0;; ++redirects) {
    if (redirects > kMostRedirects) return get_error(given, "stopped after 10 redirects");
    FetchRequest request;
    request.url = url;
    request.headers = {{"Accept", "*/*"}};
    request.cancelled = cancelled;
    auto answered = fetcher_.fetch(request);
    if (!answered.ok()) {
      if (answered.error().code == "fetch.cancelled") return docker_error(ErrorKind::Conflict, "build.cancelled", "Build cancelled");
      return get_error(url, answered.error().message());
    }
    FetchResponse response = std::move(answered).value();
    const auto location = http_header(response.headers, "Location");
    if (response.status >= 300 && response.status < 400 && location) {
      auto next = resolve_url(TRY(parse_url(url)), *location);
      if (!next.ok()) return get_error(url, next.error().message());
      url = next.value().str();
      continue;
    }
    if (response.status < 200 || response.status >= 400)
      return docker_error(ErrorKind::NotFound, "remote.status",
                          "failed to GET " + given + " with status " + std::to_string(response.status) + " " + response.reason + ": " + std::string(trim(first_bytes(*response.body, kMaxErrorBody))));
    engine::RemoteFile out;
    auto kept = spooler_.keep(*response.body, limit);
    if (!kept.ok()) {
      const Error& error = kept.error();
      if (error.code == "fetch.cancelled") return docker_error(ErrorKind::Conflict, "build.cancelled", "Build cancelled");
      if (error.code == "fetch.truncated") return docker_error(ErrorKind::Unavailable, "remote.truncated", "unexpected EOF");
      if (error.code == "stream.too-large")
        return make_error(ErrorKind::Invalid, "remote.too-large", "get", url, "more than " + std::to_string(limit) + " bytes", "fetch it by another program");
      return error;
    }
    out.bytes = std::move(kept).value();
    out.content_type = http_header(response.headers, "Content-Type").value_or("");
    out.content_disposition = http_header(response.headers, "Content-Disposition").value_or("");
    if (const auto date = http_header(response.headers, "Last-Modified")) out.last_modified = parse_http_date(*date);
    return out;
  }
}

}  // namespace strates::http
