#include "engine/known_blobs.hpp"

#include <algorithm>

#include "base/json_full.hpp"
#include "image/digest.hpp"

namespace strates::engine {

namespace {

constexpr std::string_view kBucket = "known-blobs";
constexpr size_t kMostBlobs = 4, kMostRepositories = 50;  // Docker keeps 50 of a layer

}  // namespace

std::vector<KnownBlob> KnownBlobs::of(const DiffId& diff) const {
  std::vector<KnownBlob> out;
  const auto text = metadata_.get(kBucket, diff.str());
  if (!text.ok() || !text.value()) return out;
  const auto json = parse_json(*text.value());
  if (!json.ok() || !json.value().is_array()) return out;
  for (const Json& row : json.value()) {
    KnownBlob blob{Digest(json_string(row, "digest")), static_cast<std::uint64_t>(json_int(row, "size")), json_strings(row, "repositories")};
    if (image::is_sha256_digest(blob.digest.str())) out.push_back(std::move(blob));
  }
  return out;
}

void KnownBlobs::keep(const DiffId& diff, const std::vector<KnownBlob>& blobs) {
  Json json = Json::array();
  for (const auto& blob : blobs) json.push_back({{"digest", blob.digest.str()}, {"size", blob.size}, {"repositories", blob.repositories}});
  ignore(metadata_.commit({{std::string(kBucket), diff.str(), blobs.empty() ? std::nullopt : std::optional(dump_json(json))}}));
}

void KnownBlobs::remember(const DiffId& diff, const Digest& digest, std::uint64_t size, const std::string& repository) {
  auto blobs = of(diff);
  KnownBlob blob{digest, size, {repository}};
  for (const auto& old : blobs) {
    if (old.digest != digest) continue;
    if (!old.repositories.empty() && old.repositories.front() == repository && old.digest == blobs.front().digest) return;  // known already
    for (const auto& other : old.repositories)
      if (other != repository && blob.repositories.size() < kMostRepositories) blob.repositories.push_back(other);
  }
  std::erase_if(blobs, [&](const KnownBlob& old) { return old.digest == digest; });
  blobs.insert(blobs.begin(), std::move(blob));
  if (blobs.size() > kMostBlobs) blobs.resize(kMostBlobs);
  keep(diff, blobs);
}

void KnownBlobs::forget(const DiffId& diff, const Digest& digest, const std::string& repository) {
  auto blobs = of(diff);
  for (auto& blob : blobs)
    if (blob.digest == digest) std::erase(blob.repositories, repository);
  std::erase_if(blobs, [](const KnownBlob& blob) { return blob.repositories.empty(); });
  keep(diff, blobs);
}

}  // namespace strates::engine
