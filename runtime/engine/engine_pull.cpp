// docker pull (Docker Engine 20.10, distribution/pull.go and pull_v2.go, told in words).
#include <algorithm>

#include "base/go_json_error.hpp"
#include "base/strings.hpp"
#include "engine/engine_impl.hpp"
#include "engine/known_blobs.hpp"
#include "engine/layer_fetch.hpp"
#include "engine/platform.hpp"
#include "engine/pulled_manifest.hpp"
#include "image/digest.hpp"
#include "image/manifest.hpp"
#include "registry/client/failure.hpp"
#include "registry/client/patience.hpp"
#include "registry/client/repository.hpp"

namespace strates::engine {

namespace {

constexpr std::uint64_t kConfigLimit = 8 << 20;
constexpr size_t kMostLayers = 125;  // Docker's

// Docker's sentences for what a registry says about a name.
Error pull_error(Error error, const image::Reference& reference) {
  const auto say = [&](const std::string& words) {
    error.wire = words + ": " + error.message();
    error.kind = ErrorKind::NotFound;
  };
  if (error.code == "registry.denied")
    say("pull access denied for " + reference.familiar_name() + ", repository does not exist or may require 'docker login'");
  else if (error.code == "registry.manifest-unknown") say("manifest for " + reference.familiar() + " not found");
  else if (error.code == "registry.name-unknown") say("repository " + reference.familiar_name() + " not found");
  else if (error.kind != ErrorKind::Conflict && error.kind != ErrorKind::NotImplemented && error.kind != ErrorKind::Invalid) error.kind = ErrorKind::Internal;
  return with_rate_advice(std::move(error));
}

// Docker's sentences for a configuration that cannot be had.
Error config_error(Error error, const Digest& digest) {
  if (error.code == "fetch.cancelled") return error;
  const bool damaged = error.code == "registry.size" || error.code == "pull.digest";
  error.wire = "error pulling image configuration: " + (damaged ? "image config verification failed for digest " + digest.str()
                                                                : "download failed after attempts=" + std::to_string(registry::may_pass(error) ? registry::kMostBlobAttempts : 1) + ": " + error.message());
  return error;
}

}  // namespace

// One pull from one registry.
class ImagePull {
 public:
  ImagePull(EngineImpl& engine, Operation& op, registry::Session& session, registry::Repository& repository, TransferOutput& output, Platform platform)
      : engine_(engine), op_(op), session_(session), repository_(repository), output_(output), platform_(std::move(platform)) {}

  // Nobody waits for it any more, or a layer of it cannot be had: what still waits for the registry ends. Any thread.
  bool stopped() const { return fetch_ != nullptr ? fetch_->stopped() : output_.cancelled(); }

  // True: the reference means another image than before.
  Result<bool> pull(const image::Reference& reference) {
    const std::string wanted = reference.digest.empty() ? reference.tag : reference.digest;
    std::string digest = reference.digest;
    if (digest.empty()) {
      const auto head = TRY(repository_.head(reference.tag));
      if (head && image::is_sha256_digest(head->digest)) digest = head->digest;
    }
    auto top = TRY(fetch_manifest(digest.empty() ? wanted : digest, digest));
    TRY(check_class(top.media_type, top.bytes));
    output_.say(reference.digest.empty() ? reference.tag : reference.canonical(), "Pulling from " + repository_.path());
    const std::string top_digest = top.digest;
    if (is_index_type(top.media_type)) top = TRY(choose(top));
    const bool newer = TRY(image(top, {reference, top_digest}));
    output_.say("", "Digest: " + top_digest);
    return newer;
  }

 private:
  struct Fetched {
    std::string media_type, bytes, digest;
  };
  // As which the image is kept.
  struct Name {
    const image::Reference& reference;
    const std::string& digest;  // the registry's, of what the reference led to
  };

  std::string registry() const { return session_.place().url.scheme + "://" + session_.place().url.authority(); }

  // `digest`: what its bytes must have; empty: whatever they have.
  Result<Fetched> fetch_manifest(const std::string& reference, const std::string& digest) {
    const auto answer = TRY(repository_.manifest(reference));
    const std::string found = "sha256:" + engine_.world_.hasher.sha256_hex(answer.bytes);
    if (!digest.empty() && found != digest) return docker_error(ErrorKind::Unavailable, "pull.digest", "manifest verification failed for digest " + digest);
    op_.emit(event::Registry(event::ManifestFetched{registry(), reference, found, answer.media_type, answer.bytes.size()}));
    return Fetched{TRY(manifest_form(answer.media_type, answer.bytes)), answer.bytes, found};
  }

  Result<Fetched> choose(const Fetched& top) {
    const auto index = TRY(image::parse_index(top.bytes));
    const auto* entry = choose_platform(index.manifests, platform_);
    if (entry == nullptr)
      return docker_error(ErrorKind::NotFound, "pull.platform", "no matching manifest for " + platform_.text() + " in the manifest list entries");
    if (!image::is_sha256_digest(entry->digest.str())) return image::digest_error(image::DigestProblem::Unsupported);
    auto chosen = TRY(fetch_manifest(entry->digest.str(), entry->digest.str()));
    return chosen;  // a list in a list is no manifest: image() refuses it
  }

  Result<bool> image(const Fetched& fetched, const Name& name) {
    if (fetched.media_type.find("docker.distribution.manifest.v1+") != std::string::npos)
      return make_error(ErrorKind::NotImplemented, "pull.schema1", "pull", name.reference.familiar(), "its manifest has the form of before Docker 1.10 (schema 1), which this engine does not read",
                        "push the image again with a Docker of after 2016");
    if (!is_manifest_type(fetched.media_type)) return docker_error(ErrorKind::Invalid, "pull.media-type", "unsupported manifest format");
    const auto manifest = TRY(image::parse_manifest(fetched.bytes, image::NoLayers::Taken));
    TRY(check_parts(manifest));
    for (const auto* blob : blobs_of(manifest))
      if (!image::is_sha256_digest(blob->digest.str())) return image::digest_error(image::DigestProblem::Unsupported);
    auto config = fetch_config(manifest.config);
    if (!config.ok()) {
      // The layers are under way by then at Docker, and here nobody knows yet which of them are new.
      for (const auto& layer : manifest.layers)
        if (is_first(layer, manifest.layers)) output_.state(short_id(layer.digest.str()), "Pulling fs layer");
      return config_error(std::move(config).error(), manifest.config.digest);
    }
    config_bytes_ = std::move(config).value();
    if (const std::string why = go_json_error(config_bytes_); !why.empty()) return docker_error(ErrorKind::Invalid, "config.syntax", why);
    config_ = TRY(image::parse_image_config(config_bytes_));
    if (config_.os != "linux") return docker_error(ErrorKind::Invalid, "pull.os", config_.os == "windows" ? "image operating system \"windows\" cannot be used on this platform" : "operating system is not supported");
    if (config_.diff_ids.size() != manifest.layers.size()) return docker_error(ErrorKind::Invalid, "pull.layers", "layers from manifest don't match image configuration");
    if (config_.diff_ids.size() > kMostLayers) return docker_error(ErrorKind::Invalid, "pull.layers", "max depth exceeded");
    const ImageId id(manifest.config.digest.str());
    std::vector<WantedLayer> wanted;
    {
      const Locked lock(engine_.world_.monitor);
      if (engine_.images_.get(id) != nullptr) {
        for (const auto& layer : manifest.layers) op_.emit(event::Registry(event::BlobPresent{registry(), layer.digest.str(), false}));
        remember(manifest, {}, name.reference);
        return record(id, name);
      }
      wanted = wanted_layers(manifest);
      // Until the image has them itself: nobody removes meanwhile what it counts on.
      engine_.images_.hold(config_.diff_ids);
    }
    return fetch_layers(wanted, id, manifest, name);
  }

  static std::vector<const image::Descriptor*> blobs_of(const image::Manifest& manifest) {
    std::vector<const image::Descriptor*> out = {&manifest.config};
    for (const auto& layer : manifest.layers) out.push_back(&layer);
    return out;
  }

  // A layer may be there twice, and is told of once.
  static bool is_first(const image::Descriptor& layer, const std::vector<image::Descriptor>& layers) {
    return &layer == &*std::find_if(layers.begin(), layers.end(), [&](const image::Descriptor& one) { return one.digest == layer.digest; });
  }

  Result<std::string> fetch_config(const image::Descriptor& config) {
    if (config.size > kConfigLimit) return make_error(ErrorKind::Invalid, "pull.config", "pull", config.digest.str(), "a configuration of more than 8 MiB");
    auto bytes = TRY(repository_.blob(config.digest, config.size, [&](int seconds) {
      output_.state(short_id(config.digest.str()), "Retrying in " + std::to_string(seconds) + (seconds == 1 ? " second" : " seconds"));
    }));
    std::string out = TRY(read_all(*bytes, kConfigLimit));
    if ("sha256:" + engine_.world_.hasher.sha256_hex(out) != config.digest.str())
      return docker_error(ErrorKind::Unavailable, "pull.digest", "image config verification failed for digest " + config.digest.str());
    return out;
  }

  // Locked. A layer counts as here only while all below it are.
  std::vector<WantedLayer> wanted_layers(const image::Manifest& manifest) const {
    const auto chains = engine_.images_.chains(config_.diff_ids);
    std::vector<WantedLayer> out;
    bool below = true;
    for (size_t i = 0; i < chains.size(); ++i) {
      WantedLayer layer{manifest.layers[i], config_.diff_ids[i], i == 0 ? std::nullopt : std::optional(chains[i - 1]), chains[i], std::nullopt};
      if (below && engine_.world_.snapshots.has_layer(chains[i])) layer.present = engine_.images_.bytes_of_layer(chains[i]);
      below = layer.present.has_value();
      out.push_back(std::move(layer));
    }
    return out;
  }

  // Locked. That a blob is a layer is known only of what came just now, or came before: a manifest can say it of any blob, and a push would take that
  // blob for the layer.
  void remember(const image::Manifest& manifest, const std::vector<WantedLayer>& wanted, const image::Reference& reference) const {
    KnownBlobs known(engine_.world_.metadata);
    for (size_t i = 0; i < manifest.layers.size(); ++i) {
      const auto& layer = manifest.layers[i];
      // A push sends gzip: other forms are not what it would find.
      if (layer.media_type != image::kDockerLayerMediaType && layer.media_type != image::kLayerGzipMediaType) continue;
      const bool fetched = !wanted.empty() && !wanted[i].present;
      const auto before = known.of(config_.diff_ids[i]);
      const bool proven = std::any_of(before.begin(), before.end(), [&](const KnownBlob& blob) { return blob.digest == layer.digest && blob.size == layer.size; });
      if (fetched || proven) known.remember(config_.diff_ids[i], layer.digest, layer.size, reference.name());
    }
  }

  Result<bool> fetch_layers(const std::vector<WantedLayer>& wanted, const ImageId& id, const image::Manifest& manifest, const Name& name) {
    LayerFetch fetch(engine_.world_, repository_, registry(), output_, op_.emitter());
    fetch_ = &fetch;
    auto sizes = fetch.run(wanted);
    fetch_ = nullptr;
    const Locked lock(engine_.world_.monitor);
    auto kept = [&]() -> Result<bool> {
      const auto bytes = TRY(std::move(sizes));
      for (const auto& layer : wanted)
        if (!engine_.world_.snapshots.has_layer(layer.chain))
          return make_error(ErrorKind::Conflict, "pull.removed", "pull", name.reference.familiar(), "a layer of it was removed meanwhile", "pull it again");
      auto added = engine_.images_.add_bytes(config_bytes_, config_, ImageId(), bytes);
      if (!added.ok()) {
        if (const Digest blob(id.str()); !engine_.images_.blob_in_use(blob)) ignore(engine_.world_.blobs.remove(blob));
        return std::move(added).error();
      }
      const auto& history = config_.history;
      op_.emit(event::Image(event::ImageCreated{id, ImageId(), engine_.images_.get(id)->layers, history.empty() ? "" : history.back().created_by}));
      remember(manifest, wanted, name.reference);
      return record(id, name);
    }();
    engine_.let_go(config_.diff_ids);
    if (kept.ok()) return kept;
    // Nor does what unpacked to something else than the configuration says.
    const auto& unpacked = fetch.unpacked();
    for (auto layer = unpacked.rbegin(); layer != unpacked.rend(); ++layer) {
      if (layer->fresh) engine_.drop_unneeded(layer->chain);
      engine_.drop_unneeded(layer->diff_id);
    }
    return kept;
  }

  // Locked.
  Result<bool> record(const ImageId& id, const Name& name) {
    const image::Reference& reference = name.reference;
    const auto before = engine_.images_.find(reference.canonical());
    const bool fresh = !before.ok() || before.value() != id;
    image::Reference by_digest = reference;
    by_digest.tag.clear();
    by_digest.digest = name.digest;
    if (!engine_.images_.find(by_digest.canonical()).ok()) TRY(engine_.images_.set_reference(by_digest.canonical(), id, engine_.world_.clock.now()));
    if (fresh && reference.digest.empty()) TRY(engine_.set_tag(id, reference.canonical(), op_.id()));
    op_.emit(event::Registry(event::ImagePulled{id, reference.familiar()}));
    return fresh;
  }

  EngineImpl& engine_;
  Operation& op_;
  registry::Session& session_;
  registry::Repository& repository_;
  TransferOutput& output_;
  const Platform platform_;
  LayerFetch* fetch_ = nullptr;  // while it runs
  std::string config_bytes_;
  image::ImageConfig config_;
};

Result<void> EngineImpl::pull(const PullRequest& request, TransferOutput& output) {
  auto parsed = TRY(image::parse_reference(request.name));
  if (!request.tag.empty()) {
    parsed.tag.clear();
    parsed.digest.clear();
    // The API takes a digest in the tag's place.
    parsed = request.tag.find(':') != std::string::npos ? TRY(image::with_digest(parsed, request.tag)) : TRY(image::with_tag(parsed, request.tag));
  }
  if (!parsed.digest.empty()) parsed.tag.clear();
  if (parsed.familiar_name() == "scratch") return docker_error(ErrorKind::Invalid, "reference.reserved", "'scratch' is a reserved name");
  Operation op(tracer_, "image.pull", parsed.familiar());
  return op.ends(pull_reference(parsed, request, output, op.id()));
}

Result<void> EngineImpl::pull_reference(const image::Reference& reference, const PullRequest& request, TransferOutput& output, OpId parent) {
  TRY(check_network("pull"));
  const Platform platform = TRY(parse_platform(request.platform, world_.machine.architecture));
  std::optional<Error> last;
  bool trusted = false;  // a registry that answered over TLS is not asked without it
  for (const auto& place : TRY(registry::places_of(options_.registries, reference.domain, registry::Mirrors::Yes))) {
    if (output.cancelled()) return docker_error(ErrorKind::Conflict, "fetch.cancelled", "context canceled");
    if (trusted && !place.url.secure()) continue;
    Operation op(tracer_, "registry.pull", place.url.scheme + "://" + place.url.authority(), parent);
    const auto attempt = [&]() -> Result<void> {
      // What is meant for Docker Hub is not shown to a mirror.
      ImagePull* running = nullptr;
      const auto stopped = [&] { return running != nullptr ? running->stopped() : output.cancelled(); };
      registry::Session session(surroundings(stopped, &output), options_.registries, place,
                                place.mirror ? registry::Credentials{} : request.credentials, {"repository:" + reference.path + ":pull"});
      TRY(session.open());
      trusted = place.url.secure() && !place.mirror;
      registry::Repository repository(session, reference.path);
      ImagePull pull(*this, op, session, repository, output, platform);
      running = &pull;
      bool newer = false;
      if (!reference.name_only()) {
        newer = TRY(pull.pull(reference));
      } else {
        for (const auto& tag : TRY(repository.tags()))
          if (TRY(pull.pull(TRY(image::with_tag(reference, tag))))) newer = true;
      }
      output.say("", std::string("Status: ") + (newer ? "Downloaded newer image for " : "Image is up to date for ") + reference.familiar());
      return success();
    };
    auto pulled = op.ends(attempt());
    if (pulled.ok()) return pulled;
    Error error = std::move(pulled).error();
    const bool other_place_may_help = place.mirror || is_fetch_failure(error);
    if (!other_place_may_help || error.code == "fetch.cancelled") return pull_error(std::move(error), reference);
    last = std::move(error);
  }
  if (!last) return docker_error(ErrorKind::Internal, "registry.none", "no endpoints found for " + reference.familiar());
  return pull_error(std::move(*last), reference);
}

}  // namespace strates::engine
