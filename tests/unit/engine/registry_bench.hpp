// An engine over the simulated world and a registry in memory, and images to move between the two.
#pragma once

#include <utility>

#include "adapters/gzip_compressor.hpp"
#include "image/manifest.hpp"
#include "memory_registry.hpp"
#include "tests/unit/engine/image_bench.hpp"

namespace strates::engine::test {

struct Lines final : TransferOutput {
  void say(const std::string& id, const std::string& status) override { text += (id.empty() ? "" : id + ": ") + status + "\n"; }
  void state(const std::string& id, const std::string& status) override { say(id, status); }
  void progress(const std::string&, const std::string&, std::uint64_t, std::uint64_t) override { ++bars; }
  void pushed(const std::string& tag, const std::string& digest, std::uint64_t size) override { aux = tag + " " + digest + " " + std::to_string(size); }
  bool cancelled() override { return gone; }
  std::string text, aux;
  int bars = 0;
  bool gone = false;
};

struct QuietBuild final : BuildOutput {
  void stream(std::string_view) override {}
  void image(const ImageId&) override {}
  bool cancelled() override { return left; }
  bool left = false;
};

// Jobs one after the other; a test looks at those that have not begun, and may let one begin early.
struct OneByOne final : Tasks {
  void all(const std::vector<std::function<void()>>& wanted, size_t) override {
    jobs = wanted;
    for (size_t i = 0; i < jobs.size(); ++i) run(i);
    jobs.clear();
  }
  void run(size_t number) {
    if (const auto job = std::exchange(jobs.at(number), nullptr)) job();
  }
  std::unique_ptr<ByteSource> read_ahead(std::unique_ptr<ByteSource> from) override { return from; }
  std::unique_ptr<Ongoing> begin(std::function<void()> job) override {
    job();
    return nullptr;
  }
  bool parallel() const override { return false; }
  std::vector<std::function<void()>> jobs;
};

struct Bench {
  Bench() : world(options(), hasher, archives) {
    World ports = world.world();
    ports.fetcher = &registry;
    ports.compressor = &compressor;
    ports.tasks = &tasks;
    engine = Engine::open(ports, {.source_date_epoch = std::nullopt, .version = "test"}).value();
  }
  static sim::SimOptions options() {
    sim::SimOptions out;
    out.decompress = [](ByteSource& source) { return adapters::open_decompressed(source); };
    return out;
  }

  std::string pull(const std::string& name, const std::string& tag = "1", const std::string& platform = "") {
    lines = {};
    const auto done = engine->pull({name, tag, platform, {}}, lines);
    error = done.ok() ? std::nullopt : std::optional(done.error());
    return done.ok() ? "" : done.error().message();
  }
  std::string push(const std::string& name, const std::string& tag = "1") {
    lines = {};
    const auto done = engine->push({name, tag, {}}, lines);
    return done.ok() ? "" : done.error().message();
  }

  // An image of two layers in the registry; gives its manifest's digest.
  std::string publish(const std::string& repository, const std::string& tag, const std::string& architecture = "amd64") {
    image::ImageConfig config;
    config.architecture = architecture;
    config.created = "2024-01-01T00:00:00Z";
    image::Manifest manifest;
    manifest.media_type = std::string(image::kDockerManifestMediaType);
    const std::vector<std::string> tars = {tar_of({{"etc", "", image::EntryType::Directory}, {"etc/motd", "hello " + architecture}}), tar_of({{"top", std::string(5000, 'x')}})};
    for (const auto& tar : tars) {
      const std::string packed = compressed(tar, zstd ? Filter::Zstd : Filter::Gzip);
      config.diff_ids.emplace_back("sha256:" + hasher.sha256_hex(tar));
      config.history.push_back({.created = config.created, .created_by = "test", .author = "", .comment = "", .empty_layer = false});
      manifest.layers.push_back({.media_type = std::string(zstd ? image::kLayerZstdMediaType : image::kDockerLayerMediaType), .digest = Digest(registry.put_blob(packed)), .size = packed.size()});
    }
    const std::string bytes = image::image_config_bytes(config);
    manifest.config = {.media_type = std::string(image::kDockerConfigMediaType), .digest = Digest(registry.put_blob(bytes)), .size = bytes.size()};
    if (zstd) manifest.media_type = std::string(image::kManifestMediaType), manifest.config.media_type = std::string(image::kConfigMediaType);
    layers = manifest.layers;
    config_digest = manifest.config.digest.str();
    manifest_text = image::manifest_bytes(manifest);
    return registry.put_manifest(repository, tag, manifest.media_type, manifest_text);
  }
  std::vector<std::string> stored() {
    std::vector<std::string> out;
    const auto blobs = engine->world().blobs.list().value();
    for (const auto& blob : blobs) out.push_back(blob.str());
    const auto layers_here = engine->world().snapshots.list_layers().value();
    for (const auto& layer : layers_here) out.push_back(layer.str());
    return out;
  }
  std::string id(size_t layer) const { return short_id(layers[layer].digest.str()); }

  adapters::OpensslHasher hasher;
  adapters::LibarchiveReader archives;
  sim::SimWorld world;
  MemoryRegistry registry;
  adapters::IgzipCompressor compressor;
  OneByOne tasks;
  std::unique_ptr<Engine> engine;
  Lines lines;
  std::optional<Error> error;
  bool zstd = false;
  std::vector<image::Descriptor> layers;
  std::string config_digest, manifest_text;
};

}  // namespace strates::engine::test
