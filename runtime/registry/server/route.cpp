#include "registry/server/route.hpp"

#include "base/strings.hpp"
#include "image/digest.hpp"
#include "image/reference_grammar.hpp"

namespace strates::registry::server {

namespace {

constexpr size_t kLongestName = 255;
constexpr size_t kLongestPath = 1024;

using Found = std::variant<Route, Misnamed>;

std::string name_of(const std::vector<std::string>& parts, size_t cut) {
  std::string out;
  for (size_t i = 0; i + cut < parts.size(); ++i) out += (i == 0 ? "" : "/") + parts[i];
  return out;
}

Found named(Endpoint endpoint, std::string name, std::string reference) {
  if (!is_repository_name(name)) return Misnamed{Code::NameInvalid, "a repository's name is made of [a-z0-9], separated by . _ - and /, at most 255 characters"};
  const bool digest_only = endpoint == Endpoint::Blob || endpoint == Endpoint::Referrers;
  const bool is_digest = reference.find(':') != std::string::npos;
  if (digest_only || (endpoint == Endpoint::Manifest && is_digest)) {
    if (!image::is_sha256_digest(reference) || to_lower(reference) != reference)
      return Misnamed{Code::DigestInvalid, image::check_digest(reference) == image::DigestProblem::None ? "this registry keeps sha256 digests" : "invalid checksum digest format"};
  } else if (endpoint == Endpoint::Manifest && !is_tag(reference)) {
    return Misnamed{Code::ManifestInvalid, "invalid tag"};
  }
  return Route{endpoint, std::move(name), std::move(reference)};
}

Found below_v2(std::string_view rest) {
  if (rest.empty()) return Route{Endpoint::Base, "", ""};
  if (rest == "_catalog") return Route{Endpoint::Catalog, "", ""};
  const std::vector<std::string> parts = split(rest, '/');
  const auto from_end = [&](size_t i) -> std::string_view { return parts.size() >= i ? std::string_view(parts[parts.size() - i]) : std::string_view(); };
  if (from_end(3) == "blobs" && from_end(2) == "uploads") {
    if (from_end(1).empty()) return named(Endpoint::Uploads, name_of(parts, 3), "");
    return named(Endpoint::Upload, name_of(parts, 3), std::string(from_end(1)));
  }
  if (from_end(2) == "blobs" && from_end(1) == "uploads") return named(Endpoint::Uploads, name_of(parts, 2), "");
  if (from_end(2) == "blobs") return named(Endpoint::Blob, name_of(parts, 2), std::string(from_end(1)));
  if (from_end(2) == "manifests") return named(Endpoint::Manifest, name_of(parts, 2), std::string(from_end(1)));
  if (from_end(2) == "referrers") return named(Endpoint::Referrers, name_of(parts, 2), std::string(from_end(1)));
  if (from_end(2) == "tags" && from_end(1) == "list") return named(Endpoint::Tags, name_of(parts, 2), "");
  return Route{};
}

}  // namespace

bool is_repository_name(std::string_view name) { return !name.empty() && name.size() <= kLongestName && image::matches_path(name); }
bool is_tag(std::string_view text) { return image::matches_tag(text); }

std::variant<Route, Misnamed> find_route(std::string_view path) {
  if (path.size() > kLongestPath) return Misnamed{Code::NameInvalid, "the path is too long"};
  if (path == "/v2" || path == "/v2/") return Route{Endpoint::Base, "", ""};
  if (path.starts_with("/v2/")) return below_v2(path.substr(4));
  if (path == "/v1/search") return Route{Endpoint::Search, "", ""};
  if (path == "/v1/_ping" || path == "/_ping") return Route{Endpoint::OldPing, "", ""};
  if (path == "/token") return Route{Endpoint::Token, "", ""};
  if (path == "/debian" || path.starts_with("/debian/")) {
    const std::string clean = clean_path(path);
    return Route{Endpoint::Debian, "", clean.starts_with("/debian/") ? clean.substr(8) : ""};
  }
  return Route{};
}

}  // namespace strates::registry::server
