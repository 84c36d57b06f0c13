#include "http/outbound/get_url.hpp"

#include "base/strings.hpp"
#include "base/url.hpp"

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

Result<FetchResponse> get_url(Fetcher& fetcher, const std::string& given, const std::function<bool()>& cancelled) {
  std::string url = given;
  for (int redirects = 0;; ++redirects) {
    if (redirects > kMostRedirects) return get_error(given, "stopped after 10 redirects");
    FetchRequest request;
    request.url = url;
    request.headers = {{"Accept", "*/*"}};
    request.cancelled = cancelled;
    auto answered = fetcher.fetch(request);
    if (!answered.ok()) {
      if (answered.error().code == "fetch.cancelled" || answered.error().code == "fetch.no-tls") return std::move(answered).error();
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
    return response;
  }
}

}  // namespace strates::http
