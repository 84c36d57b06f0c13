#include "image/manifest.hpp"

#include "image/digest.hpp"
#include "image/json_fields.hpp"

namespace strates::image {

namespace {

constexpr std::string_view kSchema = "manifest.schema";
constexpr size_t kMostBytes = 4 << 20;       // what registries accept of a manifest
constexpr size_t kMostDescriptors = 10'000;  // of one manifest or index

using Texts = std::map<std::string, std::string>;

Result<Json> parse_object(std::string_view bytes, std::string_view what) {
  auto parsed = parse_json(bytes, {.bytes = kMostBytes, .depth = 32});
  if (!parsed.ok()) {
    Error error = std::move(parsed).error();
    error.code = "manifest.syntax";
    return error;
  }
  if (!parsed.value().is_object()) return JsonFields(parsed.value(), "", kSchema).wrong(what, "an object");
  return parsed;
}

bool is_base64(std::string_view text) {
  if (text.size() % 4 != 0) return false;
  size_t padding = 0;
  while (padding < 2 && !text.empty() && text.back() == '=') {
    text.remove_suffix(1);
    ++padding;
  }
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
  });
}

// Absolute, with a scheme and something after it (RFC 3986).
bool is_uri(std::string_view text) {
  const size_t colon = text.find(':');
  if (colon == 0 || colon == std::string_view::npos || colon + 1 == text.size()) return false;
  for (size_t i = 0; i < colon; ++i) {
    const char c = text[i];
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!letter && (i == 0 || !((c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.'))) return false;
  }
  return std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == 0x7f; });
}

Result<void> media_type(const JsonFields& fields, std::string_view key, std::string& out) {
  TRY(fields.text(key, out));
  if (fields.find(key) != nullptr && !is_media_type(out)) return fields.wrong(key, "a media type");
  return success();
}

Result<Platform> platform_from_json(const JsonFields& outer, const Json& json, const std::string& where) {
  if (!json.is_object()) return outer.wrong("platform", "an object");
  const JsonFields fields(json, where + "platform.", kSchema);
  Platform out;
  TRY(fields.text("architecture", out.architecture));
  TRY(fields.text("os", out.os));
  if (out.architecture.empty()) return fields.wrong("architecture", "a string");
  if (out.os.empty()) return fields.wrong("os", "a string");
  TRY(fields.text("variant", out.variant));
  TRY(fields.text("os.version", out.os_version));
  out.os_features = TRY(fields.list("os.features")).value_or(std::vector<std::string>());
  return out;
}

Result<Descriptor> descriptor_from_json(const Json& json, const std::string& where) {
  const JsonFields fields(json, where, kSchema);
  if (!json.is_object()) return fields.wrong("", "a descriptor");
  Descriptor out;
  TRY(media_type(fields, "mediaType", out.media_type));
  if (out.media_type.empty()) return fields.wrong("mediaType", "a media type");
  std::string digest;
  TRY(fields.text("digest", digest));
  const DigestProblem problem = check_digest(digest);
  if (problem != DigestProblem::None && problem != DigestProblem::Unsupported) return fields.wrong("digest", "a digest, algorithm:encoded");
  out.digest = Digest(digest);
  if (fields.find("size") == nullptr) return fields.wrong("size", "a number of bytes");
  TRY(fields.number("size", out.size));
  if (out.size > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) return fields.wrong("size", "a number of bytes below 2^63");
  out.urls = TRY(fields.list("urls")).value_or(std::vector<std::string>());
  if (!std::all_of(out.urls.begin(), out.urls.end(), is_uri)) return fields.wrong("urls", "a list of addresses");
  out.annotations = TRY(fields.texts("annotations")).value_or(Texts());
  TRY(fields.text("data", out.data));
  if (!is_base64(out.data)) return fields.wrong("data", "base64");
  TRY(media_type(fields, "artifactType", out.artifact_type));
  if (const Json* platform = fields.find("platform"); platform != nullptr) out.platform = TRY(platform_from_json(fields, *platform, where));
  return out;
}

Result<std::vector<Descriptor>> descriptors(const JsonFields& fields, std::string_view key) {
  const Json* list = fields.find(key);
  if (list == nullptr || !list->is_array()) return fields.wrong(key, "a list of descriptors");
  if (list->size() > kMostDescriptors) return fields.wrong(key, "shorter");
  std::vector<Descriptor> out;
  for (const auto& item : *list) out.push_back(TRY(descriptor_from_json(item, std::string(key) + "[" + std::to_string(out.size()) + "].")));
  return out;
}

Result<std::optional<Descriptor>> subject(const JsonFields& fields) {
  const Json* json = fields.find("subject");
  if (json == nullptr) return std::optional<Descriptor>();
  return std::optional(TRY(descriptor_from_json(*json, "subject.")));
}

Result<void> schema_version(const JsonFields& fields) {
  int version = 0;
  TRY(fields.number("schemaVersion", version));
  return version == 2 ? success() : Result<void>(fields.wrong("schemaVersion", "2"));
}

// A manifest read as an index, or the other way round, is how one digest is made to name two things.
Result<void> own_media_type(const JsonFields& fields, std::string& out, std::string_view oci, std::string_view docker) {
  out.clear();
  TRY(media_type(fields, "mediaType", out));
  if (!out.empty() && out != oci && out != docker) return fields.wrong("mediaType", std::string(oci));
  return success();
}

Json platform_to_json(const Platform& platform) {
  Json out = {{"architecture", platform.architecture}, {"os", platform.os}};
  if (!platform.os_version.empty()) out["os.version"] = platform.os_version;
  if (!platform.os_features.empty()) out["os.features"] = platform.os_features;
  if (!platform.variant.empty()) out["variant"] = platform.variant;
  return out;
}

Json descriptor_to_json(const Descriptor& descriptor) {
  Json out = {{"mediaType", descriptor.media_type}, {"digest", descriptor.digest.str()}, {"size", descriptor.size}};
  if (!descriptor.urls.empty()) out["urls"] = descriptor.urls;
  if (!descriptor.annotations.empty()) out["annotations"] = descriptor.annotations;
  if (!descriptor.data.empty()) out["data"] = descriptor.data;
  if (descriptor.platform) out["platform"] = platform_to_json(*descriptor.platform);
  if (!descriptor.artifact_type.empty()) out["artifactType"] = descriptor.artifact_type;
  return out;
}

Json list_to_json(const std::vector<Descriptor>& list) {
  Json out = Json::array();
  for (const auto& descriptor : list) out.push_back(descriptor_to_json(descriptor));
  return out;
}

template <typename T>
Json head_to_json(const T& value) {
  Json out = {{"schemaVersion", 2}};
  if (!value.media_type.empty()) out["mediaType"] = value.media_type;
  if (!value.artifact_type.empty()) out["artifactType"] = value.artifact_type;
  return out;
}

template <typename T>
void tail_to_json(const T& value, Json& out) {
  if (value.subject) out["subject"] = descriptor_to_json(*value.subject);
  if (!value.annotations.empty()) out["annotations"] = value.annotations;
}

bool is_restricted_name(std::string_view text) {
  const auto is_alphanumeric = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); };
  return !text.empty() && text.size() <= 127 && is_alphanumeric(text.front()) &&
         std::all_of(text.begin(), text.end(), [&](char c) { return is_alphanumeric(c) || std::string_view("!#$&-^_.+").find(c) != std::string_view::npos; });
}

}  // namespace

bool is_layer_media_type(std::string_view media_type) {
  return media_type == kLayerMediaType || media_type == kLayerGzipMediaType || media_type == kLayerZstdMediaType || media_type == kDockerLayerMediaType;
}

bool is_media_type(std::string_view text) {
  const size_t slash = text.find('/');
  return slash != std::string_view::npos && is_restricted_name(text.substr(0, slash)) && is_restricted_name(text.substr(slash + 1));
}

Result<Descriptor> parse_descriptor(std::string_view bytes) { return descriptor_from_json(TRY(parse_object(bytes, "descriptor")), ""); }

Result<Manifest> parse_manifest(std::string_view bytes, NoLayers none) {
  const Json json = TRY(parse_object(bytes, "manifest"));
  const JsonFields fields(json, "", kSchema);
  Manifest out;
  TRY(schema_version(fields));
  TRY(own_media_type(fields, out.media_type, kManifestMediaType, kDockerManifestMediaType));
  if (fields.find("manifests") != nullptr) return fields.wrong("manifests", "absent from a manifest");
  TRY(media_type(fields, "artifactType", out.artifact_type));
  const Json* config = fields.find("config");
  if (config == nullptr) return fields.wrong("config", "a descriptor");
  out.config = TRY(descriptor_from_json(*config, "config."));
  if (none == NoLayers::Refused || fields.find("layers") != nullptr) out.layers = TRY(descriptors(fields, "layers"));
  if (none == NoLayers::Refused && out.layers.empty()) return fields.wrong("layers", "at least one descriptor");
  out.subject = TRY(subject(fields));
  out.annotations = TRY(fields.texts("annotations")).value_or(Texts());
  return out;
}

Result<Index> parse_index(std::string_view bytes) {
  const Json json = TRY(parse_object(bytes, "index"));
  const JsonFields fields(json, "", kSchema);
  Index out;
  TRY(schema_version(fields));
  TRY(own_media_type(fields, out.media_type, kIndexMediaType, kDockerIndexMediaType));
  if (fields.find("layers") != nullptr || fields.find("config") != nullptr) return fields.wrong("layers", "absent from an index");
  TRY(media_type(fields, "artifactType", out.artifact_type));
  out.manifests = TRY(descriptors(fields, "manifests"));
  out.subject = TRY(subject(fields));
  out.annotations = TRY(fields.texts("annotations")).value_or(Texts());
  return out;
}

Result<std::string> parse_image_layout(std::string_view bytes) {
  const Json json = TRY(parse_object(bytes, "oci-layout"));
  const JsonFields fields(json, "", kSchema);
  std::string version;
  TRY(fields.text("imageLayoutVersion", version));
  if (version != kLayoutVersion) return fields.wrong("imageLayoutVersion", "\"1.0.0\"");
  return version;
}

std::string descriptor_bytes(const Descriptor& descriptor) { return dump_json_go(descriptor_to_json(descriptor)); }

std::string manifest_bytes(const Manifest& manifest) {
  Json out = head_to_json(manifest);
  out["config"] = descriptor_to_json(manifest.config);
  out["layers"] = list_to_json(manifest.layers);
  tail_to_json(manifest, out);
  return dump_json_go(out);
}

std::string index_bytes(const Index& index) {
  Json out = head_to_json(index);
  out["manifests"] = list_to_json(index.manifests);
  tail_to_json(index, out);
  return dump_json_go(out);
}

std::string image_layout_bytes() { return R"({"imageLayoutVersion":"1.0.0"})"; }

}  // namespace strates::image
