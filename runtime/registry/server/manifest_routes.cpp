// GET, HEAD, PUT and DELETE of manifests, by tag and by digest (OCI distribution-spec, "Pulling manifests", "Pushing manifests", "Deleting manifests").
#include "base/strings.hpp"
#include "registry/server/manifest_reading.hpp"
#include "registry/server/registry.hpp"

namespace strates::registry::server {

namespace {

bool is_digest(const std::string& reference) { return reference.find(':') != std::string::npos; }

// Also in a repository that is not there: it is what Docker's registry says, and the sentence that Docker's client makes of it is the one people know.
HttpResponse unknown_manifest(const Route& route) {
  return refuse(Code::ManifestUnknown, "manifest unknown", detail(is_digest(route.reference) ? "digest" : "tag", route.reference));
}

}  // namespace

HttpResponse Registry::get_manifest(const HttpRequest& request, const Route& route) {
  Digest digest;
  if (is_digest(route.reference)) {
    digest = Digest(route.reference);
    if (parts_.mirror != nullptr && !contents_.records().manifest(route.name, digest))
      if (const auto brought = parts_.mirror->manifest(route.name, digest); !brought.ok()) return refuse_upstream(brought.error(), Code::ManifestUnknown);
  } else if (parts_.mirror != nullptr) {
    const auto resolved = parts_.mirror->resolve(route.name, route.reference);
    if (!resolved.ok()) return refuse_upstream(resolved.error(), Code::ManifestUnknown);
    digest = resolved.value();
  } else if (const auto tag = contents_.records().tag(route.name, route.reference)) {
    digest = tag->digest;
  }
  const auto record = contents_.records().manifest(route.name, digest);
  if (!record) return unknown_manifest(route);
  HttpResponse response{200, {{"Content-Type", record->media_type}, {"Docker-Content-Digest", digest.str()}, {"ETag", "\"" + digest.str() + "\""}}, std::string()};
  if (matches_digest(http_header(request.headers, "If-None-Match").value_or(""), digest)) {
    response.status = 304;
    return response;
  }
  auto blob = contents_.blobs().open(digest, 0);
  if (!blob.ok()) return refuse_failure(blob.error());
  auto bytes = read_all(*blob.value().source, options_.largest_manifest);
  if (!bytes.ok()) return refuse_failure(bytes.error());
  response.body = std::move(bytes).value();
  return response;
}

HttpResponse Registry::put_manifest(const HttpRequest& request, const Route& route) {
  if (request.body->size() > options_.largest_manifest) return refuse_with_status(413, Code::ManifestInvalid, "a manifest may have " + std::to_string(options_.largest_manifest) + " bytes");
  auto source = request.body->open();
  if (!source.ok()) return refuse_failure(source.error());
  const auto bytes = read_all(*source.value(), options_.largest_manifest);
  if (!bytes.ok()) {
    if (bytes.error().code == "stream.too-large") return refuse_with_status(413, Code::ManifestInvalid, "a manifest may have " + std::to_string(options_.largest_manifest) + " bytes");
    return refuse_failure(bytes.error());
  }
  const auto record = read_manifest(bytes.value(), http_header(request.headers, "Content-Type").value_or(""));
  if (!record.ok()) return refuse(Code::ManifestInvalid, record.error().cause);
  const bool by_digest = is_digest(route.reference);
  if (by_digest && "sha256:" + contents_.ports().hasher.sha256_hex(bytes.value()) != route.reference) return refuse(Code::DigestInvalid);
  const auto digest = contents_.put_manifest(route.name, by_digest ? "" : route.reference, record.value(), bytes.value(), Origin::Pushed, Needs::Everything);
  if (!digest.ok() && digest.error().code == "contents.missing") return refuse_missing(contents_.missing(route.name, record.value()));
  if (!digest.ok()) return refuse_failure(digest.error());
  HttpResponse response{201, {{"Location", location_of(route.name, "manifests", digest.value().str())}, {"Docker-Content-Digest", digest.value().str()}}, std::string()};
  if (record.value().subject) response.headers.emplace_back("OCI-Subject", record.value().subject->str());
  return response;
}

HttpResponse Registry::delete_manifest(const HttpRequest&, const Route& route) {
  const auto removed = is_digest(route.reference) ? contents_.remove_manifest(route.name, Digest(route.reference)) : contents_.remove_tag(route.name, route.reference);
  if (!removed.ok()) return refuse_failure(removed.error());
  if (!removed.value()) return unknown_manifest(route);
  return {202, {}, std::string()};
}

}  // namespace strates::registry::server
