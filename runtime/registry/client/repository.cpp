#include "registry/client/repository.hpp"

#include "base/json_full.hpp"
#include "base/strings.hpp"
#include "image/manifest.hpp"
#include "registry/client/failure.hpp"
#include "registry/client/patience.hpp"

namespace strates::registry {

namespace {

constexpr size_t kMostTags = 100'000, kMostPages = 10'000, kMostTagBytes = 16 << 20;
constexpr size_t kLongestMediaType = 256;
constexpr int kMostManifestRetries = 3;
// A registry hashes all that was uploaded before it says a word: half a gigabyte from a slow disk.
constexpr Nanos kSilenceOfHashing = 10 * 60 * kSecond;

HttpHeaders accept_manifests() {
  HttpHeaders out;
  for (const auto& type : manifest_types()) out.emplace_back("Accept", type);
  return out;
}

// "<https://x/v2/y/tags/list?last=a&n=100>; rel=\"next\"" (RFC 8288); none: this was the last page.
std::optional<std::string> next_page(const HttpHeaders& headers) {
  const auto link = http_header(headers, "Link");
  if (!link) return std::nullopt;
  const size_t from = link->find('<'), to = link->find('>', from == std::string::npos ? 0 : from);
  if (from == std::string::npos || to == std::string::npos || link->find("rel=\"next\"", to) == std::string::npos) return std::nullopt;
  return link->substr(from + 1, to - from - 1);
}

}  // namespace

const std::vector<std::string>& manifest_types() {
  static const std::vector<std::string> kTypes = {
      std::string(image::kDockerManifestMediaType), std::string(image::kDockerIndexMediaType), "application/vnd.docker.distribution.manifest.v1+prettyjws",
      std::string(image::kManifestMediaType), std::string(image::kIndexMediaType), "application/json"};
  return kTypes;
}

Error Repository::refused(Answer& answer) const {
  Error error = refusal(answer.response, session_.world().clock.now());
  if (answer.waited_enough) error.code = "registry.later";
  return error;
}

Result<std::optional<ManifestHead>> Repository::head(const std::string& reference) {
  Ask ask;
  ask.method = "HEAD";
  ask.target = at("/manifests/" + reference);
  ask.headers = accept_manifests();
  const Answer answer = TRY(session_.ask(ask));
  const auto digest = http_header(answer.response.headers, "Docker-Content-Digest");
  if (!answer.ok() || !digest) return std::optional<ManifestHead>();
  return std::optional(ManifestHead{http_header(answer.response.headers, "Content-Type").value_or(""), *digest});
}

Result<ManifestAnswer> Repository::manifest(const std::string& reference) {
  Ask ask;
  ask.target = at("/manifests/" + reference);
  ask.headers = accept_manifests();
  Answer answer = TRY(session_.ask(ask));
  if (!answer.ok()) return refused(answer);
  ManifestAnswer out;
  out.media_type = http_header(answer.response.headers, "Content-Type").value_or("");
  out.media_type = std::string(trim(std::string_view(out.media_type).substr(0, out.media_type.find(';'))));
  if (out.media_type.size() > kLongestMediaType)
    return docker_error(ErrorKind::Unavailable, "registry.media-type", "the registry gives a media type of " + std::to_string(out.media_type.size()) + " characters");
  out.digest = http_header(answer.response.headers, "Docker-Content-Digest").value_or("");
  auto bytes = read_all(*answer.response.body, kManifestLimit);
  if (!bytes.ok() && bytes.error().code == "stream.too-large")
    return make_error(ErrorKind::Unavailable, "registry.manifest-size", "download the manifest", session_.place().url.authority() + "/" + path_ + (reference.find(':') == std::string::npos ? ":" : "@") + reference,
                      "it has more than " + std::to_string(kManifestLimit) + " bytes", "registries refuse such manifests: what is behind this name was not made by a build");
  out.bytes = TRY(std::move(bytes));
  return out;
}

Result<std::vector<std::string>> Repository::tags() {
  std::vector<std::string> out;
  Ask ask;
  ask.target = at("/tags/list");
  size_t bytes = 0;
  for (size_t page = 0; page < kMostPages; ++page) {
    Answer answer = TRY(session_.ask(ask));
    if (!answer.ok()) return refused(answer);
    const auto next = next_page(answer.response.headers);
    const Json json = TRY(parse_json(TRY(read_all(*answer.response.body, kManifestLimit)), {.bytes = kManifestLimit, .depth = 8}));
    const auto tags = json_strings(json, "tags");
    for (const auto& tag : tags) {
      if ((bytes += tag.size()) > kMostTagBytes || out.size() == kMostTags)
        return docker_error(ErrorKind::Unavailable, "registry.tags", "the registry lists more tags than can be kept");
      out.push_back(tag);
    }
    if (!next) break;
    const Url url = TRY(resolve_url(answer.url, *next));
    if (!url.same_place(session_.place().url)) return docker_error(ErrorKind::Unavailable, "registry.link", "the next page of tags is at another registry");
    ask.target = url.str();
  }
  return out;
}

Result<bool> Repository::has_blob(const Digest& digest) {
  Ask ask;
  ask.method = "HEAD";
  ask.target = at("/blobs/" + digest.str());
  Answer answer = TRY(session_.ask(ask));
  if (answer.ok()) return true;
  if (answer.response.status == 404) return false;
  return refused(answer);
}

Result<Mounted> Repository::start_upload(const Digest& digest, const std::string& from) {
  Ask ask;
  ask.method = "POST";
  ask.target = at("/blobs/uploads/");
  if (!from.empty()) {
    ask.target += "?from=" + percent_encode(from) + "&mount=" + percent_encode(digest.str());
    ask.scopes = {"repository:" + from + ":pull"};
  }
  Answer answer = TRY(session_.ask(ask));
  if (answer.response.status == 201) return Mounted{true, ""};
  if (!answer.ok()) return refused(answer);
  const auto location = http_header(answer.response.headers, "Location");
  ignore(read_all(*answer.response.body, 64 << 10));
  if (!location) return docker_error(ErrorKind::Unavailable, "registry.upload", "the registry names no place for the upload");
  return Mounted{false, TRY(resolve_url(answer.url, *location)).str()};
}

Result<std::string> Repository::send(const std::string& upload_url, ByteSource& bytes) {
  Ask ask;
  ask.method = "PATCH";
  ask.target = upload_url;
  ask.headers = {{"Content-Type", "application/octet-stream"}};
  ask.body = &bytes;
  Answer answer = TRY(session_.ask(ask));
  if (!answer.ok()) return refused(answer);
  const auto location = http_header(answer.response.headers, "Location");
  ignore(read_all(*answer.response.body, 64 << 10));
  if (!location) return upload_url;
  return TRY(resolve_url(answer.url, *location)).str();
}

Result<void> Repository::finish_upload(const std::string& upload_url, const Digest& digest, ByteSource* bytes, std::uint64_t size) {
  Ask ask;
  ask.method = "PUT";
  ask.target = upload_url + (upload_url.find('?') == std::string::npos ? "?" : "&") + "digest=" + percent_encode(digest.str());
  ask.headers = {{"Content-Type", "application/octet-stream"}};
  ask.body = bytes;
  if (bytes != nullptr) ask.body_length = size;
  ask.silence = kSilenceOfHashing;
  Answer answer = TRY(session_.ask(ask));
  if (!answer.ok()) return refused(answer);
  ignore(read_all(*answer.response.body, 64 << 10));
  return success();
}

void Repository::abandon(const std::string& upload_url) {
  Ask ask;
  ask.method = "DELETE";
  ask.target = upload_url;
  ignore(session_.ask(ask));
}

Result<std::string> Repository::put_manifest(const std::string& reference, const std::string& media_type, const std::string& bytes) {
  // Short, and kept: it may be sent again after a token ran out. All layers are there by now: what is in the way of their last word is waited out.
  for (int attempt = 0;; ++attempt) {
    Ask ask;
    ask.method = "PUT";
    ask.target = at("/manifests/" + reference);
    ask.headers = {{"Content-Type", media_type}};
    ask.bytes = &bytes;
    Answer answer = TRY(session_.ask(ask));
    if (answer.ok()) {
      ignore(read_all(*answer.response.body, 64 << 10));
      return http_header(answer.response.headers, "Docker-Content-Digest").value_or("");
    }
    Error error = refused(answer);
    if (!may_pass(error) || attempt == kMostManifestRetries) return error;
    if (!session_.world().pause(kSecond << attempt)) return docker_error(ErrorKind::Conflict, "fetch.cancelled", "context canceled");
  }
}

}  // namespace strates::registry
