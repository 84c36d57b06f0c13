#include "engine/image_store.hpp"

#include <algorithm>

#include "base/json_full.hpp"
#include "base/strings.hpp"
#include "image/digest.hpp"
#include "image/manifest.hpp"
#include "image/reference.hpp"

namespace strates::engine {

namespace {

constexpr std::string_view kImages = "images";
constexpr std::string_view kReferences = "references";
constexpr std::uint64_t kConfigLimit = 8 << 20;

Error no_such_image(const std::string& name) {
  const auto parsed = image::parse_reference(name);
  const std::string shown = parsed.ok() ? parsed.value().with_default_tag().familiar() : name;
  return docker_error(ErrorKind::NotFound, "image.not-found", "No such image: " + shown);
}

}  // namespace

std::vector<ChainId> ImageStore::chains(const std::vector<DiffId>& diff_ids) const {
  std::vector<ChainId> out;
  std::optional<ChainId> parent;
  for (const auto& diff : diff_ids) {
    parent = image::chain_id(parent, diff, world_.hasher);
    out.push_back(*parent);
  }
  return out;
}

std::string ImageStore::encode(const Kept& kept) const {
  Json json = {{"parent", kept.record.parent.str()}, {"manifest", kept.manifest.str()}, {"order", kept.order}, {"last_tagged", kept.record.last_tagged},
               {"layer_bytes", kept.record.layer_bytes}};
  return dump_json(json);
}

Result<void> ImageStore::load() {
  for (const auto& [id, text] : TRY(world_.metadata.list(kImages))) {
    const Json json = TRY(parse_json(text));
    const auto bytes = world_.blobs.read(Digest(id), kConfigLimit);
    if (!bytes.ok()) continue;
    Kept kept;
    kept.record.id = ImageId(id);
    kept.record.config = TRY(image::parse_image_config(bytes.value()));
    kept.record.parent = ImageId(json_string(json, "parent"));
    kept.record.last_tagged = json_int(json, "last_tagged");
    kept.manifest = Digest(json_string(json, "manifest"));
    kept.order = static_cast<std::uint64_t>(json_int(json, "order"));
    for (const auto& size : json_member(json, "layer_bytes")) kept.record.layer_bytes.push_back(size.get<std::uint64_t>());
    for (const auto size : kept.record.layer_bytes) kept.record.bytes += size;
    kept.record.layers = chains(kept.record.config.diff_ids);
    kept.record.created = parse_rfc3339(kept.record.config.created).value_or(0);
    last_order_ = std::max(last_order_, kept.order);
    images_[id] = std::move(kept);
  }
  for (const auto& [reference, id] : TRY(world_.metadata.list(kReferences))) {
    const auto found = images_.find(id);
    if (found == images_.end()) continue;
    references_[reference] = id;
    found->second.record.references.push_back(reference);
  }
  return {};
}

const ImageRecord* ImageStore::get(const ImageId& id) const {
  const auto found = images_.find(id.str());
  return found == images_.end() ? nullptr : &found->second.record;
}

Result<ImageId> ImageStore::find(const std::string& name) const {
  // A full id first: it is never a name.
  const std::string digest = name.starts_with("sha256:") ? name : "sha256:" + name;
  if (digest.size() == 71 && is_hex(std::string_view(digest).substr(7))) {
    if (images_.contains(digest)) return ImageId(digest);
    return docker_error(ErrorKind::NotFound, "image.not-found", "No such image: " + name);
  }
  const auto reference = image::parse_reference(name);
  if (reference.ok()) {
    image::Reference wanted = reference.value().with_default_tag();
    if (!wanted.digest.empty()) wanted.tag.clear();  // of a tag and a digest, the digest counts
    const auto found = references_.find(wanted.canonical());
    if (found != references_.end()) return ImageId(found->second);
  }
  const std::string_view prefix = std::string_view(digest).substr(7);
  if (prefix.size() <= 64 && is_hex(prefix)) {
    auto first = images_.lower_bound(digest);
    if (first != images_.end() && first->first.starts_with(digest)) {
      const std::string id = first->first;
      if (++first == images_.end() || !first->first.starts_with(digest)) return ImageId(id);
    }
  }
  if (!reference.ok()) return reference.error();
  return no_such_image(name);
}

std::vector<ImageId> ImageStore::all() const {
  std::vector<const Kept*> rows;
  for (const auto& [id, kept] : images_) rows.push_back(&kept);
  std::sort(rows.begin(), rows.end(), [](const Kept* a, const Kept* b) { return a->order > b->order; });
  std::stable_sort(rows.begin(), rows.end(), [](const Kept* a, const Kept* b) { return a->record.created > b->record.created; });
  std::vector<ImageId> out;
  for (const auto* row : rows) out.push_back(row->record.id);
  return out;
}

std::vector<ImageId> ImageStore::children_of(const ImageId& parent) const {
  std::vector<ImageId> out;
  std::vector<const Kept*> rows;
  for (const auto& [id, kept] : images_)
    if (kept.record.parent == parent) rows.push_back(&kept);
  std::sort(rows.begin(), rows.end(), [](const Kept* a, const Kept* b) { return a->order > b->order; });
  for (const auto* row : rows) out.push_back(row->record.id);
  return out;
}

Result<ImageId> ImageStore::add(const image::ImageConfig& config, const ImageId& parent, const std::vector<std::uint64_t>& layer_bytes) {
  return add_bytes(image::image_config_bytes(config), config, parent, layer_bytes);
}

Result<ImageId> ImageStore::add_bytes(std::string_view bytes, const image::ImageConfig& config, const ImageId& parent, const std::vector<std::uint64_t>& layer_bytes) {
  const Digest digest = TRY(world_.blobs.put(bytes));
  if (images_.contains(digest.str())) return ImageId(digest.str());
  Kept kept;
  kept.record.id = ImageId(digest.str());
  kept.record.parent = parent;
  kept.record.config = config;
  kept.record.layer_bytes = layer_bytes;
  for (const auto size : layer_bytes) kept.record.bytes += size;
  kept.record.layers = chains(config.diff_ids);
  kept.record.created = parse_rfc3339(config.created).value_or(0);
  kept.order = last_order_ + 1;
  image::Manifest manifest;
  manifest.config = {.media_type = std::string(image::kConfigMediaType), .digest = digest, .size = bytes.size()};
  for (const auto& diff : config.diff_ids)
    manifest.layers.push_back({.media_type = std::string(image::kLayerMediaType), .digest = Digest(diff.str()), .size = TRY(world_.blobs.size(Digest(diff.str())))});
  kept.manifest = TRY(world_.blobs.put(image::manifest_bytes(manifest)));
  TRY(world_.metadata.commit({{std::string(kImages), digest.str(), encode(kept)}}));
  ++last_order_;
  images_[digest.str()] = std::move(kept);
  return ImageId(digest.str());
}

Result<void> ImageStore::set_parent(const ImageId& id, const ImageId& parent) {
  const auto found = images_.find(id.str());
  if (found == images_.end()) return no_such_image(id.str());
  Kept changed = found->second;
  changed.record.parent = parent;
  TRY(world_.metadata.commit({{std::string(kImages), id.str(), encode(changed)}}));
  found->second.record.parent = parent;
  return {};
}

Result<ImageId> ImageStore::set_reference(const std::string& canonical, const ImageId& id, Nanos now) {
  const auto target = images_.find(id.str());
  if (target == images_.end()) return no_such_image(id.str());
  Kept changed = target->second;
  changed.record.last_tagged = now;
  TRY(world_.metadata.commit({{std::string(kReferences), canonical, id.str()}, {std::string(kImages), id.str(), encode(changed)}}));
  ImageId before;
  if (const auto found = references_.find(canonical); found != references_.end()) {
    before = ImageId(found->second);
    std::erase(images_[found->second].record.references, canonical);
  }
  references_[canonical] = id.str();
  target->second.record.last_tagged = now;
  auto& references = target->second.record.references;
  if (std::find(references.begin(), references.end(), canonical) == references.end()) references.push_back(canonical);
  std::sort(references.begin(), references.end());
  TRY(write_index());
  return before;
}

Result<void> ImageStore::drop_reference(const std::string& canonical) {
  const auto found = references_.find(canonical);
  if (found == references_.end()) return {};
  TRY(world_.metadata.commit({{std::string(kReferences), canonical, std::nullopt}}));
  std::erase(images_[found->second].record.references, canonical);
  references_.erase(found);
  return write_index();
}

Result<void> ImageStore::erase(const ImageId& id) {
  const auto found = images_.find(id.str());
  if (found == images_.end()) return {};
  std::vector<MetadataChange> changes = {{std::string(kImages), id.str(), std::nullopt}, {std::string(kNotesBucket), id.str(), std::nullopt}};
  for (const auto& reference : found->second.record.references) changes.push_back({std::string(kReferences), reference, std::nullopt});
  TRY(world_.metadata.commit(changes));
  const Kept gone = std::move(found->second);
  images_.erase(found);
  for (const auto& reference : gone.record.references) references_.erase(reference);
  TRY(write_index());
  TRY(world_.blobs.remove(Digest(id.str())));
  if (!blob_in_use(gone.manifest)) TRY(world_.blobs.remove(gone.manifest));
  return {};
}

void ImageStore::hold(const std::vector<DiffId>& diff_ids) {
  for (const auto& layer : chains(diff_ids)) ++held_layers_[layer];
  for (const auto& diff : diff_ids) ++held_blobs_[diff];
}

void ImageStore::release(const std::vector<DiffId>& diff_ids) {
  const auto less = [](auto& counts, const auto& key) {
    if (const auto found = counts.find(key); found != counts.end() && --found->second == 0) counts.erase(found);
  };
  for (const auto& layer : chains(diff_ids)) less(held_layers_, layer);
  for (const auto& diff : diff_ids) less(held_blobs_, diff);
}

bool ImageStore::layer_in_use(const ChainId& layer) const {
  if (held_layers_.contains(layer)) return true;
  for (const auto& [id, kept] : images_)
    if (std::find(kept.record.layers.begin(), kept.record.layers.end(), layer) != kept.record.layers.end()) return true;
  return false;
}

std::optional<std::uint64_t> ImageStore::bytes_of_layer(const ChainId& layer) const {
  for (const auto& [id, kept] : images_) {
    const auto& layers = kept.record.layers;
    const auto found = std::find(layers.begin(), layers.end(), layer);
    if (found == layers.end()) continue;
    const auto index = static_cast<size_t>(found - layers.begin());
    if (index < kept.record.layer_bytes.size()) return kept.record.layer_bytes[index];
  }
  return std::nullopt;
}

bool ImageStore::blob_in_use(const Digest& blob) const {
  if (images_.contains(blob.str()) || held_blobs_.contains(DiffId(blob.str()))) return true;
  for (const auto& [id, kept] : images_) {
    if (kept.manifest == blob) return true;
    for (const auto& diff : kept.record.config.diff_ids)
      if (diff.str() == blob.str()) return true;
  }
  return false;
}

Result<void> ImageStore::write_index() const {
  image::Index index;
  for (const auto& [reference, id] : references_) {
    const Kept& kept = images_.at(id);
    index.manifests.push_back({.media_type = std::string(image::kManifestMediaType), .digest = kept.manifest, .size = TRY(world_.blobs.size(kept.manifest)),
                               .annotations = {{"org.opencontainers.image.ref.name", reference}}});
  }
  return world_.blobs.set_index(image::index_bytes(index));
}

std::vector<std::string> ImageRecord::familiar_names() const {
  std::vector<std::string> out;
  for (const auto& reference : references) {
    const auto parsed = image::parse_reference(reference);
    out.push_back(parsed.ok() ? parsed.value().familiar() : reference);
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::vector<std::string> ImageRecord::repo_tags() const {
  auto out = familiar_names();
  std::erase_if(out, [](const std::string& name) { return name.find('@') != std::string::npos; });
  return out;
}

std::vector<std::string> ImageRecord::repo_digests() const {
  auto out = familiar_names();
  std::erase_if(out, [](const std::string& name) { return name.find('@') == std::string::npos; });
  return out;
}

}  // namespace strates::engine
