// Uploads (OCI distribution-spec, "Pushing a blob monolithically", "Pushing a blob in chunks", "Mounting a blob from another repository").
#include <charconv>

#include "base/strings.hpp"
#include "image/digest.hpp"
#include "registry/server/registry.hpp"

namespace strates::registry::server {

namespace {

constexpr size_t kPiece = 256 * 1024;
constexpr char kEmptyDigest[] = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

// Docker's: "0-0" for nothing as for one byte.
std::string range_of(std::uint64_t size) { return "0-" + std::to_string(size == 0 ? 0 : size - 1); }

HttpResponse progress(int status, const Upload& upload) {
  return {status,
          {{"Location", location_of(upload.name, "blobs/uploads", upload.id)}, {"Range", range_of(upload.received)}, {"Docker-Upload-UUID", upload.id}},
          std::string()};
}

HttpResponse out_of_order(const Upload& upload, std::string_view why) {
  HttpResponse response = refuse(Code::RangeInvalid, why);
  response.headers.emplace_back("Location", location_of(upload.name, "blobs/uploads", upload.id));
  response.headers.emplace_back("Range", range_of(upload.blob->size()));
  response.headers.emplace_back("Docker-Upload-UUID", upload.id);
  return response;
}

HttpResponse created(const std::string& name, const std::string& digest) {
  return {201, {{"Location", location_of(name, "blobs", digest)}, {"Docker-Content-Digest", digest}}, std::string()};
}

bool is_digest(const std::string& text) { return image::is_sha256_digest(text) && to_lower(text) == text; }

// "FIRST-LAST", both included. None: malformed.
std::optional<std::pair<std::uint64_t, std::uint64_t>> content_range(std::string_view text) {
  const size_t dash = text.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  std::uint64_t first = 0, last = 0;
  const std::string_view from = text.substr(0, dash), to = text.substr(dash + 1);
  const auto a = std::from_chars(from.data(), from.data() + from.size(), first);
  const auto b = std::from_chars(to.data(), to.data() + to.size(), last);
  const bool whole = !from.empty() && !to.empty() && a.ptr == from.data() + from.size() && b.ptr == to.data() + to.size();
  if (!whole || a.ec != std::errc() || b.ec != std::errc() || last < first) return std::nullopt;
  return std::pair(first, last);
}

// What the header says does not fit. None: go on.
std::optional<HttpResponse> check_chunk(const Upload& upload, const HttpRequest& request) {
  const auto header = http_header(request.headers, "Content-Range");
  if (!header) return std::nullopt;
  const auto range = content_range(*header);
  if (!range) return refuse_with_status(416, Code::BlobUploadInvalid, "Content-Range must be FIRST-LAST");
  if (range->first != upload.blob->size()) return out_of_order(upload, "the next chunk begins at " + std::to_string(upload.blob->size()));
  if (request.body->size() != 0 && request.body->size() != range->second - range->first + 1) return refuse(Code::SizeInvalid);
  return std::nullopt;
}

}  // namespace

Result<void> Registry::receive(Upload& upload, const HttpRequest& request) {
  if (upload.blob->size() + request.body->size() > options_.largest_blob)
    return make_error(ErrorKind::Invalid, "stream.too-large", "receive", "blob", "a blob may have " + std::to_string(options_.largest_blob) + " bytes here");
  auto source = TRY(request.body->open());
  std::string piece(kPiece, '\0');
  for (;;) {
    const size_t count = TRY(source->read(piece));
    if (count == 0) return success();
    if (upload.blob->size() + count > options_.largest_blob)
      return make_error(ErrorKind::Invalid, "stream.too-large", "receive", "blob", "a blob may have " + std::to_string(options_.largest_blob) + " bytes here");
    TRY(upload.blob->write(std::string_view(piece).substr(0, count)));
    upload.received = upload.blob->size();
  }
}

HttpResponse Registry::start_upload(const HttpRequest& request, const Route& route) {
  const std::string mount = request.query_value("mount"), from = request.query_value("from"), digest = request.query_value("digest");
  if (!mount.empty() && is_digest(mount) && (from.empty() || is_repository_name(from))) {
    const auto mounted = contents_.mount_blob(route.name, from, Digest(mount));
    if (!mounted.ok()) return refuse_failure(mounted.error());
    if (mounted.value()) return created(route.name, mount);
  }
  if (!digest.empty() && !is_digest(digest)) return refuse(Code::DigestInvalid, "a sha256 digest is expected");
  auto blob = contents_.blobs().create();
  if (!blob.ok()) return refuse_failure(blob.error());
  const auto upload = uploads_.add(to_hex(contents_.ports().random.bytes(16)), route.name, std::move(blob).value(), now());
  if (!upload) return refuse(Code::TooManyRequests, "too many uploads at once");
  const std::lock_guard guard(upload->busy);
  if (digest.empty()) return progress(202, *upload);
  // All in one request. A client that only announces its digest goes on with a PUT.
  if (auto received = receive(*upload, request); !received.ok()) {
    uploads_.remove(upload->id);
    return refuse_failure(received.error());
  }
  if (upload->blob->size() == 0 && digest != kEmptyDigest) return progress(202, *upload);
  return complete(*upload, request, digest);
}

HttpResponse Registry::append_upload(const HttpRequest& request, const Route& route) {
  const auto upload = uploads_.find(route.reference, route.name, now());
  if (!upload) return refuse(Code::BlobUploadUnknown);
  const std::unique_lock guard(upload->busy, std::try_to_lock);
  if (!guard) return refuse_with_status(409, Code::BlobUploadInvalid, "another request writes into this upload");
  if (!upload->blob) return refuse(Code::BlobUploadUnknown);
  if (auto refused = check_chunk(*upload, request)) return std::move(*refused);
  const std::uint64_t before = upload->blob->size();
  const auto received = receive(*upload, request);
  upload->used_at = now();
  if (received.ok()) {
    const auto range = content_range(http_header(request.headers, "Content-Range").value_or(""));
    if (range && upload->blob->size() - before != range->second - range->first + 1) {
      upload->blob.reset();
      uploads_.remove(upload->id);
      return refuse(Code::SizeInvalid);
    }
    return progress(202, *upload);
  }
  // What came before a client left can be taken up again; after a failure of ours nothing is kept.
  if (!received.error().code.starts_with("http.")) {
    upload->blob.reset();
    uploads_.remove(upload->id);
  }
  return refuse_failure(received.error());
}

HttpResponse Registry::finish_upload(const HttpRequest& request, const Route& route) {
  const auto upload = uploads_.find(route.reference, route.name, now());
  if (!upload) return refuse(Code::BlobUploadUnknown);
  const std::unique_lock guard(upload->busy, std::try_to_lock);
  if (!guard) return refuse_with_status(409, Code::BlobUploadInvalid, "another request writes into this upload");
  if (!upload->blob) return refuse(Code::BlobUploadUnknown);
  const std::string digest = request.query_value("digest");
  if (!is_digest(digest)) return refuse(Code::DigestInvalid, digest.empty() ? "digest missing" : "a sha256 digest is expected");
  if (auto refused = check_chunk(*upload, request)) return std::move(*refused);
  if (const auto received = receive(*upload, request); !received.ok()) {
    if (!received.error().code.starts_with("http.")) {
      upload->blob.reset();
      uploads_.remove(upload->id);
    }
    return refuse_failure(received.error());
  }
  return complete(*upload, request, digest);
}

HttpResponse Registry::complete(Upload& upload, const HttpRequest&, const std::string& digest) {
  const auto blob = std::exchange(upload.blob, nullptr);
  uploads_.remove(upload.id);
  const auto kept = contents_.keep_blob(upload.name, Digest(digest), *blob);
  if (!kept.ok() && kept.error().code == "contents.digest") return refuse(Code::DigestInvalid, {}, detail("digest", digest));
  return kept.ok() ? created(upload.name, digest) : refuse_failure(kept.error());
}

HttpResponse Registry::upload_status(const HttpRequest&, const Route& route) {
  const auto upload = uploads_.find(route.reference, route.name, now());
  if (!upload) return refuse(Code::BlobUploadUnknown);
  const std::unique_lock guard(upload->busy, std::try_to_lock);
  if (!guard) return progress(204, *upload);  // another request writes into it
  return upload->blob ? progress(204, *upload) : refuse(Code::BlobUploadUnknown);
}

HttpResponse Registry::cancel_upload(const HttpRequest&, const Route& route) {
  const auto upload = uploads_.find(route.reference, route.name, now());
  if (!upload) return refuse(Code::BlobUploadUnknown);
  const std::unique_lock guard(upload->busy, std::try_to_lock);
  if (!guard) return refuse_with_status(409, Code::BlobUploadInvalid, "another request writes into this upload");
  upload->blob.reset();
  uploads_.remove(upload->id);
  return {204, {}, std::string()};
}

}  // namespace strates::registry::server
