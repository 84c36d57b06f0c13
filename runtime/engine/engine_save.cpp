// docker save: which images the names mean, and their archive (Docker Engine 20.10, image/tarexport/save.go, told in words).
#include <algorithm>
#include <map>

#include "base/json_full.hpp"
#include "base/strings.hpp"
#include "engine/engine_impl.hpp"
#include "engine/legacy_layer.hpp"
#include "image/reference.hpp"

namespace strates::engine {

namespace {

constexpr std::uint64_t kConfigLimit = 8 << 20;

struct Member {
  image::EntryMeta meta;
  std::string text;
  std::optional<Digest> blob;  // instead of the text
};

struct PathLess {
  bool operator()(const std::string& a, const std::string& b) const { return image::layer_path_less(a, b); }
};

class SavedArchive final : public ImageArchive {
 public:
  SavedArchive(World& world, Tracer& tracer, std::string names) : world_(world), tracer_(tracer), names_(std::move(names)) {}

  void directory(const std::string& path, Nanos at) {
    Member& member = members_[path];
    member.meta.type = image::EntryType::Directory;
    member.meta.mode = 0755;
    member.meta.mtime = at;
  }
  void text(const std::string& path, std::string bytes, Nanos at) {
    Member& member = members_[path];
    member.meta.mtime = at;
    member.meta.size = bytes.size();
    member.text = std::move(bytes);
  }
  void blob(const std::string& path, const Digest& digest, std::uint64_t size, Nanos at) {
    Member& member = members_[path];
    member.meta.mtime = at;
    member.meta.size = size;
    member.blob = digest;
  }
  void link(const std::string& path, std::string target, Nanos at) {
    Member& member = members_[path];
    member.meta.type = image::EntryType::Symlink;
    member.meta.mode = 0777;
    member.meta.mtime = at;
    member.meta.link_target = std::move(target);
  }
  bool has(const std::string& path) const { return members_.contains(path); }
  void image(const ImageId& id) { images_.push_back(id); }

  Result<void> write(ByteSink& to) override {
    Operation op(tracer_, "image.save", names_);
    for (const ImageId& id : images_) op.emit(event::Image(event::ImageAction{id, "save"}));
    return op.ends(write_members(to));
  }

 private:
  Result<void> write_members(ByteSink& to) {
    image::TarWriter writer(to, {});
    for (const auto& [path, member] : members_) {
      const image::LayerEntry entry{path, member.meta};
      if (member.blob) {
        const auto source = TRY(open(*member.blob));
        TRY(writer.add(entry, source.get()));
      } else if (member.meta.type == image::EntryType::File) {
        StringSource source(member.text);
        TRY(writer.add(entry, &source));
      } else {
        TRY(writer.add(entry, nullptr));
      }
    }
    return writer.finish();
  }
  // The bytes of an open blob are immutable: only opening needs the lock, so that a slow client holds up nobody.
  Result<std::unique_ptr<ByteSource>> open(const Digest& digest) {
    const Locked lock(world_.monitor);
    return world_.blobs.open(digest);
  }

  World& world_;
  Tracer& tracer_;
  const std::string names_;
  std::map<std::string, Member, PathLess> members_;
  std::vector<ImageId> images_;
};

struct SavedImage {
  ImageId id;
  std::vector<image::Reference> references;
};

class Selection {
 public:
  explicit Selection(const ImageStore& images) : images_(images) {}

  Result<void> add(const std::string& name) {
    const auto parsed = TRY(image::parse_any_reference(name));
    if (parsed.path.empty()) return put(TRY(by_id(name)), std::nullopt);
    if (parsed.familiar_name() == "sha256") return put(TRY(by_id(name)), std::nullopt);
    if (!parsed.name_only()) {
      const auto found = images_.find(parsed.canonical());
      if (!found.ok()) return docker_error(ErrorKind::NotFound, "image.not-found", "reference does not exist");
      return put(found.value(), parsed);
    }
    bool any = false;
    for (const auto& id : images_.all())
      for (const auto& text : images_.get(id)->references) {
        const auto reference = TRY(image::parse_reference(text));
        if (reference.name() != parsed.name()) continue;
        TRY(put(id, reference));
        any = true;
      }
    return any ? success() : put(TRY(by_id(name)), std::nullopt);
  }

  std::vector<SavedImage> take() { return std::move(chosen_); }

 private:
  Result<ImageId> by_id(const std::string& name) const {
    auto found = images_.find(name);
    if (found.ok()) return found;
    return docker_error(ErrorKind::NotFound, "image.not-found", "No such image: " + name);
  }
  Result<void> put(const ImageId& id, const std::optional<image::Reference>& reference) {
    auto at = std::find_if(chosen_.begin(), chosen_.end(), [&](const SavedImage& image) { return image.id == id; });
    if (at == chosen_.end()) at = chosen_.insert(at, {id, {}});
    if (reference && !reference->tag.empty() && std::find(at->references.begin(), at->references.end(), *reference) == at->references.end())
      at->references.push_back(*reference);
    return {};
  }

  const ImageStore& images_;
  std::vector<SavedImage> chosen_;
};

// The archive's members of one image; gives the legacy ids of its layers, lowest first. `kept`: where each DiffID's bytes lie already.
Result<std::vector<std::string>> add_layers(SavedArchive& archive, const ImageRecord& record, World& world, std::map<DiffId, std::string>& kept) {
  std::vector<std::string> ids;
  const auto& diffs = record.config.diff_ids;
  for (size_t i = 0; i < diffs.size(); ++i) {
    const LegacyLayer layer = legacy_layer(record.layers[i], ids.empty() ? "" : ids.back(), record.config, i + 1 == diffs.size() ? LegacyPlace::Top : LegacyPlace::Below, world.hasher);
    ids.push_back(layer.id);
    if (archive.has(layer.id)) continue;
    archive.directory(layer.id, record.created);
    archive.text(layer.id + "/VERSION", "1.0", record.created);
    archive.text(layer.id + "/json", layer.json, record.created);
    const auto [at, fresh] = kept.try_emplace(diffs[i], layer.id + "/layer.tar");
    if (fresh) archive.blob(at->second, Digest(diffs[i].str()), TRY(world.blobs.size(Digest(diffs[i].str()))), record.created);
    else archive.link(layer.id + "/layer.tar", "../" + at->second, record.created);
  }
  return ids;
}

}  // namespace

Result<std::unique_ptr<ImageArchive>> EngineImpl::save_images(const std::vector<std::string>& names) {
  const Locked lock(world_.monitor);
  Selection selection(images_);
  for (const auto& name : names) TRY(selection.add(name));
  const auto chosen = selection.take();
  auto archive = std::make_unique<SavedArchive>(world_, tracer_, join(names, " "));
  std::map<DiffId, std::string> kept;
  std::map<std::string, std::map<std::string, std::string>> repositories;
  Json manifest;
  for (const auto& image : chosen) {
    const ImageRecord& record = *images_.get(image.id);
    archive->image(image.id);
    if (record.config.diff_ids.empty()) return docker_error(ErrorKind::Internal, "image.no-layers", "empty export - not implemented");
    const auto ids = TRY(add_layers(*archive, record, world_, kept));
    const std::string config = image.id.str().substr(image.id.str().find(':') + 1) + ".json";
    archive->text(config, TRY(world_.blobs.read(Digest(image.id.str()), kConfigLimit)), record.created);
    Json tags, layers = Json::array();
    for (const auto& reference : image.references) {
      repositories[reference.familiar_name()][reference.tag] = ids.back();
      tags.push_back(reference.familiar());
    }
    for (const auto& id : ids) layers.push_back(id + "/layer.tar");
    Json item = {{"Config", config}, {"RepoTags", tags}, {"Layers", layers}};
    // A parent is told only when it is in the archive too.
    if (std::any_of(chosen.begin(), chosen.end(), [&](const SavedImage& other) { return other.id == record.parent; })) item["Parent"] = record.parent.str();
    manifest.push_back(std::move(item));
  }
  archive->text("manifest.json", dump_json_go(manifest) + "\n", 0);
  if (!repositories.empty()) archive->text("repositories", dump_json_go(Json(repositories)) + "\n", 0);
  return std::unique_ptr<ImageArchive>(std::move(archive));
}

}  // namespace strates::engine
