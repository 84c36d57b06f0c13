#include <doctest/doctest.h>

#include "image/digest.hpp"
#include "image/manifest.hpp"

using namespace strates;
using namespace strates::image;

namespace {

const Digest kDigest("sha256:" + std::string(64, 'a'));

Descriptor described(std::string_view media_type) { return {.media_type = std::string(media_type), .digest = kDigest, .size = 7}; }

std::string wrong(const Result<Manifest>& manifest) { return manifest.ok() ? "accepted" : manifest.error().object; }

}  // namespace

TEST_CASE("a manifest survives its bytes, which never change") {
  Manifest manifest;
  manifest.config = described(kConfigMediaType);
  manifest.layers = {described(kLayerMediaType)};
  manifest.annotations = {{"b", "2"}, {"a", "<1>"}};
  const std::string digest = kDigest.str();
  CHECK(manifest_bytes(manifest) ==
        R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":")" +
            digest + R"(","size":7},"layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar","digest":")" + digest +
            R"(","size":7}],"annotations":{"a":"\u003c1\u003e","b":"2"}})");
  const auto back = parse_manifest(manifest_bytes(manifest));
  REQUIRE(back.ok());
  CHECK(back.value() == manifest);
}

TEST_CASE("an index with everything survives its bytes") {
  Index index;
  Descriptor entry = described(kManifestMediaType);
  entry.annotations = {{std::string(kRefNameAnnotation), "docker.io/library/busybox:latest"}};
  entry.platform = Platform{"arm64", "linux", "v8", "1", {"f"}};
  entry.urls = {"https://example.com/x"};
  entry.data = "aGk=";
  entry.artifact_type = "application/x";
  index.manifests = {entry};
  index.subject = described(kManifestMediaType);
  const auto back = parse_index(index_bytes(index));
  REQUIRE(back.ok());
  CHECK(back.value() == index);
  CHECK(parse_index(index_bytes({})).value().manifests.empty());
}

TEST_CASE("Docker's own manifests are read, and one kind is never taken for the other") {
  Manifest manifest;
  manifest.media_type = kDockerManifestMediaType;
  manifest.config = described(kDockerConfigMediaType);
  manifest.layers = {described(kDockerLayerMediaType)};
  const std::string bytes = manifest_bytes(manifest);
  CHECK(parse_manifest(bytes).ok());
  CHECK(is_layer_media_type(parse_manifest(bytes).value().layers[0].media_type));
  CHECK_FALSE(parse_index(bytes).ok());
  Index index;
  CHECK_FALSE(parse_manifest(index_bytes(index)).ok());
  manifest.media_type.clear();
  CHECK(parse_manifest(manifest_bytes(manifest)).ok());
  CHECK_FALSE(parse_index(manifest_bytes(manifest)).ok());
}

TEST_CASE("a wrong manifest is refused by the name of its key") {
  const std::string descriptor = descriptor_bytes(described(kLayerMediaType));
  const auto with = [&](const std::string& config, const std::string& layers, const std::string& version) {
    return parse_manifest(R"({"schemaVersion":)" + version + R"(,"config":)" + config + R"(,"layers":)" + layers + "}");
  };
  CHECK(with(descriptor, "[" + descriptor + "]", "2").ok());
  CHECK(wrong(with(descriptor, "[" + descriptor + "]", "1")) == "schemaVersion");
  CHECK(wrong(with("null", "[" + descriptor + "]", "2")) == "config");
  CHECK(wrong(with("{}", "[" + descriptor + "]", "2")) == "config.mediaType");
  CHECK(wrong(with(descriptor, "[]", "2")) == "layers");
  CHECK(wrong(with(descriptor, "{}", "2")) == "layers");
  CHECK(wrong(with(descriptor, "[" + descriptor + ",7]", "2")) == "layers[1].");
  std::string many = "[" + descriptor;
  for (int i = 0; i < 10'000; ++i) many += "," + descriptor;
  CHECK(wrong(with(descriptor, many + "]", "2")) == "layers");
  CHECK(parse_manifest("[]").error().code == "manifest.schema");
  CHECK(parse_manifest("").error().code == "manifest.syntax");
  CHECK(parse_manifest(std::string(5 << 20, ' ')).error().code == "manifest.syntax");
}

TEST_CASE("the layout file says its version") {
  CHECK(parse_image_layout(image_layout_bytes()).value() == "1.0.0");
  CHECK_FALSE(parse_image_layout(R"({"imageLayoutVersion":"2.0.0"})").ok());
  CHECK_FALSE(parse_image_layout("{}").ok());
}

TEST_CASE("digests are told apart: right, unknown, too short, wrong") {
  const std::string hex(64, 'a');
  CHECK(check_digest("sha256:" + hex) == DigestProblem::None);
  CHECK(check_digest("sha512:" + hex + hex) == DigestProblem::None);
  CHECK(check_digest("sha512:" + hex) == DigestProblem::Length);
  CHECK(check_digest("sha256:" + hex + "a") == DigestProblem::Length);
  CHECK(check_digest("sha256:" + std::string(64, 'A')) == DigestProblem::Format);
  CHECK(check_digest("sha256:" + std::string(64, 'g')) == DigestProblem::Format);
  CHECK(check_digest("md5:" + hex) == DigestProblem::Unsupported);
  for (const char* text : {"", ":", "sha256", "sha256:", ":a", "SHA256:a", "a+:b", "+a:b", "a..b:c", "a:b/c", "a:b c"}) {
    CAPTURE(text);
    CHECK(check_digest(text) == DigestProblem::Format);
  }
  CHECK_FALSE(is_sha256_digest("sha256:../../etc/passwd"));
  CHECK(parse_digest("sha256:aa").error().message() == "invalid checksum digest length");
}
