#include "http/remote/remote_files.hpp"

#include "base/http_date.hpp"
#include "http/outbound/get_url.hpp"

namespace strates::http {

Result<engine::RemoteFile> UrlFiles::get(const std::string& url, std::uint64_t limit, const std::function<bool()>& cancelled) {
  const auto ended = [] { return docker_error(ErrorKind::Conflict, "build.cancelled", "Build cancelled"); };
  auto answered = get_url(fetcher_, url, cancelled);
  if (!answered.ok() && answered.error().code == "fetch.cancelled") return ended();
  const FetchResponse response = TRY(std::move(answered));
  engine::RemoteFile out;
  auto kept = spooler_.keep(*response.body, limit);
  if (!kept.ok()) {
    const Error& error = kept.error();
    if (error.code == "fetch.cancelled") return ended();
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

}  // namespace strates::http
