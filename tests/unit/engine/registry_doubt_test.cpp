// What a registry says is doubted, what it refuses is gone round, and what others do meanwhile harms nobody.
#include "registry_bench.hpp"

using namespace strates;
using namespace strates::engine;
using namespace strates::engine::test;

namespace {

constexpr const char* kApp = "127.0.0.1:5000/team/app";
constexpr const char* kOther = "127.0.0.1:5000/team/other";

// Another image on the layers of the published one; its own configuration, and what `change` makes of the manifest.
void publish_other(Bench& bench, const std::string& repository, const std::function<void(image::Manifest&)>& change = nullptr) {
  auto text = parse_json(bench.registry.blobs.at(bench.config_digest)).value();
  text["author"] = "someone else";
  const std::string config = dump_json(text);
  auto manifest = image::parse_manifest(bench.manifest_text).value();
  manifest.config.digest = Digest(bench.registry.put_blob(config));
  manifest.config.size = config.size();
  if (change) change(manifest);
  bench.registry.put_manifest(repository, "1", std::string(image::kDockerManifestMediaType), image::manifest_bytes(manifest));
}

// What the manifest of a pushed image unpacks to.
std::vector<std::string> pushed_layers(Bench& bench, const std::string& name) {
  std::vector<std::string> out;
  const auto manifest = image::parse_manifest(bench.registry.manifests.at(name).second).value();
  for (const auto& layer : manifest.layers) {
    StringSource packed(bench.registry.blobs.at(layer.digest.str()));
    const auto plain = adapters::open_decompressed(packed);
    out.push_back(plain.ok() ? "sha256:" + bench.hasher.sha256_hex(read_all(*plain.value(), 1 << 20).value()) : "unreadable");
  }
  return out;
}
std::vector<std::string> own_layers(Bench& bench, const std::string& name) {
  std::vector<std::string> out;
  const auto image = bench.engine->image(name).value();
  for (const auto& diff : image.config.diff_ids) out.push_back(diff.str());
  return out;
}

void import(Bench& bench, const std::string& name, const std::string& content) {
  StringSource tar(tar_of({{"a", content}}));
  REQUIRE(bench.engine->import_image(tar, name, "1", "", {}).ok());
}

}  // namespace

TEST_CASE("a manifest cannot make a push take another blob for a layer that is here") {
  Bench bench;
  bench.publish("team/app", "1");
  REQUIRE(bench.pull(kApp) == "");
  const auto lie = [&](image::Manifest& manifest) {
    for (auto& layer : manifest.layers) {
      const std::string evil = compressed(tar_of({{"evil", layer.digest.str()}}), Filter::Gzip);
      layer.digest = Digest(bench.registry.put_blob(evil));
      layer.size = evil.size();
    }
  };
  SUBCASE("of an image that is here") {
    auto manifest = image::parse_manifest(bench.manifest_text).value();
    lie(manifest);
    bench.registry.put_manifest("evil/app", "1", std::string(image::kDockerManifestMediaType), image::manifest_bytes(manifest));
  }
  SUBCASE("of another image on the same layers") { publish_other(bench, "evil/app", lie); }
  REQUIRE(bench.pull("127.0.0.1:5000/evil/app") == "");
  REQUIRE(bench.push("127.0.0.1:5000/evil/app") == "");
  CHECK(pushed_layers(bench, "evil/app 1") == own_layers(bench, "127.0.0.1:5000/evil/app:1"));
}

TEST_CASE("a repository that has a layer's own blob is remembered, also when the layer was here before") {
  Bench bench;
  bench.publish("team/app", "1");
  REQUIRE(bench.pull(kApp) == "");
  publish_other(bench, "team/other");
  REQUIRE(bench.pull(kOther) == "");
  REQUIRE(bench.push(kOther) == "");
  CHECK(bench.registry.count("POST", "/blobs/uploads/") == 0);
  CHECK(bench.lines.text.find(": Layer already exists\n") != std::string::npos);
}

TEST_CASE("a registry that takes no blob over from another repository gets it sent, and is asked once") {
  Bench bench;
  import(bench, kApp, std::string(1000, 'a'));
  REQUIRE(bench.push(kApp) == "");
  REQUIRE(bench.engine->tag("127.0.0.1:5000/team/app:1", kOther, "1").ok());
  int refusals = 0;
  bench.registry.instead = [&](const FetchRequest&, const Url& url) -> std::optional<Result<FetchResponse>> {
    if (url.target.find("mount=") == std::string::npos) return std::nullopt;
    ++refusals;
    return bench.registry.refuse(401, "UNAUTHORIZED", "authentication required");
  };
  REQUIRE(bench.push(kOther) == "");
  CHECK(bench.lines.text.find(": Pushed\n") != std::string::npos);
  CHECK(refusals == 1);
  CHECK(pushed_layers(bench, "team/other 1") == own_layers(bench, "127.0.0.1:5000/team/other:1"));
  // The repository that refused is not asked for any more; the one that has it now is.
  REQUIRE(bench.engine->tag("127.0.0.1:5000/team/app:1", "127.0.0.1:5000/team/third", "1").ok());
  bench.registry.instead = nullptr;
  REQUIRE(bench.push("127.0.0.1:5000/team/third") == "");
  CHECK(bench.lines.text.find(": Mounted from team/other\n") != std::string::npos);
  CHECK(bench.registry.count("POST", "from=team%2Fapp") == 0);
}

TEST_CASE("a registry that does not say whether it has a blob gets it sent") {
  Bench bench;
  import(bench, kApp, std::string(1000, 'a'));
  REQUIRE(bench.push(kApp) == "");
  bench.registry.instead = [&](const FetchRequest& request, const Url& url) -> std::optional<Result<FetchResponse>> {
    if (request.method != "HEAD" || url.target.find("/blobs/") == std::string::npos) return std::nullopt;
    return bench.registry.reply(403, "");
  };
  REQUIRE(bench.push(kApp) == "");
  CHECK(bench.lines.text.find(": Pushed\n") != std::string::npos);
  // A connection that breaks is no answer: what was remembered stays.
  bench.registry.instead = [&](const FetchRequest& request, const Url& url) -> std::optional<Result<FetchResponse>> {
    if (request.method == "HEAD" && url.target.find("/blobs/") != std::string::npos) return docker_error(ErrorKind::Unavailable, "fetch.truncated", "EOF");
    return std::nullopt;
  };
  CHECK(bench.push(kApp).find("EOF") != std::string::npos);
  bench.registry.instead = nullptr;
  REQUIRE(bench.push(kApp) == "");
  CHECK(bench.lines.text.find(": Layer already exists\n") != std::string::npos);
}

TEST_CASE("a layer that cannot be had ends those that wait for the registry, and is the reason that is told") {
  Bench bench;
  bench.publish("team/app", "1");
  const std::string first = bench.layers[0].digest.str(), second = bench.layers[1].digest.str();
  bench.registry.blobs.erase(second);
  bool told = false;
  bench.registry.instead = [&](const FetchRequest&, const Url& url) -> std::optional<Result<FetchResponse>> {
    if (url.target.find(first) == std::string::npos || std::exchange(told, true)) return std::nullopt;
    // The other layer fails while this one is told to come back in a minute.
    bench.tasks.run(1);
    return bench.registry.reply(429, "", {{"Retry-After", "60"}});
  };
  const Nanos before = bench.world.clock().peek();
  CHECK(bench.pull(kApp) == "unknown blob");
  CHECK(bench.error->code == "registry.blob-unknown");
  CHECK(told);
  CHECK(bench.world.clock().peek() - before < kSecond);
  CHECK(bench.stored().empty());
}

TEST_CASE("layers that a pull counts on stay when their image is removed meanwhile") {
  Bench bench;
  bench.publish("team/app", "1");
  REQUIRE(bench.pull(kApp) == "");
  publish_other(bench, "team/other", [&](image::Manifest& manifest) {
    const std::string tar = tar_of({{"third", "3"}}), packed = compressed(tar, Filter::Gzip);
    auto config = parse_json(bench.registry.blobs.at(manifest.config.digest.str())).value();
    config["rootfs"]["diff_ids"].push_back("sha256:" + bench.hasher.sha256_hex(tar));
    config["history"].push_back({{"created_by", "third"}});
    const std::string bytes = dump_json(config);
    manifest.config.digest = Digest(bench.registry.put_blob(bytes));
    manifest.config.size = bytes.size();
    manifest.layers.push_back({.media_type = std::string(image::kDockerLayerMediaType), .digest = Digest(bench.registry.put_blob(packed)), .size = packed.size()});
    bench.layers = manifest.layers;
  });
  bool removed = false;
  bench.registry.instead = [&](const FetchRequest& request, const Url& url) -> std::optional<Result<FetchResponse>> {
    if (request.method != "GET" || url.target.find(bench.layers[2].digest.str()) == std::string::npos || std::exchange(removed, true)) return std::nullopt;
    REQUIRE(bench.engine->remove_image("127.0.0.1:5000/team/app:1", Force::No, Prune::Yes).ok());
    CHECK(bench.engine->world().snapshots.list_layers().value().size() == 2);
    return std::nullopt;
  };
  SUBCASE("and are the new image's") {
    CHECK(bench.pull(kOther) == "");
    CHECK(removed);
    CHECK(bench.engine->world().snapshots.list_layers().value().size() == 3);
    const auto image = bench.engine->image("127.0.0.1:5000/team/other:1").value();
    for (const auto& diff : image.config.diff_ids) CHECK(bench.engine->world().blobs.size(Digest(diff.str())).ok());
    // From now on they go with it.
    REQUIRE(bench.engine->remove_image("127.0.0.1:5000/team/other:1", Force::No, Prune::Yes).ok());
    CHECK(bench.stored().empty());
  }
  SUBCASE("and go when the pull fails") {
    bench.registry.blobs.at(bench.layers[2].digest.str()).back() ^= 1;
    CHECK(bench.pull(kOther) != "");
    CHECK(removed);
    CHECK(bench.stored().empty());
  }
}

TEST_CASE("layers that a load counts on stay when their image is removed meanwhile") {
  ImageBench bench;
  bench.import(tar_of({{"base", "1"}}), "base", "1");
  const std::string made = R"({"architecture":"amd64","os":"linux","config":{},"rootfs":{"type":"layers","diff_ids":[")" + bench.engine->image("base:1").value().config.diff_ids[0].str() + "\",\"";
  const std::string below = tar_of({{"base", "1"}}), above = tar_of({{"top", std::string(100'000, 't')}});
  const std::string config = made + bench.sha256(above) + R"("]},"history":[{"created_by":"a"},{"created_by":"b"}]})", id = bench.hasher.sha256_hex(config);
  const std::string archive = tar_of({{"a/layer.tar", below}, {"b/layer.tar", above}, {id + ".json", config},
                                      {"manifest.json", R"([{"Config":")" + id + R"(.json","RepoTags":["top:1"],"Layers":["a/layer.tar","b/layer.tar"]}])"}});
  bool removed = false;
  const auto loaded = bench.load(archive, [&](const DiffId&, std::uint64_t, std::uint64_t) {
    if (std::exchange(removed, true)) return;
    REQUIRE(bench.engine->remove_image("base:1", Force::No, Prune::Yes).ok());
  });
  REQUIRE_MESSAGE(loaded.ok(), (loaded.ok() ? "" : loaded.error().explanation()));
  CHECK(removed);
  CHECK(bench.engine->image("top:1").value().layers.size() == 2);
  CHECK(bench.engine->world().snapshots.list_layers().value().size() == 2);
  REQUIRE(bench.engine->remove_image("top:1", Force::No, Prune::Yes).ok());
  CHECK(bench.store().empty());
}
