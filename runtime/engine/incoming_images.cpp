#include "engine/incoming_images.hpp"

#include <algorithm>

#include "base/json_full.hpp"
#include "base/strings.hpp"
#include "image/digest.hpp"
#include "image/manifest.hpp"
#include "image/reference.hpp"

namespace strates::engine {

namespace {

constexpr std::uint64_t kManifestLimit = 4 << 20, kConfigLimit = 8 << 20;
constexpr size_t kMostImages = 1000, kMostTags = 1000;
constexpr size_t kMostLayers = 125;  // Docker's

Error refuse(std::string_view code, std::string_view object, std::string cause) {
  return make_error(ErrorKind::Invalid, code, "load archive", object.substr(0, 200), cause, "nothing was kept; make the archive again");
}

// Docker's sentences (image/tarexport/load.go, layer/layer.go).
Result<void> check_config(const image::ImageConfig& config, size_t layers) {
  if (config.os == "windows") return docker_error(ErrorKind::Invalid, "load.os", "cannot load windows image on linux");
  if (config.os != "linux") return docker_error(ErrorKind::Invalid, "load.os", "operating system is not supported");
  if (layers != config.diff_ids.size())
    return docker_error(ErrorKind::Invalid, "load.layers", "invalid manifest, layers length mismatch: expected " + std::to_string(layers) + ", got " + std::to_string(config.diff_ids.size()));
  if (layers > kMostLayers) return docker_error(ErrorKind::Invalid, "load.layers", "max depth exceeded");
  return {};
}

Result<std::string> tag_reference(const std::string& text) {
  const auto reference = TRY(image::parse_reference(text));
  if (reference.tag.empty() || !reference.digest.empty()) return docker_error(ErrorKind::Invalid, "load.tag", "invalid tag " + go_quote(text));
  return reference.canonical();
}

bool same_line(const image::HistoryEntry& a, const image::HistoryEntry& b) {
  return a.created == b.created && a.created_by == b.created_by && a.author == b.author && a.comment == b.comment && a.empty_layer == b.empty_layer;
}

// One line more of history: which also keeps parents from going round in a circle.
bool continues(const image::ImageConfig& child, const image::ImageConfig& parent) {
  return child.history.size() == parent.history.size() + 1 && std::equal(parent.history.begin(), parent.history.end(), child.history.begin(), same_line);
}

// ------------------------------------------------------------------------------------------------------------------------- manifest.json

struct ManifestItem {
  std::string config, parent;
  std::vector<std::string> tags, layers;
};

Result<std::vector<std::string>> strings_of(const Json& item, std::string_view key, size_t most) {
  const Json& list = json_member(item, key);
  if (list.is_null()) return std::vector<std::string>();
  if (!list.is_array() || list.size() > most || !std::all_of(list.begin(), list.end(), [](const Json& text) { return text.is_string(); }))
    return refuse("load.manifest", key, "not a list of at most " + std::to_string(most) + " texts");
  return list.get<std::vector<std::string>>();
}

Result<std::vector<ManifestItem>> parse_items(const std::string& text) {
  const Json json = TRY(parse_json(text, {.bytes = kManifestLimit, .depth = 16}));
  if (!json.is_array() || json.empty() || json.size() > kMostImages) return refuse("load.manifest", "manifest.json", "not a list of images");
  std::vector<ManifestItem> items;
  for (const Json& item : json) {
    if (!item.is_object()) return refuse("load.manifest", "manifest.json", "an image that is no object");
    ManifestItem out;
    out.config = TRY(member_path(json_string(item, "Config"), "the manifest"));
    out.parent = json_string(item, "Parent");
    out.tags = TRY(strings_of(item, "RepoTags", kMostTags));
    for (const auto& layer : TRY(strings_of(item, "Layers", kMostImages))) out.layers.push_back(TRY(member_path(layer, "the manifest")));
    items.push_back(std::move(out));
  }
  return items;
}

// "<hex>.json" says what its own digest is, and so does a file of blobs/sha256.
Result<void> check_name(const std::string& path, const std::string& id) {
  std::string name = path.substr(path.rfind('/') + 1);
  if (name.ends_with(".json")) name.erase(name.size() - 5);
  if (name.size() != 64 || !is_hex(name) || "sha256:" + name == id) return {};
  return refuse("load.digest", path, "its digest is " + id);
}

Result<std::vector<IncomingImage>> read_docker_form(const ArchiveIndex& archive, Hasher& hasher) {
  const auto items = TRY(parse_items(TRY(archive.text("manifest.json", kManifestLimit))));
  std::set<std::string> configs;
  for (const auto& item : items) configs.insert(item.config);
  const auto texts = TRY(archive.texts(configs, kConfigLimit));
  std::vector<IncomingImage> out;
  for (const auto& item : items) {
    IncomingImage image;
    image.bytes = texts.at(item.config);
    image.id = ImageId("sha256:" + hasher.sha256_hex(image.bytes));
    TRY(check_name(item.config, image.id.str()));
    image.config = TRY(image::parse_image_config(image.bytes));
    TRY(check_config(image.config, item.layers.size()));
    for (size_t i = 0; i < item.layers.size(); ++i)
      image.layers.push_back({TRY(archive.file_behind(item.layers[i])), image.config.diff_ids[i], std::nullopt});
    for (const auto& tag : item.tags) image.references.push_back(TRY(tag_reference(tag)));
    image.parent = ImageId(item.parent);
    out.push_back(std::move(image));
  }
  for (auto& image : out) {
    if (image.parent.empty()) continue;
    const auto parent = std::find_if(out.begin(), out.end(), [&](const IncomingImage& other) { return other.id == image.parent; });
    if (parent == out.end()) image.parent = ImageId();
    else if (!continues(image.config, parent->config))
      return docker_error(ErrorKind::Invalid, "load.parent", "image " + parent->id.str() + " is not a valid parent for " + image.id.str());
  }
  return out;
}

// ---------------------------------------------------------------------------------------------------------------------- OCI image layout

class OciLayout {
 public:
  OciLayout(const ArchiveIndex& archive, Hasher& hasher, const std::string& architecture) : archive_(archive), hasher_(hasher), architecture_(architecture) {}

  Result<std::vector<IncomingImage>> read() {
    TRY(image::parse_image_layout(TRY(archive_.text("oci-layout", kManifestLimit))));
    const auto index = TRY(image::parse_index(TRY(archive_.text("index.json", kManifestLimit))));
    for (const auto& descriptor : index.manifests) TRY(add(descriptor));
    if (images_.empty()) return refuse("load.manifest", "index.json", "it names no image for " + architecture_);
    return std::move(images_);
  }

 private:
  static constexpr int kMostDepth = 4;

  static bool is_index(const image::Descriptor& descriptor) {
    return descriptor.media_type == image::kIndexMediaType || descriptor.media_type == image::kDockerIndexMediaType;
  }
  bool is_ours(const image::Descriptor& descriptor) const {
    return !descriptor.platform || (descriptor.platform->os == "linux" && descriptor.platform->architecture == architecture_);
  }

  Result<std::string> path_of(const image::Descriptor& descriptor) const {
    if (!image::is_sha256_digest(descriptor.digest.str())) return refuse("load.digest", descriptor.digest.str(), "only sha256 is known");
    return "blobs/sha256/" + descriptor.digest.str().substr(7);
  }

  Result<std::string> blob(const image::Descriptor& descriptor, std::uint64_t limit) const {
    auto text = TRY(archive_.text(TRY(path_of(descriptor)), limit));
    const std::string found = "sha256:" + hasher_.sha256_hex(text);
    if (found != descriptor.digest.str()) return refuse("load.digest", descriptor.digest.str(), "its bytes have digest " + found);
    if (text.size() != descriptor.size) return refuse("load.digest", descriptor.digest.str(), "it is not as long as its descriptor says");
    return text;
  }

  Result<void> add(const image::Descriptor& root) {
    image::Descriptor descriptor = root;
    for (int depth = 0; is_index(descriptor); ++depth) {
      if (depth == kMostDepth) return refuse("load.manifest", root.digest.str(), "indexes within indexes");
      const auto index = TRY(image::parse_index(TRY(blob(descriptor, kManifestLimit))));
      const auto ours = std::find_if(index.manifests.begin(), index.manifests.end(), [this](const image::Descriptor& one) { return is_ours(one); });
      if (ours == index.manifests.end()) return {};
      descriptor = *ours;
    }
    if (!is_ours(descriptor)) return {};
    if (images_.size() >= kMostImages) return refuse("load.too-large", "index.json", "more than " + std::to_string(kMostImages) + " images");
    const auto manifest = TRY(image::parse_manifest(TRY(blob(descriptor, kManifestLimit))));
    IncomingImage image;
    image.bytes = TRY(blob(manifest.config, kConfigLimit));
    image.id = ImageId(manifest.config.digest.str());
    image.config = TRY(image::parse_image_config(image.bytes));
    TRY(check_config(image.config, manifest.layers.size()));
    for (size_t i = 0; i < manifest.layers.size(); ++i) {
      const auto& layer = manifest.layers[i];
      if (!image::is_layer_media_type(layer.media_type)) return refuse("load.manifest", layer.media_type, "not a layer");
      const std::string path = TRY(path_of(layer));
      const std::string file = TRY(archive_.file_behind(path));
      if (archive_.size(file) != layer.size) return refuse("load.digest", layer.digest.str(), "it is not as long as its descriptor says");
      image.layers.push_back({file, image.config.diff_ids[i], layer.digest});
    }
    TRY(name(root, image));
    images_.push_back(std::move(image));
    return {};
  }

  // containerd writes the whole name, others what the specification leaves open: a name is taken only when it says a repository.
  static Result<void> name(const image::Descriptor& descriptor, IncomingImage& image) {
    for (const std::string_view key : {std::string_view("io.containerd.image.name"), image::kRefNameAnnotation}) {
      const auto found = descriptor.annotations.find(std::string(key));
      if (found == descriptor.annotations.end() || found->second.find_first_of(":/") == std::string::npos) continue;
      const auto reference = TRY(image::parse_reference(found->second));
      if (!reference.digest.empty()) continue;
      image.references.push_back(reference.with_default_tag().canonical());
      return {};
    }
    return {};
  }

  const ArchiveIndex& archive_;
  Hasher& hasher_;
  const std::string& architecture_;
  std::vector<IncomingImage> images_;
};

}  // namespace

Result<std::vector<IncomingImage>> read_incoming(const ArchiveIndex& archive, Hasher& hasher, const std::string& architecture) {
  if (archive.has("manifest.json")) return read_docker_form(archive, hasher);
  if (archive.has("oci-layout")) return OciLayout(archive, hasher, architecture).read();
  if (archive.has("repositories"))
    return make_error(ErrorKind::NotImplemented, "load.form", "load archive", "repositories", "an archive of Docker before 1.10", "save it again with a Docker of this decade");
  return refuse("load.form", "", "neither manifest.json of docker save nor an OCI image layout: a file system's tar is for docker import");
}

}  // namespace strates::engine
