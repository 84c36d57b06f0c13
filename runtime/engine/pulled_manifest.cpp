#include "engine/pulled_manifest.hpp"

#include "base/go_json_error.hpp"
#include "base/json_full.hpp"
#include "base/strings.hpp"

namespace strates::engine {

namespace {

Error refuse(const std::string& sentence) { return docker_error(ErrorKind::Invalid, "pull.form", sentence); }

Result<void> check_own_type(const Json& json, std::string_view wanted) {
  const bool docker = wanted == image::kDockerManifestMediaType || wanted == image::kDockerIndexMediaType;
  const std::string own = json_string(json, "mediaType");
  // OCI leaves it open whether a manifest says what it is.
  if (own == wanted || (own.empty() && !docker)) return success();
  const std::string_view what = wanted == image::kDockerIndexMediaType ? "manifest list" : wanted == image::kIndexMediaType ? "image index" : "manifest";
  return refuse(std::string(docker ? "" : "if present, ") + "mediaType in " + std::string(what) + " should be '" + std::string(wanted) + "' not '" + own + "'");
}

Result<void> check_body(const std::string& header, const std::string& bytes) {
  const Json json = parse_json(bytes).value_or(Json());
  if (header == image::kManifestMediaType && json.contains("manifests")) return refuse("ocimanifest: expected manifest but found index");
  if (header == image::kIndexMediaType && (json.contains("layers") || json.contains("config"))) return refuse("index: expected index but found manifest");
  return check_own_type(json, header);
}

bool is_image_part(std::string_view media_type) {
  // The last three and none are what old registries called layers and configurations.
  constexpr std::string_view kKnown[] = {"application/vnd.oci.image", "application/vnd.docker", "application/octet-stream", "application/json", "text/html"};
  const std::string lower = to_lower(media_type);
  for (const std::string_view known : kKnown)
    if (lower == known || lower.starts_with(std::string(known) + ".")) return true;
  return lower.empty();
}

Result<void> check_part(const std::string& media_type) {
  if (is_image_part(media_type)) return success();
  return docker_error(ErrorKind::Invalid, "pull.kind", "unsupported media type " + media_type);
}

}  // namespace

bool is_index_type(std::string_view media_type) { return media_type == image::kIndexMediaType || media_type == image::kDockerIndexMediaType; }
bool is_manifest_type(std::string_view media_type) { return media_type == image::kManifestMediaType || media_type == image::kDockerManifestMediaType; }

Result<std::string> manifest_form(const std::string& header, const std::string& bytes) {
  if (is_index_type(header) || is_manifest_type(header)) {
    if (const std::string why = go_json_error(bytes); !why.empty()) return docker_error(ErrorKind::Invalid, "manifest.syntax", why);
    TRY(check_body(header, bytes));
    return header;
  }
  // A registry that says nothing of use; Docker takes the bytes for a manifest of before 1.10 and misses its signature.
  if (const auto manifest = image::parse_manifest(bytes, image::NoLayers::Taken); manifest.ok()) return std::string(image::kManifestMediaType);
  if (const auto index = image::parse_index(bytes); index.ok()) return std::string(image::kIndexMediaType);
  return header;
}

Result<void> check_class(const std::string& media_type, const std::string& bytes) {
  if (media_type != image::kDockerManifestMediaType) return success();
  const Json json = parse_json(bytes).value_or(Json());
  const std::string type = json_string(json_member(json, "config"), "mediaType");
  for (const std::string_view known : {image::kDockerConfigMediaType, image::kConfigMediaType, std::string_view("application/octet-stream"), std::string_view("application/json"),
                                       std::string_view("text/html"), std::string_view()})
    if (type == known) return success();
  return docker_error(ErrorKind::Invalid, "pull.kind", "Encountered remote " + go_quote(type) + "(unknown) when fetching");
}

Result<void> check_parts(const image::Manifest& manifest) {
  TRY(check_part(manifest.config.media_type));
  for (const auto& layer : manifest.layers) TRY(check_part(layer.media_type));
  return success();
}

}  // namespace strates::engine
