// docker push (Docker Engine 20.10, distribution/push_v2.go, told in words): layers first, side by side, then the configuration, then the manifest.
//
// The store keeps layers plain, a registry wants them compressed: what a layer became is remembered (known_blobs.hpp), so that it is compressed once.
#include <algorithm>
#include <mutex>

#include "base/byte_sources.hpp"
#include "base/json_full.hpp"
#include "base/strings.hpp"
#include "engine/engine_impl.hpp"
#include "engine/known_blobs.hpp"
#include "image/digest.hpp"
#include "image/manifest.hpp"
#include "registry/client/failure.hpp"
#include "registry/client/patience.hpp"
#include "registry/client/repository.hpp"

namespace strates::engine {

namespace {

constexpr size_t kAtOnce = 5;                          // Docker's max-concurrent-uploads
constexpr int kMostAttempts = 5;                       // Docker's max-upload-attempts
constexpr int kMostMounts = 4;                         // Docker's maxMountAttempts of a large layer
constexpr std::uint64_t kWhole = 4 << 20;              // up to here a layer is compressed in memory and sent in one piece
constexpr std::uint64_t kConfigLimit = 8 << 20;

// Hashes and counts what passes.
class MeasuredSource final : public ByteSource {
 public:
  MeasuredSource(std::unique_ptr<ByteSource> from, Hasher& hasher) : from_(std::move(from)), hash_(hasher.sha256()) {}
  Result<size_t> read(std::span<char> buffer) override {
    const size_t got = TRY(from_->read(buffer));
    if (got > 0) TRY(hash_->write({buffer.data(), got}));
    bytes_ += got;
    return got;
  }
  Digest digest() { return Digest("sha256:" + hash_->finish_hex()); }
  std::uint64_t bytes() const { return bytes_; }

 private:
  std::unique_ptr<ByteSource> from_;
  std::unique_ptr<HashStream> hash_;
  std::uint64_t bytes_ = 0;
};

// As Docker writes it: three blanks of indentation, size before digest.
std::string docker_manifest(const image::Descriptor& config, const std::vector<image::Descriptor>& layers) {
  const auto descriptor = [](const image::Descriptor& of) { return Json{{"mediaType", of.media_type}, {"size", of.size}, {"digest", of.digest.str()}}; };
  Json list = Json::array();
  for (const auto& layer : layers) list.push_back(descriptor(layer));
  return dump_json_pretty(Json{{"schemaVersion", 2}, {"mediaType", std::string(image::kDockerManifestMediaType)}, {"config", descriptor(config)}, {"layers", list}}, 3);
}

// What Docker says of a push is what the registry said, without the request.
Error push_error(Error error) {
  if (error.code == "registry.no-credentials" || error.code.starts_with("registry.unauthorized") || error.code == "registry.denied") error.wire = registry::without_request(error);
  if (error.kind != ErrorKind::Conflict && error.kind != ErrorKind::NotImplemented) error.kind = ErrorKind::Internal;
  return with_rate_advice(std::move(error));
}

// It answered, and not what was hoped for: the layer is sent like one it never saw. A limit or a missing password would stop that too.
bool refuses(const Error& error) { return !is_fetch_failure(error) && error.code != "registry.no-credentials" && error.code != "registry.toomanyrequests" && error.code != "registry.later"; }

bool passes(const Error& error) { return registry::may_pass(error) || error.code == "registry.status"; }

}  // namespace

// One push to one registry.
class ImagePush {
 public:
  ImagePush(EngineImpl& engine, Operation& op, registry::Session& session, registry::Repository& repository, const image::Reference& reference, TransferOutput& output)
      : engine_(engine), world_(engine.world_), op_(op), session_(session), repository_(repository), name_(reference.name()), domain_(reference.domain), output_(output) {}

  bool stopped() {
    if (output_.cancelled()) return true;
    const std::lock_guard lock(mutex_);
    return failed_.has_value();
  }

  Result<void> push(const std::string& tag, const ImageRecord& image) {
    layers_.clear();
    // Before the layers, which may take their time: who removes the image meanwhile removes this.
    image::Descriptor config{.media_type = std::string(image::kDockerConfigMediaType), .digest = Digest(image.id.str()), .size = 0};
    const std::string bytes = TRY(world_.blobs.read(config.digest, kConfigLimit));
    config.size = bytes.size();
    // From the top, each once: a layer may be there twice.
    for (size_t i = image.config.diff_ids.size(); i-- > 0;) {
      const DiffId& diff = image.config.diff_ids[i];
      if (std::any_of(layers_.begin(), layers_.end(), [&](const Layer& layer) { return layer.diff == diff; })) continue;
      layers_.push_back({diff, i < image.layer_bytes.size() ? image.layer_bytes[i] : 0, {}});
      output_.state(short_id(diff.str()), "Preparing");
    }
    std::vector<std::function<void()>> jobs;
    for (Layer& layer : layers_) jobs.emplace_back([this, &layer] { send(layer); });
    for (size_t i = kAtOnce; i < layers_.size(); ++i) output_.state(short_id(layers_[i].diff.str()), "Waiting");
    world_.tasks->all(jobs, kAtOnce);
    if (failed_) return *failed_;

    TRY(patiently(short_id(config.digest.str()), [&] { return send_config(config, bytes); }));
    std::vector<image::Descriptor> descriptors;
    for (const auto& diff : image.config.diff_ids)
      descriptors.push_back(std::find_if(layers_.begin(), layers_.end(), [&](const Layer& layer) { return layer.diff == diff; })->blob);
    const std::string manifest = docker_manifest(config, descriptors);
    const std::string digest = "sha256:" + world_.hasher.sha256_hex(manifest);
    const std::string said = TRY(repository_.put_manifest(tag, std::string(image::kDockerManifestMediaType), manifest));
    if (!said.empty() && said != digest && image::is_sha256_digest(said))
      return docker_error(ErrorKind::Unavailable, "push.digest", "the registry stored another manifest than was sent: " + said + " instead of " + digest);
    op_.emit(event::Registry(event::ManifestPushed{registry(), tag, digest, manifest.size()}));
    record(tag, image.id, digest);
    output_.say("", tag + ": digest: " + digest + " size: " + std::to_string(manifest.size()));
    output_.pushed(tag, digest, manifest.size());
    return success();
  }

 private:
  struct Layer {
    DiffId diff;
    std::uint64_t bytes = 0;
    image::Descriptor blob;
  };

  std::string registry() const { return session_.place().url.scheme + "://" + session_.place().url.authority(); }

  void send(Layer& layer) {
    if (stopped()) {
      const std::lock_guard lock(mutex_);
      if (!failed_) failed_ = docker_error(ErrorKind::Conflict, "fetch.cancelled", "context canceled");
      return;
    }
    auto done = patiently(short_id(layer.diff.str()), [&] { return send_once(layer); });
    if (done.ok()) return;
    const std::lock_guard lock(mutex_);
    if (!failed_) failed_ = std::move(done).error();
  }

  // A registry in trouble is asked again, each time from the start: an upload that was refused is gone.
  Result<void> patiently(const std::string& id, const std::function<Result<void>()>& once) {
    for (int attempt = 1;; ++attempt) {
      auto done = once();
      if (done.ok() || attempt == kMostAttempts || !passes(done.error()) || stopped()) return done;
      output_.state(id, "Retrying in " + std::to_string(attempt) + (attempt == 1 ? " second" : " seconds"));
      if (!session_.world().pause(attempt * kSecond)) return done;
    }
  }

  void arrived(Layer& layer, const Digest& digest, std::uint64_t size, const std::string& said) {
    layer.blob = {.media_type = std::string(image::kDockerLayerMediaType), .digest = digest, .size = size};
    {
      const Locked lock(world_.monitor);
      KnownBlobs(world_.metadata).remember(layer.diff, digest, size, name_);
    }
    output_.state(short_id(layer.diff.str()), said);
  }

  Result<void> send_once(Layer& layer) {
    std::vector<KnownBlob> known;
    {
      const Locked lock(world_.monitor);
      known = KnownBlobs(world_.metadata).of(layer.diff);
    }
    for (const auto& blob : known) {
      if (std::find(blob.repositories.begin(), blob.repositories.end(), name_) == blob.repositories.end()) continue;
      const auto there = repository_.has_blob(blob.digest);
      if (!there.ok() && !refuses(there.error())) return there.error();
      if (there.ok() && there.value()) {
        op_.emit(event::Registry(event::BlobPresent{registry(), blob.digest.str(), true}));
        arrived(layer, blob.digest, blob.size, "Layer already exists");
        return success();
      }
      forget(layer, blob.digest, name_);
    }
    int asked = 0;
    for (const auto& [blob, from] : elsewhere(known)) {
      if (++asked > kMostMounts) break;
      auto mounted = repository_.start_upload(blob.digest, from);
      if (!mounted.ok() && !refuses(mounted.error())) return std::move(mounted).error();
      if (mounted.ok() && mounted.value().done) {
        op_.emit(event::Registry(event::BlobMounted{registry(), blob.digest.str(), from}));
        arrived(layer, blob.digest, blob.size, "Mounted from " + from);
        return success();
      }
      forget(layer, blob.digest, domain_ + "/" + from);
      // It does not have it there, and has begun an upload instead.
      if (mounted.ok()) return upload_layer(layer, std::move(mounted).value().upload_url);
    }
    return upload_layer(layer, {});
  }

  // The repositories of this registry that are believed to hold one of the blobs; as the registry calls them.
  std::vector<std::pair<KnownBlob, std::string>> elsewhere(const std::vector<KnownBlob>& known) const {
    std::vector<std::pair<KnownBlob, std::string>> out;
    for (const auto& blob : known)
      for (const auto& name : blob.repositories)
        if (name != name_ && name.starts_with(domain_ + "/")) out.emplace_back(blob, name.substr(domain_.size() + 1));
    return out;
  }

  void forget(const Layer& layer, const Digest& digest, const std::string& repository) {
    const Locked lock(world_.monitor);
    KnownBlobs(world_.metadata).forget(layer.diff, digest, repository);
  }

  Result<void> upload_layer(Layer& layer, std::string upload) {
    const Nanos started = world_.clock.now();
    const std::string id = short_id(layer.diff.str());
    const Digest stored(layer.diff.str());
    const std::uint64_t plain_size = TRY(world_.blobs.size(stored));
    const auto plain = std::make_unique<CountedSource>(TRY(world_.blobs.open(stored)), [&](std::uint64_t done) { output_.progress(id, "Pushing", done, layer.bytes); });
    MeasuredSource packed(world_.compressor->gzip(*plain), world_.hasher);
    if (plain_size <= kWhole) {
      const std::string bytes = TRY(read_all(packed, 2 * kWhole));
      const Digest digest = packed.digest();
      if (upload.empty()) upload = TRY(repository_.start_upload(digest, "")).upload_url;
      StringSource source(bytes);
      TRY(repository_.finish_upload(upload, digest, &source, bytes.size()));
      return uploaded(layer, digest, bytes.size(), started);
    }
    if (upload.empty()) upload = TRY(repository_.start_upload(stored, "")).upload_url;
    auto sent = [&]() -> Result<std::string> {
      const auto ahead = world_.tasks->read_ahead(std::make_unique<BorrowedSource>(packed));
      return repository_.send(upload, *ahead);
    }();
    if (!sent.ok()) {
      repository_.abandon(upload);
      return std::move(sent).error();
    }
    const Digest digest = packed.digest();
    TRY(repository_.finish_upload(sent.value(), digest, nullptr, 0));
    return uploaded(layer, digest, packed.bytes(), started);
  }

  Result<void> uploaded(Layer& layer, const Digest& digest, std::uint64_t size, Nanos started) {
    op_.emit(event::Registry(event::BlobTransferred{registry(), digest.str(), true, size, world_.clock.now() - started}));
    arrived(layer, digest, size, "Pushed");
    return success();
  }

  Result<void> send_config(const image::Descriptor& config, const std::string& bytes) {
    auto there = repository_.has_blob(config.digest);
    if (!there.ok() && !refuses(there.error())) return std::move(there).error();
    if (there.ok() && there.value()) return success();
    const std::string upload = TRY(repository_.start_upload(config.digest, "")).upload_url;
    StringSource source(bytes);
    return repository_.finish_upload(upload, config.digest, &source, bytes.size());
  }

  // The registry's name for the image, as RepoDigests shows it.
  void record(const std::string& tag, const ImageId& id, const std::string& digest) {
    const Locked lock(world_.monitor);
    if (engine_.images_.get(id) != nullptr) ignore(engine_.images_.set_reference(name_ + "@" + digest, id, world_.clock.now()));
    op_.emit(event::Registry(event::ImagePushed{id, name_ + ":" + tag}));
  }

  EngineImpl& engine_;
  World& world_;
  Operation& op_;
  registry::Session& session_;
  registry::Repository& repository_;
  const std::string name_, domain_;
  TransferOutput& output_;
  std::vector<Layer> layers_;
  std::mutex mutex_;
  std::optional<Error> failed_;
};

Result<void> EngineImpl::push(const PushRequest& request, TransferOutput& output) {
  TRY(check_network("push"));
  image::Reference reference = TRY(image::parse_reference(request.name));
  if (!reference.digest.empty()) return docker_error(ErrorKind::Invalid, "push.digest", "cannot push a digest reference");
  if (!request.tag.empty()) {
    reference.tag.clear();
    reference = TRY(image::with_tag(reference, request.tag));
  }
  Operation op(tracer_, "image.push", reference.familiar());
  std::vector<std::vector<DiffId>> held;
  const auto run = [&]() -> Result<void> {
    output.say("", "The push refers to repository [" + reference.name() + "]");
    std::vector<std::pair<std::string, ImageRecord>> images;  // by tag
    {
      const Locked lock(world_.monitor);
      bool known = false;
      for (const auto& id : images_.all())
        for (const auto& canonical : images_.get(id)->references) {
          const auto own = TRY(image::parse_reference(canonical));
          if (own.name() != reference.name()) continue;
          known = true;
          if (own.digest.empty() && (reference.tag.empty() || own.tag == reference.tag)) images.emplace_back(own.tag, *images_.get(id));
        }
      if (!known) return docker_error(ErrorKind::NotFound, "push.no-image", "An image does not exist locally with the tag: " + reference.familiar_name());
      if (images.empty()) return docker_error(ErrorKind::NotFound, "push.no-tag", reference.tag.empty() ? "no tags found for " + reference.familiar_name() : "tag does not exist: " + reference.familiar());
      // Until it is done: nobody removes meanwhile what it sends.
      for (const auto& [tag, image] : images) {
        images_.hold(image.config.diff_ids);
        held.push_back(image.config.diff_ids);
      }
    }
    std::sort(images.begin(), images.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    std::optional<Error> last;
    for (const auto& place : TRY(registry::places_of(options_.registries, reference.domain, registry::Mirrors::No))) {
      ImagePush* running = nullptr;
      const auto stopped = [&] { return running != nullptr ? running->stopped() : output.cancelled(); };
      registry::Session session(surroundings(stopped, &output), options_.registries, place, request.credentials, {"repository:" + reference.path + ":push,pull"});
      if (auto opened = session.open(); !opened.ok()) {
        last = std::move(opened).error();
        if (last->code == "fetch.cancelled") break;
        continue;
      }
      registry::Repository repository(session, reference.path);
      ImagePush push(*this, op, session, repository, reference, output);
      running = &push;
      for (const auto& [tag, image] : images) TRY(push.push(tag, image));
      return success();
    }
    if (last) return *last;
    return docker_error(ErrorKind::Internal, "registry.none", "no endpoints found for " + reference.familiar_name());
  };
  auto pushed = run();
  {
    const Locked lock(world_.monitor);
    for (const auto& diff_ids : held) let_go(diff_ids);
  }
  if (!pushed.ok()) return op.ends(Result<void>(push_error(std::move(pushed).error())));
  return op.ends(std::move(pushed));
}

}  // namespace strates::engine
