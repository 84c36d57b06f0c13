// docker load: all that an archive brings, or nothing (Docker's lines: image/tarexport/load.go).
//
// Everything is checked before the first layer is unpacked; layers are unpacked and verified before the first image is named. Records are made last,
// under the lock. What fails in between is taken back.
#include <algorithm>

#include "base/strings.hpp"
#include "engine/engine_impl.hpp"
#include "engine/incoming_images.hpp"
#include "image/reference.hpp"

namespace strates::engine {

namespace {

// Passes bytes on and says how far they have come: at each hundredth and at least every 512 kB.
class PacedSource : public ByteSource {
 public:
  PacedSource(ByteSource& from, std::uint64_t total, std::function<void(std::uint64_t)> say)
      : from_(from), total_(total), step_(std::min<std::uint64_t>(total / 100, 512 << 10)), say_(std::move(say)) {}
  Result<size_t> read(std::span<char> buffer) override {
    const size_t got = TRY(from_.read(buffer));
    done_ += got;
    if (say_ && done_ < total_ && done_ - said_ > step_) say_(said_ = done_);
    return got;
  }

 private:
  ByteSource& from_;
  const std::uint64_t total_, step_;
  const std::function<void(std::uint64_t)> say_;
  std::uint64_t done_ = 0, said_ = 0;
};

// Passes bytes on and hashes them.
class HashingSource : public ByteSource {
 public:
  HashingSource(ByteSource& from, Hasher& hasher) : from_(from), hash_(hasher.sha256()) {}
  Result<size_t> read(std::span<char> buffer) override {
    const size_t got = TRY(from_.read(buffer));
    if (got > 0) TRY(hash_->write({buffer.data(), got}));
    return got;
  }
  // To its end first: a reader stops when it has seen enough.
  Result<std::string> digest() {
    char rest[16 << 10];
    while (TRY(read(rest)) > 0) continue;
    return "sha256:" + hash_->finish_hex();
  }

 private:
  ByteSource& from_;
  std::unique_ptr<HashStream> hash_;
};

// Docker's sentence.
Result<void> check_diff_id(size_t layer, const DiffId& expected, const DiffId& found) {
  if (expected == found) return {};
  return docker_error(ErrorKind::Invalid, "load.diff-id", "invalid diffID for layer " + std::to_string(layer) + ": expected " + go_quote(expected.str()) + ", got " + go_quote(found.str()));
}

std::string go_architecture(const std::string& machine) { return machine == "x86_64" ? "amd64" : machine == "aarch64" ? "arm64" : machine; }

}  // namespace

// One load, from the staged files to the records. Every method is called with the engine's lock held.
class ImageLoad {
 public:
  ImageLoad(EngineImpl& engine, Operation& op, const MemberSpools& staged, const LayerProgress& progress) : engine_(engine), op_(op), staged_(staged), progress_(progress) {}
  ~ImageLoad() {
    if (!done_) take_back();
    for (const auto* diff_ids : held_) engine_.let_go(*diff_ids);
  }
  ImageLoad(const ImageLoad&) = delete;
  ImageLoad& operator=(const ImageLoad&) = delete;

  Result<void> layers(const IncomingImage& image) {
    auto& sizes = bytes_[image.id];
    sizes.clear();
    // Others have the lock while layers are unpacked: nobody removes meanwhile what this image is going to stand on.
    engine_.images_.hold(image.config.diff_ids);
    held_.push_back(&image.config.diff_ids);
    const auto chains = engine_.images_.chains(image.config.diff_ids);
    for (size_t i = 0; i < image.layers.size(); ++i) {
      const std::optional<ChainId> parent = i == 0 ? std::nullopt : std::optional(chains[i - 1]);
      sizes.push_back(TRY(layer(image.layers[i], i, parent, chains[i])));
    }
    return {};
  }

  Result<void> record(const IncomingImage& image) {
    for (const auto& chain : engine_.images_.chains(image.config.diff_ids))
      if (!engine_.world_.snapshots.has_layer(chain))
        return make_error(ErrorKind::Conflict, "load.removed", "load image", image.id.str(), "a layer of it was removed meanwhile", "load it again");
    const bool fresh = engine_.images_.get(image.id) == nullptr;
    auto added = engine_.images_.add_bytes(image.bytes, image.config, ImageId(), bytes_.at(image.id));
    if (!added.ok()) {
      if (const Digest blob(image.id.str()); !engine_.images_.blob_in_use(blob)) ignore(engine_.world_.blobs.remove(blob));
      return std::move(added).error();
    }
    if (!fresh) return {};
    images_.push_back(image.id);
    const auto& history = image.config.history;
    op_.emit(event::Image(event::ImageCreated{image.id, image.parent, engine_.images_.get(image.id)->layers, history.empty() ? "" : history.back().created_by, EngineImpl::labels_of(image.config.config)}));
    return {};
  }

  Result<void> names(const IncomingImage& image) {
    ids_ += "Loaded image ID: " + image.id.str() + "\n";
    named_ = !image.references.empty();
    for (const auto& canonical : image.references) {
      const std::string familiar = TRY(image::parse_reference(canonical)).familiar();
      const auto before = engine_.images_.find(canonical);
      if (before.ok() && before.value() != image.id)
        lines_ += "The image " + familiar + " already exists, renaming the old one with ID " + before.value().str() + " to empty string\n";
      TRY(engine_.set_tag(image.id, canonical, op_.id(), EngineImpl::NamedBy::Archive));
      tags_.emplace_back(canonical, before.ok() ? before.value() : ImageId());
      lines_ += "Loaded image: " + familiar + "\n";
    }
    return {};
  }

  // What to say; from here on nothing is taken back.
  std::string finish() {
    done_ = true;
    // Docker counts the names of the last image only.
    return named_ ? lines_ : lines_ + ids_;
  }

 private:
  Result<std::uint64_t> layer(const IncomingLayer& layer, size_t number, const std::optional<ChainId>& parent, const ChainId& chain) {
    if (const auto found = loaded_.find(chain); found != loaded_.end()) return found->second;
    if (const auto bytes = engine_.images_.bytes_of_layer(chain); bytes && engine_.world_.snapshots.has_layer(chain)) {
      op_.emit(event::Image(event::LayerAlreadyPresent{chain, layer.diff_id, *bytes}));
      return *bytes;
    }
    const auto file = staged_.find(layer.member);
    if (file == staged_.end()) return make_error(ErrorKind::Conflict, "load.removed", "load layer", layer.diff_id.str(), "it was removed meanwhile", "load it again");
    bool fresh = false;
    const Emit emit = [&](Payload fact) {
      if (const auto* image = std::get_if<event::Image>(&fact)) fresh = std::holds_alternative<event::LayerUnpacked>(*image);
      op_.emitter()(std::move(fact));
    };
    Result<LayerInfo> imported = LayerInfo{};
    std::string digest;
    {
      const Calling call(engine_.world_.monitor);
      const auto bytes = TRY(file->second->open());
      const std::uint64_t total = file->second->size();
      PacedSource counted(*bytes, total, progress_ ? [&](std::uint64_t done) { progress_(layer.diff_id, done, total); } : std::function<void(std::uint64_t)>());
      HashingSource hashing(counted, engine_.world_.hasher);
      imported = engine_.world_.snapshots.import_layer(parent, hashing, emit);
      if (imported.ok() && progress_) progress_(layer.diff_id, total, total);
      if (imported.ok() && layer.digest) digest = hashing.digest().value_or("");
    }
    const LayerInfo info = TRY(std::move(imported));
    layers_.push_back({info, fresh});
    TRY(check_diff_id(number, layer.diff_id, info.diff_id));
    if (layer.digest && digest != layer.digest->str())
      return make_error(ErrorKind::Invalid, "load.digest", "load layer", layer.digest->str(), "its bytes have digest " + digest, "nothing was kept; make the archive again");
    loaded_[chain] = info.bytes;
    return info.bytes;
  }

  void take_back() {
    for (auto tag = tags_.rbegin(); tag != tags_.rend(); ++tag) {
      if (tag->second.empty()) ignore(engine_.images_.drop_reference(tag->first));
      else ignore(engine_.images_.set_reference(tag->first, tag->second, engine_.world_.clock.now()));
    }
    for (auto id = images_.rbegin(); id != images_.rend(); ++id) ignore(engine_.images_.erase(*id));
    for (auto layer = layers_.rbegin(); layer != layers_.rend(); ++layer) {
      if (layer->fresh) engine_.drop_unneeded(layer->info.chain_id);
      engine_.drop_unneeded(layer->info.diff_id);
    }
  }

  struct Imported {
    LayerInfo info;
    bool fresh = false;
  };

  EngineImpl& engine_;
  Operation& op_;
  const MemberSpools& staged_;
  const LayerProgress& progress_;
  std::vector<const std::vector<DiffId>*> held_;
  std::vector<Imported> layers_;
  std::map<ChainId, std::uint64_t> loaded_;
  std::map<ImageId, std::vector<std::uint64_t>> bytes_;
  std::vector<ImageId> images_;                          // that were not there before
  std::vector<std::pair<std::string, ImageId>> tags_;    // and who had the name before
  std::string lines_, ids_;
  bool named_ = false, done_ = false;
};

Result<void> EngineImpl::load_images(Spool& archive, const std::function<void(std::string_view line)>& say, const LayerProgress& progress) {
  Operation op(tracer_, "image.load", "");
  const auto run = [&]() -> Result<std::string> {
    const auto index = TRY(ArchiveIndex::read(archive, world_.archives));
    const auto images = TRY(read_incoming(index, world_.hasher, go_architecture(world_.machine.architecture)));
    std::set<std::string> missing;
    {
      const Locked lock(world_.monitor);
      for (const auto& image : images) {
        const auto chains = images_.chains(image.config.diff_ids);
        for (size_t i = 0; i < chains.size(); ++i)
          if (!images_.bytes_of_layer(chains[i]) || !world_.snapshots.has_layer(chains[i])) missing.insert(image.layers[i].member);
      }
    }
    constexpr size_t kMostStaged = 500;  // each is an open file
    if (missing.size() > kMostStaged)
      return make_error(ErrorKind::Invalid, "load.too-large", "load archive", "", "more than " + std::to_string(kMostStaged) + " layers that are not here yet", "save fewer images at once");
    const MemberSpools staged = TRY(index.stage(missing, world_.spooler));
    const Locked lock(world_.monitor);
    ImageLoad load(*this, op, staged, progress);
    for (const auto& image : images) TRY(load.layers(image));
    for (const auto& image : images) TRY(load.record(image));
    for (const auto& image : images)
      if (!image.parent.empty() && images_.get(image.parent) != nullptr) TRY(images_.set_parent(image.id, image.parent));
    for (const auto& image : images) {
      TRY(load.names(image));
      op.emit(event::Image(event::ImageAction{image.id, "load"}));
    }
    return load.finish();
  };
  const std::string lines = TRY(op.ends(run()));
  if (!lines.empty()) say(lines);
  return {};
}

}  // namespace strates::engine
