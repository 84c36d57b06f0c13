// GET, HEAD and DELETE of blobs, with ranges (RFC 9110, 14).
#include <algorithm>
#include <charconv>

#include "base/strings.hpp"
#include "registry/server/registry.hpp"

namespace strates::registry::server {

namespace {

struct Range {
  std::uint64_t first = 0, count = 0;
};
enum class RangeKind { Whole, Part, Unsatisfiable };

bool read_number(std::string_view text, std::uint64_t& out) {
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), out);
  return !text.empty() && failed == std::errc() && end == text.data() + text.size();
}

// One range of bytes; what is not one (several, another unit) may be passed over, and the whole is sent.
RangeKind read_range(std::string_view header, std::uint64_t size, Range& out) {
  if (!header.starts_with("bytes=")) return RangeKind::Whole;
  const std::string_view range = trim(header.substr(6));
  const size_t dash = range.find('-');
  if (dash == std::string_view::npos || range.find(',') != std::string_view::npos) return RangeKind::Whole;
  const std::string_view from = range.substr(0, dash), to = range.substr(dash + 1);
  std::uint64_t first = 0, last = 0;
  if (from.empty()) {
    if (!read_number(to, last)) return RangeKind::Whole;
    if (last == 0 || size == 0) return RangeKind::Unsatisfiable;
    out = {size - std::min(last, size), std::min(last, size)};
    return RangeKind::Part;
  }
  if (!read_number(from, first) || (!to.empty() && !read_number(to, last))) return RangeKind::Whole;
  if (to.empty() || last >= size) last = size == 0 ? 0 : size - 1;
  if (first >= size) return RangeKind::Unsatisfiable;
  if (first > last) return RangeKind::Whole;
  out = {first, last - first + 1};
  return RangeKind::Part;
}

HttpHeaders blob_headers(const Digest& digest) {
  return {{"Content-Type", "application/octet-stream"}, {"Docker-Content-Digest", digest.str()}, {"ETag", "\"" + digest.str() + "\""},
          {"Accept-Ranges", "bytes"}, {"Cache-Control", "max-age=31536000"}};
}

HttpResponse ranged(const HttpRequest& request, const Digest& digest, std::uint64_t size, const std::function<Result<HttpSourceBody>(std::uint64_t offset)>& open) {
  HttpResponse response{200, blob_headers(digest), std::string()};
  if (matches_digest(http_header(request.headers, "If-None-Match").value_or(""), digest)) {
    response.status = 304;
    return response;
  }
  Range range{0, size};
  const auto asked = http_header(request.headers, "Range");
  const auto only_if = http_header(request.headers, "If-Range");
  const bool applies = asked && (!only_if || *only_if == "\"" + digest.str() + "\"");
  const RangeKind kind = applies ? read_range(*asked, size, range) : RangeKind::Whole;
  if (kind == RangeKind::Unsatisfiable) {
    response = refuse_with_status(416, Code::SizeInvalid, "the blob has " + std::to_string(size) + " bytes");
    response.headers.emplace_back("Content-Range", "bytes */" + std::to_string(size));
    return response;
  }
  if (kind == RangeKind::Part) {
    response.status = 206;
    response.headers.emplace_back("Content-Range", "bytes " + std::to_string(range.first) + "-" + std::to_string(range.first + range.count - 1) + "/" + std::to_string(size));
  }
  auto body = open(range.first);
  if (!body.ok()) return refuse_failure(body.error());
  body.value().length = range.count;
  response.body = std::move(body).value();
  return response;
}

}  // namespace

HttpResponse Registry::get_blob(const HttpRequest& request, const Route& route) {
  const Digest digest(route.reference);
  const auto stored = [&](std::uint64_t offset) -> Result<HttpSourceBody> {
    StoredBlob blob = TRY(contents_.blobs().open(digest, offset));
    return HttpSourceBody{std::move(blob.source), std::nullopt, std::move(blob.file), offset};
  };
  // Whoever asks whether it is there is about to rely on it.
  const auto here = request.method == "HEAD" ? contents_.claim_blob(route.name, digest)
                    : contents_.records().has_blob(route.name, digest) ? contents_.blobs().size(digest) : std::nullopt;
  if (here) return ranged(request, digest, *here, stored);
  const auto unknown = [&] { return refuse(Code::BlobUnknown, {}, detail("digest", digest.str())); };
  if (parts_.mirror == nullptr) return unknown();
  // Before a push, a client asks whether the blob is here: when the other registry cannot be asked, it is not, and it is sent.
  const bool asks = request.method == "HEAD";
  if (asks && !parts_.mirror->reachable()) return unknown();
  auto mirrored = parts_.mirror->blob(route.name, digest, 0);
  if (asks && !mirrored.ok() && mirrored.error().code.starts_with("upstream.")) return unknown();
  if (!mirrored.ok()) return refuse_upstream(mirrored.error(), Code::BlobUnknown);
  if (const auto* there = std::get_if<StoredBlob>(&mirrored.value())) return ranged(request, digest, there->size, stored);
  const std::uint64_t size = std::get<LiveBlob>(mirrored.value()).size;
  return ranged(request, digest, size, [&](std::uint64_t offset) -> Result<HttpSourceBody> {
    MirroredBlob blob = TRY(parts_.mirror->blob(route.name, digest, offset));
    if (auto* there = std::get_if<StoredBlob>(&blob)) return HttpSourceBody{std::move(there->source), std::nullopt, std::move(there->file), offset};
    return HttpSourceBody{std::get<LiveBlob>(blob).source, std::nullopt, nullptr, 0};
  });
}

HttpResponse Registry::delete_blob(const HttpRequest&, const Route& route) {
  const auto removed = contents_.remove_blob(route.name, Digest(route.reference));
  if (!removed.ok() && removed.error().code == "contents.in-use") return refuse(Code::Unsupported, removed.error().cause + "; " + removed.error().advice);
  if (!removed.ok()) return refuse_failure(removed.error());
  if (!removed.value()) return refuse(Code::BlobUnknown, {}, detail("digest", route.reference));
  return {202, {{"Docker-Content-Digest", route.reference}}, std::string()};
}

}  // namespace strates::registry::server
