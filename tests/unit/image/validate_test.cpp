#include <doctest/doctest.h>

#include <map>

#include "adapters/decompressor.hpp"
#include "adapters/openssl_hasher.hpp"
#include "image/config.hpp"
#include "image/manifest.hpp"
#include "image/validate.hpp"
#include "tar_bytes.hpp"

using namespace strates;
using namespace strates::image;

namespace {

// An image of one layer, in a map; each test breaks something.
struct Store {
  std::map<std::string, std::string> blobs;
  Manifest manifest;
  ImageConfig config;
  std::string layer = tar_bytes::write_tar({tar_bytes::file("a", "content")}).value();

  Store() {
    config.diff_ids = {DiffId("sha256:" + adapters::OpensslHasher().sha256_hex(layer))};
    config.history = {{.created_by = "COPY a /"}, {.created_by = "CMD x", .empty_layer = true}};
    manifest.layers = {keep(layer, kLayerMediaType)};
  }

  Descriptor keep(const std::string& bytes, std::string_view media_type) {
    const std::string digest = "sha256:" + adapters::OpensslHasher().sha256_hex(bytes);
    blobs[digest] = bytes;
    return {.media_type = std::string(media_type), .digest = Digest(digest), .size = bytes.size()};
  }

  Digest root() {
    manifest.config = keep(image_config_bytes(config), kConfigMediaType);
    return keep(manifest_bytes(manifest), kManifestMediaType).digest;
  }

  std::vector<std::string> problems(const Digest& digest) {
    ValidationTools tools;
    tools.open = [this](const Digest& wanted) -> Result<std::unique_ptr<ByteSource>> {
      const auto found = blobs.find(wanted.str());
      if (found == blobs.end()) return make_error(ErrorKind::NotFound, "blob.not-found", "open blob", wanted.str(), "no such blob");
      return std::unique_ptr<ByteSource>(std::make_unique<StringSource>(found->second));
    };
    tools.sha256_hex = [](ByteSource& from) -> Result<std::string> { return adapters::OpensslHasher().sha256_hex(TRY(read_all(from, 1 << 20))); };
    tools.decompress = adapters::open_decompressed;
    std::vector<std::string> codes;
    const auto found = validate_image(tools, digest);
    REQUIRE(found.ok());
    for (const auto& problem : found.value()) codes.push_back(problem.code);
    return codes;
  }
};

using Codes = std::vector<std::string>;

}  // namespace

TEST_CASE("a whole image has no problem, alone or in an index") {
  Store store;
  const Digest root = store.root();
  CHECK(store.problems(root).empty());
  Index index;
  index.manifests = {{.media_type = std::string(kManifestMediaType), .digest = root, .size = store.blobs[root.str()].size()}};
  CHECK(store.problems(store.keep(index_bytes(index), kIndexMediaType).digest).empty());
}

TEST_CASE("a missing blob is told") {
  Store store;
  const Digest root = store.root();
  store.blobs.erase(store.manifest.layers[0].digest.str());
  CHECK(store.problems(root) == Codes{"blob.missing"});
  store.blobs.erase(root.str());
  CHECK(store.problems(root) == Codes{"blob.missing"});
  CHECK(store.problems(Digest("sha256:../../etc/passwd")) == Codes{"blob.digest"});
}

TEST_CASE("a blob that is not what its digest or size says is told") {
  Store store;
  Digest root = store.root();
  store.blobs[store.manifest.layers[0].digest.str()][600] ^= 1;
  CHECK(store.problems(root) == Codes{"blob.digest", "layer.diff-id"});
  Store other;
  other.manifest.layers[0].size += 1;
  CHECK(other.problems(other.root()) == Codes{"blob.size"});
  Store third;
  root = third.root();
  third.blobs[root.str()] += " ";
  CHECK(third.problems(root) == Codes{"blob.digest"});
}

TEST_CASE("layers, diff_ids and history must agree") {
  Store store;
  store.config.diff_ids.push_back(store.config.diff_ids[0]);
  CHECK(store.problems(store.root()) == Codes{"layer.count", "history.count"});
  Store other;
  other.config.diff_ids[0] = DiffId(std::string(kEmptyLayerDiffId));
  CHECK(other.problems(other.root()) == Codes{"layer.diff-id"});
  Store third;
  third.manifest.layers[0].media_type = "application/x-other";
  CHECK(third.problems(third.root()) == Codes{"layer.media-type"});
}

TEST_CASE("what is no manifest or no configuration is told") {
  Store store;
  CHECK(store.problems(store.keep("{}", "").digest) == Codes{"manifest"});
  store.manifest.config = store.keep("{}", kConfigMediaType);
  CHECK(store.problems(store.keep(manifest_bytes(store.manifest), kManifestMediaType).digest) == Codes{"config"});
  Index inner, outer;
  const Descriptor nested = store.keep(index_bytes(inner), kIndexMediaType);
  outer.manifests = {nested};
  CHECK(store.problems(store.keep(index_bytes(outer), kIndexMediaType).digest) == Codes{"index.nested"});
}
