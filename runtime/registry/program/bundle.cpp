#include "registry/program/bundle.hpp"

#include "base/json_full.hpp"
#include "image/digest.hpp"
#include "image/manifest.hpp"
#include "registry/server/route.hpp"

namespace strates::registry::server {

namespace {

Error malformed(std::string_view why) { return make_error(ErrorKind::Invalid, "bundle.syntax", "read", kBundleTable, why, "make the file again with `strates bundle create`"); }

Result<Digest> digest_of(const Json& json) {
  const std::string text = json_string(json, "digest");
  if (!image::is_sha256_digest(text)) return malformed("a digest is malformed");
  return Digest(text);
}

Result<BundledImage> image_of(const Json& json) {
  BundledImage out{json_string(json, "reference"), {json_string(json, "name"), json_string(json, "tag"), {}}};
  // Without a tag: it was asked for by its digest.
  if (!is_repository_name(out.parts.name) || (!out.parts.tag.empty() && !is_tag(out.parts.tag))) return malformed("an image's name is malformed");
  const Json& parts = json_member(json, "parts");
  if (!parts.is_array() || parts.empty()) return malformed("an image without parts");
  for (const auto& part : parts) {
    const Digest digest = TRY(digest_of(part));
    if (json_int(part, "size") < 0) return malformed("a negative size");
    out.parts.parts.push_back({json_string(part, "mediaType"), digest.str(), static_cast<std::uint64_t>(json_int(part, "size")), {}, json_bool(part, "manifest")});
  }
  if (!out.parts.parts.back().is_manifest) return malformed("an image without a manifest");
  return out;
}

}  // namespace

std::string bundle_table(const BundleContents& contents) {
  Json images = Json::array(), packages = Json::array();
  for (const auto& image : contents.images) {
    Json parts = Json::array();
    for (const auto& part : image.parts.parts) parts.push_back({{"mediaType", part.media_type}, {"digest", part.digest}, {"size", part.size}, {"manifest", part.is_manifest}});
    images.push_back({{"reference", image.reference}, {"name", image.parts.name}, {"tag", image.parts.tag}, {"parts", parts}});
  }
  for (const auto& package : contents.packages)
    packages.push_back({{"file", package.file}, {"digest", package.digest.str()}, {"size", package.size}, {"control", package.control}});
  return dump_json(Json{{"version", 1}, {"images", images}, {"packages", packages}}) + "\n";
}

Result<BundleContents> parse_bundle_table(std::string_view text) {
  const auto json = parse_json(text, {.bytes = kMostTable, .depth = 16});
  if (!json.ok() || !json.value().is_object()) return malformed("it is no table of contents");
  if (json_int(json.value(), "version") != 1) return malformed("this version of the format is not known");
  BundleContents out;
  const Json& images = json_member(json.value(), "images");
  if (images.is_array())
    for (const auto& image : images) out.images.push_back(TRY(image_of(image)));
  const Json& packages = json_member(json.value(), "packages");
  if (packages.is_array())
    for (const auto& item : packages) {
      DebianPackage package{json_string(item, "file"), TRY(clean_control(json_string(item, "control"))), TRY(digest_of(item)), static_cast<std::uint64_t>(json_int(item, "size"))};
      if (!is_package_file(package.file)) return malformed("a package's name is malformed");
      out.packages.push_back(std::move(package));
    }
  return out;
}

std::string bundle_index(const BundleContents& contents) {
  image::Index index;
  for (const auto& image : contents.images) {
    const ImagePart& top = image.parts.parts.back();
    image::Descriptor descriptor;
    descriptor.media_type = top.media_type;
    descriptor.digest = Digest(top.digest);
    descriptor.size = top.size;
    if (!image.parts.tag.empty()) descriptor.annotations[std::string(image::kRefNameAnnotation)] = image.parts.name + ":" + image.parts.tag;
    index.manifests.push_back(std::move(descriptor));
  }
  return image::index_bytes(index);
}

}  // namespace strates::registry::server
