#include "registry/server/manifest_reading.hpp"

#include <algorithm>

#include "base/json_full.hpp"
#include "base/strings.hpp"
#include "image/digest.hpp"
#include "image/manifest.hpp"

namespace strates::registry::server {

namespace {

constexpr size_t kMostDescriptors = 10'000;
constexpr size_t kMostAnnotations = 64 * 1024;  // bytes that are kept in the record, for referrers

enum class Shape { Manifest, Index };
struct Known {
  std::string_view media_type;
  Shape shape;
};
constexpr Known kKnown[] = {
    {image::kManifestMediaType, Shape::Manifest},
    {image::kDockerManifestMediaType, Shape::Manifest},
    {image::kIndexMediaType, Shape::Index},
    {image::kDockerIndexMediaType, Shape::Index},
};

Error wrong(std::string_view why) { return make_error(ErrorKind::Invalid, "manifest.schema", "read", "manifest", why); }

Result<Digest> digest_of(const Json& descriptor, std::string_view where) {
  if (!descriptor.is_object()) return wrong(std::string(where) + " must be a descriptor");
  const std::string text = json_string(descriptor, "digest");
  if (!image::is_sha256_digest(text) || to_lower(text) != text) return wrong(std::string(where) + " must name a sha256 digest");
  if (!json_member(descriptor, "size").is_number_integer() || json_int(descriptor, "size") < 0) return wrong(std::string(where) + " must have a size");
  return Digest(text);
}

// Layers that lie elsewhere by design are not this registry's to hold.
bool is_foreign(const Json& layer) {
  const std::string media_type = json_string(layer, "mediaType");
  const bool restricted = media_type.find("foreign") != std::string::npos || media_type.find("nondistributable") != std::string::npos;
  return restricted && json_member(layer, "urls").is_array() && !json_member(layer, "urls").empty();
}

Result<void> read_list(const Json& json, std::string_view key, std::vector<Digest>& out) {
  const Json& list = json_member(json, key);
  if (!list.is_array()) return wrong(std::string(key) + " must be a list of descriptors");
  if (list.size() > kMostDescriptors) return wrong(std::string(key) + " is too long");
  for (const auto& item : list) {
    const Digest digest = TRY(digest_of(item, key));
    if (!is_foreign(item) && std::find(out.begin(), out.end(), digest) == out.end()) out.push_back(digest);
  }
  return success();
}

void read_annotations(const Json& json, ManifestRecord& record) {
  const Json& annotations = json_member(json, "annotations");
  if (!annotations.is_object()) return;
  size_t bytes = 0;
  for (const auto& item : annotations.items()) {
    if (!item.value().is_string()) continue;
    bytes += item.key().size() + item.value().get_ref<const std::string&>().size();
    if (bytes <= kMostAnnotations) record.annotations[item.key()] = item.value().get<std::string>();
  }
}

Result<Known> shape_of(const Json& json, std::string_view content_type) {
  const std::string given = to_lower(trim(content_type.substr(0, content_type.find(';')))), own = json_string(json, "mediaType");
  if (json_int(json, "schemaVersion") == 1) return make_error(ErrorKind::Invalid, "manifest.media-type", "read", "manifest", "schema 1 manifests are not supported: push with a newer client");
  if (json_int(json, "schemaVersion") != 2) return wrong("schemaVersion must be 2");
  if (!given.empty() && !own.empty() && given != own)
    return make_error(ErrorKind::Invalid, "manifest.media-type", "read", "manifest", "mediaType in manifest should be '" + given + "' not '" + own + "'");
  const std::string& said = given.empty() ? own : given;
  for (const Known& known : kKnown)
    if (known.media_type == said) return known;
  if (!said.empty() && said != "application/json") return make_error(ErrorKind::Invalid, "manifest.media-type", "read", "manifest", "unknown media type " + go_quote(said.substr(0, 200)));
  return json_member(json, "manifests").is_array() ? kKnown[2] : kKnown[0];
}

}  // namespace

Result<ManifestRecord> read_manifest(std::string_view bytes, std::string_view content_type) {
  const Json json = TRY(parse_json(bytes, {.bytes = 16 << 20, .depth = 32}));
  if (!json.is_object()) return wrong("a manifest must be an object");
  const Known known = TRY(shape_of(json, content_type));
  ManifestRecord record;
  record.media_type = known.media_type;
  record.size = bytes.size();
  if (known.shape == Shape::Index) {
    if (json.contains("layers") || json.contains("config")) return wrong("an index has neither config nor layers");
    TRY(read_list(json, "manifests", record.manifests));
  } else {
    if (json.contains("manifests")) return wrong("a manifest has no manifests");
    record.blobs.push_back(TRY(digest_of(json_member(json, "config"), "config")));
    TRY(read_list(json, "layers", record.blobs));
    record.artifact_type = json_string(json_member(json, "config"), "mediaType");
  }
  if (const std::string own = json_string(json, "artifactType"); !own.empty()) record.artifact_type = own;
  if (!json_member(json, "subject").is_null()) record.subject = TRY(digest_of(json_member(json, "subject"), "subject"));
  read_annotations(json, record);
  return record;
}

}  // namespace strates::registry::server
