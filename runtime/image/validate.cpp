#include "image/validate.hpp"

#include <algorithm>

#include "image/config.hpp"
#include "image/digest.hpp"
#include "image/manifest.hpp"

namespace strates::image {

namespace {

constexpr std::uint64_t kMostJson = 8 << 20;

class CountingSource : public ByteSource {
 public:
  explicit CountingSource(ByteSource& from) : from_(from) {}
  Result<size_t> read(std::span<char> buffer) override {
    const size_t got = TRY(from_.read(buffer));
    bytes_ += got;
    return got;
  }
  std::uint64_t bytes() const { return bytes_; }

 private:
  ByteSource& from_;
  std::uint64_t bytes_ = 0;
};

class Validator {
 public:
  explicit Validator(const ValidationTools& tools) : tools_(tools) {}

  Result<void> root(const Digest& digest) {
    const std::string bytes = TRY(document(digest));
    if (bytes.empty()) return success();
    const auto index = parse_index(bytes);
    if (!index.ok()) return manifest(digest, bytes);
    for (const auto& entry : index.value().manifests) {
      TRY(blob(entry));
      if (entry.media_type == kIndexMediaType || entry.media_type == kDockerIndexMediaType) {
        report("index.nested", entry.digest.str(), "an index in an index");
        continue;
      }
      const std::string inner = TRY(document(entry.digest));
      if (!inner.empty()) TRY(manifest(entry.digest, inner));
    }
    return success();
  }

  std::vector<ImageProblem> take() { return std::move(problems_); }

 private:
  void report(std::string code, std::string object, std::string words) {
    ImageProblem problem{std::move(code), std::move(object), std::move(words)};
    if (std::find(problems_.begin(), problems_.end(), problem) == problems_.end()) problems_.push_back(std::move(problem));
  }

  // Null when it was reported missing.
  Result<std::unique_ptr<ByteSource>> open(const Digest& digest) {
    if (!is_sha256_digest(digest.str())) {
      report("blob.digest", digest.str(), "not a sha256 digest");
      return std::unique_ptr<ByteSource>();
    }
    auto source = tools_.open(digest);
    if (source.ok()) return source;
    if (source.error().kind != ErrorKind::NotFound) return source;
    report("blob.missing", digest.str(), "no such blob");
    return std::unique_ptr<ByteSource>();
  }

  // A small blob whole, hashed; "" when something was reported.
  Result<std::string> document(const Digest& digest) {
    const auto source = TRY(open(digest));
    if (source == nullptr) return std::string();
    auto bytes = read_all(*source, kMostJson);
    if (!bytes.ok() && bytes.error().code == "stream.too-large") {
      report("blob.size", digest.str(), "larger than any manifest or configuration");
      return std::string();
    }
    if (!bytes.ok()) return bytes;
    StringSource again(bytes.value());
    if ("sha256:" + TRY(tools_.sha256_hex(again)) == digest.str()) return bytes;
    report("blob.digest", digest.str(), "the blob's content has another digest");
    return std::string();
  }

  // Size and digest of what a descriptor names; false when it is not there at all.
  Result<bool> blob(const Descriptor& descriptor) {
    const auto source = TRY(open(descriptor.digest));
    if (source == nullptr) return false;
    CountingSource counted(*source);
    if ("sha256:" + TRY(tools_.sha256_hex(counted)) != descriptor.digest.str()) report("blob.digest", descriptor.digest.str(), "the blob's content has another digest");
    if (counted.bytes() != descriptor.size)
      report("blob.size", descriptor.digest.str(), std::to_string(counted.bytes()) + " bytes, the descriptor says " + std::to_string(descriptor.size));
    return true;
  }

  Result<void> manifest(const Digest& digest, const std::string& bytes) {
    const auto parsed = parse_manifest(bytes);
    if (!parsed.ok()) {
      report("manifest", digest.str(), parsed.error().explanation());
      return success();
    }
    const Manifest& manifest = parsed.value();
    if (!TRY(blob(manifest.config))) return success();
    const std::string config_bytes = TRY(document(manifest.config.digest));
    if (config_bytes.empty()) return success();
    const auto config = parse_image_config(config_bytes);
    if (!config.ok()) {
      report("config", manifest.config.digest.str(), config.error().explanation());
      return success();
    }
    return layers(manifest, config.value());
  }

  Result<void> layers(const Manifest& manifest, const ImageConfig& config) {
    const std::string count = std::to_string(config.diff_ids.size());
    if (manifest.layers.size() != config.diff_ids.size())
      report("layer.count", manifest.config.digest.str(), std::to_string(manifest.layers.size()) + " layers, the configuration has " + count + " diff_ids");
    const auto filled = std::count_if(config.history.begin(), config.history.end(), [](const HistoryEntry& entry) { return !entry.empty_layer; });
    if (!config.history.empty() && static_cast<size_t>(filled) != config.diff_ids.size())
      report("history.count", manifest.config.digest.str(), std::to_string(filled) + " entries of the history made a layer, there are " + count + " diff_ids");
    for (size_t i = 0; i < manifest.layers.size(); ++i) {
      const Descriptor& layer = manifest.layers[i];
      if (!is_layer_media_type(layer.media_type)) report("layer.media-type", layer.digest.str(), layer.media_type + " is no layer");
      if (!TRY(blob(layer)) || i >= config.diff_ids.size()) continue;
      TRY(diff_id(layer, config.diff_ids[i]));
    }
    return success();
  }

  Result<void> diff_id(const Descriptor& layer, const DiffId& expected) {
    const auto source = TRY(open(layer.digest));
    if (source == nullptr) return success();
    auto plain = tools_.decompress(*source);
    auto hash = plain.ok() ? tools_.sha256_hex(*plain.value()) : Result<std::string>(plain.error());
    if (!hash.ok() && hash.error().kind != ErrorKind::Invalid) return std::move(hash).error();
    if (!hash.ok()) report("layer.diff-id", layer.digest.str(), hash.error().explanation());
    else if ("sha256:" + hash.value() != expected.str()) report("layer.diff-id", layer.digest.str(), "uncompressed, it is sha256:" + hash.value() + ", not " + expected.str());
    return success();
  }

  const ValidationTools& tools_;
  std::vector<ImageProblem> problems_;
};

}  // namespace

Result<std::vector<ImageProblem>> validate_image(const ValidationTools& tools, const Digest& root) {
  Validator validator(tools);
  TRY(validator.root(root));
  return validator.take();
}

}  // namespace strates::image
