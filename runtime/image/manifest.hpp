// What names blobs: descriptors, manifests, indexes and the layout file (OCI image-spec: descriptor.md, manifest.md, image-index.md, image-layout.md).
//
// Parsing refuses what the specification's schemas refuse. Docker's own media types (schema 2) are read as well: they differ in their names only.
// codes manifest.syntax, manifest.schema: the key that is wrong is the error's object.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/names.hpp"
#include "base/result.hpp"

namespace strates::image {

constexpr std::string_view kConfigMediaType = "application/vnd.oci.image.config.v1+json";
constexpr std::string_view kManifestMediaType = "application/vnd.oci.image.manifest.v1+json";
constexpr std::string_view kIndexMediaType = "application/vnd.oci.image.index.v1+json";
constexpr std::string_view kLayerMediaType = "application/vnd.oci.image.layer.v1.tar";
constexpr std::string_view kLayerGzipMediaType = "application/vnd.oci.image.layer.v1.tar+gzip";
constexpr std::string_view kLayerZstdMediaType = "application/vnd.oci.image.layer.v1.tar+zstd";
constexpr std::string_view kDockerConfigMediaType = "application/vnd.docker.container.image.v1+json";
constexpr std::string_view kDockerManifestMediaType = "application/vnd.docker.distribution.manifest.v2+json";
constexpr std::string_view kDockerIndexMediaType = "application/vnd.docker.distribution.manifest.list.v2+json";
constexpr std::string_view kDockerLayerMediaType = "application/vnd.docker.image.rootfs.diff.tar.gzip";
// On a manifest in index.json: the reference it is known by.
constexpr std::string_view kRefNameAnnotation = "org.opencontainers.image.ref.name";
constexpr std::string_view kLayoutVersion = "1.0.0";

struct Platform {
  std::string architecture, os, variant, os_version;
  std::vector<std::string> os_features;
  bool operator==(const Platform&) const = default;
};

struct Descriptor {
  std::string media_type;
  Digest digest;
  std::uint64_t size = 0;  // bytes of the blob
  std::map<std::string, std::string> annotations;
  std::vector<std::string> urls;
  std::string data;  // base64, as written; empty when none
  std::string artifact_type;
  std::optional<Platform> platform;
  bool operator==(const Descriptor&) const = default;
};

struct Manifest {
  std::string media_type = std::string(kManifestMediaType);  // may be empty: OCI only recommends it
  Descriptor config;
  std::vector<Descriptor> layers;  // lowest first
  std::map<std::string, std::string> annotations;
  std::string artifact_type;
  std::optional<Descriptor> subject;
  bool operator==(const Manifest&) const = default;
};

struct Index {
  std::string media_type = std::string(kIndexMediaType);
  std::vector<Descriptor> manifests;
  std::map<std::string, std::string> annotations;
  std::string artifact_type;
  std::optional<Descriptor> subject;
  bool operator==(const Index&) const = default;
};

bool is_layer_media_type(std::string_view media_type);
// RFC 6838, 4.2: type/subtype, each 1 to 127 characters.
bool is_media_type(std::string_view text);

Result<Descriptor> parse_descriptor(std::string_view bytes);
// `Taken`: an image of `FROM scratch` and nothing but LABEL has none. The specification's schema asks for one, Docker pushes and pulls such images.
enum class NoLayers { Refused, Taken };
Result<Manifest> parse_manifest(std::string_view bytes, NoLayers none = NoLayers::Refused);
Result<Index> parse_index(std::string_view bytes);
// The file `oci-layout`; gives its version, which must be 1.0.0.
Result<std::string> parse_image_layout(std::string_view bytes);

// Compact, keys in the specification's order, the same for the same value.
std::string descriptor_bytes(const Descriptor& descriptor);
std::string manifest_bytes(const Manifest& manifest);
std::string index_bytes(const Index& index);
std::string image_layout_bytes();

}  // namespace strates::image
