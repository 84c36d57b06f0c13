// docker pull and docker push over the simulated world and a registry in memory: what is moved, what is not, what is kept, what is said.
#include "registry_bench.hpp"

using namespace strates;
using namespace strates::engine;
using namespace strates::engine::test;

TEST_CASE("a pulled image has the id of its configuration, its layers, its tag and the registry's name for it") {
  Bench bench;
  SUBCASE("gzip, Docker's manifest") {}
  SUBCASE("zstd, OCI's manifest") { bench.zstd = true; }
  const std::string digest = bench.publish("team/app", "1");
  REQUIRE(bench.pull("127.0.0.1:5000/team/app") == "");
  CHECK(bench.lines.text == "1: Pulling from team/app\n" + bench.id(0) + ": Pulling fs layer\n" + bench.id(1) + ": Pulling fs layer\n" + bench.id(0) + ": Verifying Checksum\n" + bench.id(0) +
                                ": Download complete\n" + bench.id(0) + ": Pull complete\n" + bench.id(1) + ": Verifying Checksum\n" + bench.id(1) + ": Download complete\n" + bench.id(1) +
                                ": Pull complete\nDigest: " + digest + "\nStatus: Downloaded newer image for 127.0.0.1:5000/team/app:1\n");
  const auto image = bench.engine->image("127.0.0.1:5000/team/app:1");
  REQUIRE(image.ok());
  CHECK(image.value().id.str() == bench.config_digest);
  CHECK(image.value().repo_tags() == std::vector<std::string>{"127.0.0.1:5000/team/app:1"});
  CHECK(image.value().repo_digests() == std::vector<std::string>{"127.0.0.1:5000/team/app@" + digest});
  CHECK(bench.engine->image("127.0.0.1:5000/team/app@" + digest).value().id == image.value().id);
  CHECK(image.value().layers.size() == 2);

  // Again: nothing is moved.
  const size_t before = bench.registry.count("GET", "/blobs/");
  REQUIRE(bench.pull("127.0.0.1:5000/team/app") == "");
  CHECK(bench.lines.text == "1: Pulling from team/app\nDigest: " + digest + "\nStatus: Image is up to date for 127.0.0.1:5000/team/app:1\n");
  CHECK(bench.registry.count("GET", "/blobs/") == before + 1);  // the configuration

  // By its digest: nothing changes.
  REQUIRE(bench.pull("127.0.0.1:5000/team/app", digest) == "");
  CHECK(bench.lines.text.find("127.0.0.1:5000/team/app@" + digest + ": Pulling from team/app\n") == 0);
  CHECK(bench.lines.text.find("Status: Image is up to date for 127.0.0.1:5000/team/app@" + digest) != std::string::npos);

  // The tag goes with what the registry calls it, and the image with both.
  const auto removed = bench.engine->remove_image("127.0.0.1:5000/team/app:1", Force::No, Prune::Yes);
  REQUIRE(removed.ok());
  REQUIRE(removed.value().size() >= 3);
  CHECK(removed.value()[0].name == "127.0.0.1:5000/team/app:1");
  CHECK(removed.value()[1].name == "127.0.0.1:5000/team/app@" + digest);
  CHECK(bench.stored().empty());
}

TEST_CASE("layers that are here already are not downloaded") {
  Bench bench;
  bench.publish("team/app", "1");
  REQUIRE(bench.pull("127.0.0.1:5000/team/app") == "");
  // Another image on the same layers: another configuration.
  auto text = parse_json(bench.registry.blobs.at(bench.config_digest)).value();
  text["author"] = "someone else";
  const std::string config = dump_json(text);
  auto manifest = image::parse_manifest(bench.manifest_text).value();
  manifest.config.digest = Digest(bench.registry.put_blob(config));
  manifest.config.size = config.size();
  bench.registry.put_manifest("team/other", "1", std::string(image::kDockerManifestMediaType), image::manifest_bytes(manifest));
  const size_t before = bench.registry.count("GET", "/blobs/");
  REQUIRE(bench.pull("127.0.0.1:5000/team/other") == "");
  CHECK(bench.lines.text.find(bench.id(0) + ": Already exists\n" + bench.id(1) + ": Already exists\n") != std::string::npos);
  CHECK(bench.registry.count("GET", "/blobs/") == before + 1);
}

TEST_CASE("of a list of images the one for this machine is taken, and the list's digest is told") {
  Bench bench;
  const auto entry = [&](const std::string& architecture, const std::string& variant = "") {
    const std::string digest = bench.publish("team/app", "only-" + architecture + variant, architecture);
    image::Descriptor out{.media_type = std::string(image::kDockerManifestMediaType), .digest = Digest(digest), .size = bench.manifest_text.size()};
    out.platform = image::Platform{architecture, "linux", variant, "", {}};
    return out;
  };
  image::Index index;
  index.media_type = std::string(image::kDockerIndexMediaType);
  index.manifests = {entry("arm64", "v8"), entry("amd64"), entry("s390x")};
  const std::string digest = bench.registry.put_manifest("team/app", "1", index.media_type, image::index_bytes(index));
  REQUIRE(bench.pull("127.0.0.1:5000/team/app") == "");
  CHECK(bench.engine->image("127.0.0.1:5000/team/app:1").value().config.architecture == "amd64");
  CHECK(bench.lines.text.find("Digest: " + digest + "\n") != std::string::npos);
  REQUIRE(bench.pull("127.0.0.1:5000/team/app", "1", "linux/arm64") == "");
  CHECK(bench.engine->image("127.0.0.1:5000/team/app:1").value().config.architecture == "arm64");
  CHECK(bench.pull("127.0.0.1:5000/team/app", "1", "linux/386") == "no matching manifest for linux/386 in the manifest list entries");
}

TEST_CASE("what a registry gives that is not what it promised leaves nothing") {
  Bench bench;
  bench.publish("team/app", "1");
  const auto refused = [&](const std::string& code) {
    const std::string said = bench.pull("127.0.0.1:5000/team/app");
    REQUIRE_MESSAGE(bench.error.has_value(), bench.lines.text);
    CHECK_MESSAGE(bench.error->code == code, said);
    CHECK(bench.engine->images(true).value().empty());
    CHECK(bench.stored().empty());
  };
  SUBCASE("a layer of another digest") {
    auto& bytes = bench.registry.blobs.at(bench.layers[1].digest.str());
    bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
    refused("blob.digest");
  }
  SUBCASE("a layer of another length") {
    bench.registry.blobs.at(bench.layers[1].digest.str()) += "more";
    refused("registry.size");
  }
  SUBCASE("a layer that is gone") {
    bench.registry.blobs.erase(bench.layers[1].digest.str());
    refused("registry.blob-unknown");
    CHECK(bench.error->message() == "unknown blob");
  }
  SUBCASE("a configuration of another digest") {
    bench.registry.blobs.at(bench.config_digest)[20] = '!';
    refused("pull.digest");
    CHECK(bench.error->message() == "error pulling image configuration: image config verification failed for digest " + bench.config_digest);
    CHECK(bench.lines.text == "1: Pulling from team/app\n" + bench.id(0) + ": Pulling fs layer\n" + bench.id(1) + ": Pulling fs layer\n");
  }
  SUBCASE("a configuration that is gone") {
    bench.registry.blobs.erase(bench.config_digest);
    refused("registry.blob-unknown");
    CHECK(bench.error->message() == "error pulling image configuration: download failed after attempts=1: unknown blob");
  }
  SUBCASE("a configuration that is no JSON") {
    auto manifest = image::parse_manifest(bench.manifest_text).value();
    manifest.config.digest = Digest(bench.registry.put_blob("{bad"));
    manifest.config.size = 4;
    bench.registry.put_manifest("team/app", "1", std::string(image::kDockerManifestMediaType), image::manifest_bytes(manifest));
    refused("config.syntax");
    CHECK(bench.error->message() == "invalid character 'b' looking for beginning of object key string");
  }
  SUBCASE("a manifest of another digest") {
    // By its digest: the header of the registry is not believed.
    const std::string digest = "sha256:" + bench.hasher.sha256_hex(bench.manifest_text);
    bench.registry.manifests.at("team/app " + digest).second += " ";
    refused("pull.digest");
  }
  SUBCASE("layers that do not unpack to what the configuration says") {
    auto manifest = image::parse_manifest(bench.manifest_text).value();
    std::swap(manifest.layers[0], manifest.layers[1]);
    bench.registry.put_manifest("team/app", "1", std::string(image::kDockerManifestMediaType), image::manifest_bytes(manifest));
    refused("pull.diff-id");
  }
  SUBCASE("fewer layers than the configuration says") {
    auto manifest = image::parse_manifest(bench.manifest_text).value();
    manifest.layers.pop_back();
    bench.registry.put_manifest("team/app", "1", std::string(image::kDockerManifestMediaType), image::manifest_bytes(manifest));
    refused("pull.layers");
  }
  SUBCASE("a manifest of before Docker 1.10") {
    bench.registry.put_manifest("team/app", "1", "application/vnd.docker.distribution.manifest.v1+prettyjws", "{\"schemaVersion\":1}");
    refused("pull.schema1");
  }
  SUBCASE("no manifest at all") {
    bench.registry.put_manifest("team/app", "1", "text/html", "<html>");
    refused("pull.media-type");
  }
  SUBCASE("a client that went away") {
    bench.lines.gone = true;
    Lines gone;
    gone.gone = true;
    CHECK(!bench.engine->pull({"127.0.0.1:5000/team/app", "1", "", {}}, gone).ok());
    CHECK(bench.stored().empty());
  }
}

TEST_CASE("a manifest that is not what the registry calls it is refused before anything is told of it") {
  const std::string docker(image::kDockerManifestMediaType), oci(image::kManifestMediaType), docker_list(image::kDockerIndexMediaType), oci_list(image::kIndexMediaType);
  Bench bench;
  bench.publish("team/app", "1");
  const Json manifest = parse_json(bench.manifest_text).value();
  Json list = {{"schemaVersion", 2}, {"mediaType", docker_list}, {"manifests", Json::array()}};
  const auto said = [&](const std::string& type, Json body, const std::string& own) {
    if (own.empty()) body.erase("mediaType");
    else body["mediaType"] = own;
    bench.registry.put_manifest("team/app", "1", type, dump_json(body));
    const std::string out = bench.pull("127.0.0.1:5000/team/app");
    CHECK(bench.lines.text.empty());
    return out;
  };
  CHECK(said(docker, manifest, oci) == "mediaType in manifest should be '" + docker + "' not '" + oci + "'");
  CHECK(said(docker, manifest, docker_list) == "mediaType in manifest should be '" + docker + "' not '" + docker_list + "'");
  CHECK(said(docker, manifest, "") == "mediaType in manifest should be '" + docker + "' not ''");
  CHECK(said(oci, manifest, docker) == "if present, mediaType in manifest should be '" + oci + "' not '" + docker + "'");
  CHECK(said(docker_list, list, oci_list) == "mediaType in manifest list should be '" + docker_list + "' not '" + oci_list + "'");
  CHECK(said(oci_list, list, oci) == "if present, mediaType in image index should be '" + oci_list + "' not '" + oci + "'");
  Json both = manifest;
  both["manifests"] = Json::array();
  CHECK(said(oci, both, oci) == "ocimanifest: expected manifest but found index");
  CHECK(said(oci_list, both, oci_list) == "index: expected index but found manifest");
  for (const auto& [bytes, words] : {std::pair("", "unexpected end of JSON input"), std::pair("{bad", "invalid character 'b' looking for beginning of object key string")}) {
    bench.registry.put_manifest("team/app", "1", docker, bytes);
    CHECK(bench.pull("127.0.0.1:5000/team/app") == words);
    CHECK(bench.lines.text.empty());
  }
  bench.registry.put_manifest("team/app", "1", docker, std::string(5 << 20, ' '));
  CHECK(bench.pull("127.0.0.1:5000/team/app").find("127.0.0.1:5000/team/app@sha256:") != std::string::npos);
  CHECK(bench.stored().empty());
}

TEST_CASE("what is kept in a registry and is no image is refused by its type") {
  Bench bench;
  bench.publish("team/app", "1");
  auto manifest = image::parse_manifest(bench.manifest_text).value();
  const auto said = [&](std::string_view type) {
    manifest.media_type = std::string(type);
    bench.registry.put_manifest("team/app", "1", manifest.media_type, image::manifest_bytes(manifest));
    return bench.pull("127.0.0.1:5000/team/app");
  };
  SUBCASE("another configuration") {
    manifest.config.media_type = "application/vnd.cncf.helm.config.v1+json";
    CHECK(said(image::kManifestMediaType) == "unsupported media type application/vnd.cncf.helm.config.v1+json");
    CHECK(bench.lines.text == "1: Pulling from team/app\n");
    CHECK(said(image::kDockerManifestMediaType) == "Encountered remote \"application/vnd.cncf.helm.config.v1+json\"(unknown) when fetching");
    CHECK(bench.lines.text.empty());
  }
  SUBCASE("another layer") {
    manifest.layers[1].media_type = "application/x-foo";
    CHECK(said(image::kDockerManifestMediaType) == "unsupported media type application/x-foo");
    CHECK(said(image::kManifestMediaType) == "unsupported media type application/x-foo");
    manifest.layers[1].media_type = "application/vnd.oci.images.tar";
    CHECK(said(image::kManifestMediaType) == "unsupported media type application/vnd.oci.images.tar");
  }
  SUBCASE("a list in a list") {
    image::Index inner;
    const auto entry = [](const std::string& type, const std::string& digest, size_t size) {
      image::Descriptor out{.media_type = type, .digest = Digest(digest), .size = size};
      out.platform = image::Platform{"amd64", "linux", "", "", {}};
      return out;
    };
    inner.manifests = {entry(manifest.media_type, "sha256:" + bench.hasher.sha256_hex(bench.manifest_text), bench.manifest_text.size())};
    const std::string text = image::index_bytes(inner);
    image::Index outer;
    outer.manifests = {entry(inner.media_type, bench.registry.put_manifest("team/app", "inner", inner.media_type, text), text.size())};
    bench.registry.put_manifest("team/app", "1", outer.media_type, image::index_bytes(outer));
    CHECK(bench.pull("127.0.0.1:5000/team/app") == "unsupported manifest format");
  }
  CHECK(bench.stored().empty());
}

TEST_CASE("layers of every type that images have are taken") {
  for (const char* type : {"application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", "application/vnd.docker.image.rootfs.diff.tar", "application/vnd.oci.image.layer.v1.tar+gzip",
                           "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip", "application/octet-stream", "Application/Vnd.OCI.Image.Layer.v1.tar+gzip"}) {
    Bench bench;
    bench.publish("team/app", "1");
    auto manifest = image::parse_manifest(bench.manifest_text).value();
    for (auto& layer : manifest.layers) layer.media_type = type;
    bench.registry.put_manifest("team/app", "1", manifest.media_type, image::manifest_bytes(manifest));
    CHECK_MESSAGE(bench.pull("127.0.0.1:5000/team/app") == "", type);
  }
}

TEST_CASE("a layer that an image has twice is downloaded once and told of once") {
  Bench bench;
  bench.publish("team/app", "1");
  auto manifest = image::parse_manifest(bench.manifest_text).value();
  auto config = parse_json(bench.registry.blobs.at(bench.config_digest)).value();
  const auto again = [&](size_t layer) {
    manifest.layers.push_back(manifest.layers[layer]);
    config["rootfs"]["diff_ids"].push_back(Json(config["rootfs"]["diff_ids"][layer]));
    config["history"].push_back({{"created_by", "again"}});
  };
  again(0);
  again(1);
  again(0);
  const std::string bytes = dump_json(config);
  manifest.config.digest = Digest(bench.registry.put_blob(bytes));
  manifest.config.size = bytes.size();
  bench.registry.put_manifest("team/five", "1", manifest.media_type, image::manifest_bytes(manifest));
  const auto times = [&](const std::string& line) {
    size_t out = 0;
    for (size_t at = 0; (at = bench.lines.text.find(line, at)) != std::string::npos; ++at) ++out;
    return out;
  };
  SUBCASE("with none of it here") {
    REQUIRE(bench.pull("127.0.0.1:5000/team/five") == "");
    CHECK(bench.registry.count("GET", bench.layers[0].digest.str()) == 1);
    CHECK(bench.registry.count("GET", bench.layers[1].digest.str()) == 1);
  }
  SUBCASE("with the lower ones here") {
    REQUIRE(bench.pull("127.0.0.1:5000/team/app") == "");
    REQUIRE(bench.pull("127.0.0.1:5000/team/five") == "");
    CHECK(times(": Already exists\n") == 2);
    CHECK(bench.registry.count("GET", bench.layers[0].digest.str()) == 2);
  }
  CHECK(times(": Pulling fs layer\n") == 2);
  CHECK(times(": Pull complete\n") == 2);
  const auto image = bench.engine->image("127.0.0.1:5000/team/five:1").value();
  CHECK(image.layers.size() == 5);
}

TEST_CASE("what a registry refuses is said in Docker's sentences") {
  Bench bench;
  CHECK(bench.pull("127.0.0.1:5000/nope", "latest") == "manifest for 127.0.0.1:5000/nope:latest not found: manifest unknown: manifest unknown");
  CHECK(bench.error->kind == ErrorKind::NotFound);
  bench.registry.deny = "DENIED";
  CHECK(bench.pull("127.0.0.1:5000/private") ==
        "pull access denied for 127.0.0.1:5000/private, repository does not exist or may require 'docker login': denied: requested access to the resource is denied");
  CHECK(bench.error->kind == ErrorKind::NotFound);
  CHECK(bench.pull("example.com/x", "1") == "Get \"https://example.com/v2/\": dial tcp: lookup example.com: no such host");
  CHECK(bench.error->kind == ErrorKind::Internal);
}

TEST_CASE("all tags of a repository come, each told") {
  Bench bench;
  const std::string digest = bench.publish("team/app", "a");
  bench.publish("team/app", "b");
  REQUIRE(bench.pull("127.0.0.1:5000/team/app", "") == "");
  CHECK(bench.lines.text.find("a: Pulling from team/app\n") == 0);
  CHECK(bench.lines.text.find("b: Pulling from team/app\nDigest: " + digest + "\nStatus: Downloaded newer image for 127.0.0.1:5000/team/app\n") != std::string::npos);
}

TEST_CASE("a push sends what is missing, and remembers it") {
  Bench bench;
  StringSource tar(tar_of({{"a", std::string(100'000, 'a')}}));
  REQUIRE(bench.engine->import_image(tar, "127.0.0.1:5000/team/app", "1", "", {}).ok());
  const std::string layer = short_id(bench.engine->image("127.0.0.1:5000/team/app:1").value().config.diff_ids[0].str());
  const std::string begin = "The push refers to repository [127.0.0.1:5000/team/app]\n" + layer + ": Preparing\n";
  REQUIRE(bench.push("127.0.0.1:5000/team/app") == "");
  CHECK(bench.lines.text.find(begin + layer + ": Pushed\n1: digest: sha256:") == 0);
  CHECK(bench.lines.aux.starts_with("1 sha256:"));
  const auto manifest = bench.registry.manifests.at("team/app 1");
  CHECK(manifest.first == image::kDockerManifestMediaType);
  CHECK(manifest.second.starts_with("{\n   \"schemaVersion\": 2,\n   \"mediaType\": \"application/vnd.docker.distribution.manifest.v2+json\",\n   \"config\": {\n      \"mediaType\""));
  const auto parsed = image::parse_manifest(manifest.second).value();
  StringSource packed(bench.registry.blobs.at(parsed.layers[0].digest.str()));
  auto plain = adapters::open_decompressed(packed);
  CHECK("sha256:" + bench.hasher.sha256_hex(read_all(*plain.value(), 1 << 20).value()) == bench.engine->image("127.0.0.1:5000/team/app:1").value().config.diff_ids[0].str());
  const auto digests = bench.engine->image("127.0.0.1:5000/team/app:1").value().repo_digests();
  REQUIRE(digests.size() == 1);
  CHECK(digests[0] == "127.0.0.1:5000/team/app@sha256:" + bench.hasher.sha256_hex(manifest.second));

  const size_t uploads = bench.registry.count("POST", "/blobs/uploads/");
  REQUIRE(bench.push("127.0.0.1:5000/team/app") == "");
  CHECK(bench.lines.text.find(begin + layer + ": Layer already exists\n") == 0);
  CHECK(bench.registry.count("POST", "/blobs/uploads/") == uploads);

  // Another repository of the same registry takes it over.
  REQUIRE(bench.engine->tag("127.0.0.1:5000/team/app:1", "127.0.0.1:5000/team/other", "1").ok());
  REQUIRE(bench.push("127.0.0.1:5000/team/other") == "");
  CHECK(bench.lines.text.find(layer + ": Mounted from team/app\n") != std::string::npos);
  CHECK(bench.registry.count("POST", "mount=") == 1);

  // What is remembered is a belief: a registry that lost it gets it again.
  bench.registry.blobs.clear();
  bench.registry.manifests.clear();
  bench.registry.owners.clear();
  REQUIRE(bench.push("127.0.0.1:5000/team/app") == "");
  CHECK(bench.lines.text.find(layer + ": Pushed\n") != std::string::npos);
  CHECK(bench.registry.blobs.size() == 2);
}

TEST_CASE("an image without layers goes to a registry and comes back") {
  Bench bench;
  QuietBuild output;
  BuildRequest request;
  request.context = std::make_shared<StringSpool>(tar_of({{"Dockerfile", "FROM scratch\nLABEL a=b\n"}}));
  request.tags = {"127.0.0.1:5000/team/label:1"};
  REQUIRE(bench.engine->build(request, output).ok());
  REQUIRE(bench.push("127.0.0.1:5000/team/label") == "");
  CHECK(bench.registry.manifests.at("team/label 1").second.find("\"layers\": []") != std::string::npos);
  const auto id = bench.engine->image("127.0.0.1:5000/team/label:1").value().id;
  REQUIRE(bench.engine->remove_image("127.0.0.1:5000/team/label:1", Force::No, Prune::Yes).ok());
  REQUIRE(bench.stored().empty());
  SUBCASE("as it was pushed") {}
  SUBCASE("null instead of a list, as Go writes none") {
    auto& bytes = bench.registry.manifests.at("team/label 1").second;
    bytes = replace_all(bytes, "\"layers\": []", "\"layers\": null");
    bench.registry.put_manifest("team/label", "1", std::string(image::kDockerManifestMediaType), std::string(bytes));
  }
  REQUIRE(bench.pull("127.0.0.1:5000/team/label") == "");
  const auto back = bench.engine->image("127.0.0.1:5000/team/label:1").value();
  CHECK(back.id == id);
  CHECK(back.config.diff_ids.empty());
  REQUIRE(bench.engine->remove_image("127.0.0.1:5000/team/label:1", Force::No, Prune::Yes).ok());
  CHECK(bench.stored().empty());
}

TEST_CASE("a large layer is sent as it is compressed, in one stream, and comes back the same") {
  Bench bench;
  std::string content(6'000'000, '\0');
  std::uint32_t state = 1;
  for (char& c : content) c = static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
  StringSource tar(tar_of({{"big", content}}));
  REQUIRE(bench.engine->import_image(tar, "127.0.0.1:5000/big", "1", "", {}).ok());
  REQUIRE(bench.push("127.0.0.1:5000/big") == "");
  CHECK(bench.registry.count("PATCH", "/blobs/uploads/") == 1);
  const std::string id = bench.engine->image("127.0.0.1:5000/big:1").value().id.str();
  REQUIRE(bench.engine->remove_image("127.0.0.1:5000/big:1", Force::No, Prune::Yes).ok());
  REQUIRE(bench.pull("127.0.0.1:5000/big") == "");
  CHECK(bench.engine->image("127.0.0.1:5000/big:1").value().id.str() == id);
}

TEST_CASE("compressing the same bytes gives the same bytes, however they arrive") {
  struct Drops final : ByteSource {
    explicit Drops(std::string text) : whole(std::move(text)) {}
    Result<size_t> read(std::span<char> buffer) override {
      const size_t count = std::min({buffer.size(), size_t{777}, whole.size() - at});
      std::copy_n(whole.begin() + static_cast<std::ptrdiff_t>(at), count, buffer.begin());
      at += count;
      return count;
    }
    std::string whole;
    size_t at = 0;
  };
  std::string text;
  for (int i = 0; i < 200'000; ++i) text += std::to_string(i * 7919 % 10007) + " ";
  adapters::IgzipCompressor compressor;
  StringSource whole(text);
  Drops drops(text);
  const std::string one = read_all(*compressor.gzip(whole), 1 << 24).value(), other = read_all(*compressor.gzip(drops), 1 << 24).value();
  CHECK(one == other);
  CHECK(one.size() < text.size() / 2);
  StringSource back(one + one);  // two members are one stream
  CHECK(read_all(*adapters::open_decompressed(back).value(), 1 << 25).value() == text + text);
  std::string damaged = one;
  damaged[damaged.size() - 5] = static_cast<char>(damaged[damaged.size() - 5] ^ 1);  // the checksum
  StringSource wrong(damaged);
  CHECK(!read_all(*adapters::open_decompressed(wrong).value(), 1 << 25).ok());
  StringSource cut(one.substr(0, one.size() / 2));
  const auto got = read_all(*adapters::open_decompressed(cut).value(), 1 << 25);
  REQUIRE(!got.ok());
  CHECK(got.error().code == "archive.truncated");
  StringSource nothing(std::string(20, '\0'));
  CHECK(read_all(*adapters::open_decompressed(nothing).value(), 100).value() == std::string(20, '\0'));
}

TEST_CASE("a push of what is not here, or not allowed, is refused in Docker's sentences") {
  Bench bench;
  CHECK(bench.push("127.0.0.1:5000/nope") == "An image does not exist locally with the tag: 127.0.0.1:5000/nope");
  StringSource tar(tar_of({{"a", "b"}}));
  REQUIRE(bench.engine->import_image(tar, "127.0.0.1:5000/app", "1", "", {}).ok());
  CHECK(bench.push("127.0.0.1:5000/app", "2") == "tag does not exist: 127.0.0.1:5000/app:2");
  bench.registry.deny = "DENIED";
  CHECK(bench.push("127.0.0.1:5000/app") == "denied: requested access to the resource is denied");
}

TEST_CASE("a world without network says so") {
  ImageBench bench;
  Lines lines;
  const auto pulled = bench.engine->pull({"busybox", "latest", "", {}}, lines);
  REQUIRE(!pulled.ok());
  CHECK(pulled.error().code == "registry.none");
  CHECK(pulled.error().kind == ErrorKind::NotImplemented);
}
