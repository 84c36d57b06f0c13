#include "registry/server/records.hpp"

#include <algorithm>

namespace strates::registry::server {

namespace {

template <typename... Ts>
struct Visitor : Ts... {
  using Ts::operator()...;
};
template <typename... Ts>
Visitor(Ts...) -> Visitor<Ts...>;

bool is_empty(const Repository& repository) { return repository.tags.empty() && repository.manifests.empty() && repository.blobs.empty(); }

// The keys after `last`, at most `most`.
template <typename Map>
std::vector<std::string> page(const Map& map, const std::string& last, size_t most) {
  std::vector<std::string> out;
  for (auto at = last.empty() ? map.begin() : map.upper_bound(last); at != map.end() && out.size() < most; ++at) out.push_back(at->first);
  return out;
}

}  // namespace

Result<std::unique_ptr<Records>> Records::open(engine::MetadataStore& store) {
  std::unique_ptr<Records> records(new Records(store));
  TRY(records->load());
  return records;
}

Result<void> Records::load() {
  for (const std::string_view bucket : {kTagBucket, kManifestBucket, kBlobBucket}) {
    const auto rows = TRY(store_.list(bucket));
    for (const auto& [key, value] : rows) apply_here(TRY(decode(bucket, key, value)));
  }
  return success();
}

const Repository* Records::find(const std::string& name) const {
  const auto found = repositories_.find(name);
  return found == repositories_.end() ? nullptr : &found->second;
}

std::optional<TagRecord> Records::tag(const std::string& name, const std::string& tag) const {
  const std::shared_lock lock(mutex_);
  const Repository* repository = find(name);
  if (repository == nullptr) return std::nullopt;
  const auto found = repository->tags.find(tag);
  return found == repository->tags.end() ? std::nullopt : std::optional(found->second);
}

std::optional<ManifestRecord> Records::manifest(const std::string& name, const Digest& digest) const {
  const std::shared_lock lock(mutex_);
  const Repository* repository = find(name);
  if (repository == nullptr) return std::nullopt;
  const auto found = repository->manifests.find(digest);
  return found == repository->manifests.end() ? std::nullopt : std::optional(found->second);
}

bool Records::has_repository(const std::string& name) const {
  const std::shared_lock lock(mutex_);
  return find(name) != nullptr;
}

bool Records::has_blob(const std::string& name, const Digest& digest) const {
  const std::shared_lock lock(mutex_);
  const Repository* repository = find(name);
  return repository != nullptr && repository->blobs.contains(digest);
}

std::optional<std::string> Records::holder_of(const Digest& digest) const {
  const std::shared_lock lock(mutex_);
  for (const auto& [name, repository] : repositories_)
    if (repository.blobs.contains(digest)) return name;
  return std::nullopt;
}

bool Records::names(const Digest& digest) const {
  const std::shared_lock lock(mutex_);
  return std::any_of(repositories_.begin(), repositories_.end(), [&](const auto& entry) { return entry.second.blobs.contains(digest) || entry.second.manifests.contains(digest); });
}

std::optional<Digest> Records::user_of(const std::string& name, const Digest& blob) const {
  const std::shared_lock lock(mutex_);
  const Repository* repository = find(name);
  if (repository == nullptr) return std::nullopt;
  for (const auto& [digest, manifest] : repository->manifests)
    for (const Digest& used : manifest.blobs)
      if (used == blob) return digest;
  return std::nullopt;
}

std::vector<std::string> Records::tags(const std::string& name, const std::string& last, size_t most) const {
  const std::shared_lock lock(mutex_);
  const Repository* repository = find(name);
  return repository == nullptr ? std::vector<std::string>() : page(repository->tags, last, most);
}

std::vector<std::string> Records::names(const std::string& last, size_t most) const {
  const std::shared_lock lock(mutex_);
  return page(repositories_, last, most);
}

std::vector<std::pair<Digest, ManifestRecord>> Records::referrers(const std::string& name, const Digest& subject) const {
  const std::shared_lock lock(mutex_);
  std::vector<std::pair<Digest, ManifestRecord>> out;
  const Repository* repository = find(name);
  if (repository == nullptr) return out;
  for (const auto& [digest, manifest] : repository->manifests)
    if (manifest.subject == subject) out.emplace_back(digest, manifest);
  return out;
}

std::map<std::string, Repository> Records::all() const {
  const std::shared_lock lock(mutex_);
  return repositories_;
}

Result<void> Records::apply(const std::vector<Change>& changes) {
  if (changes.empty()) return success();
  std::vector<engine::MetadataChange> encoded;
  for (const Change& change : changes) encoded.push_back(encode(change));
  TRY(store_.commit(encoded));
  const std::unique_lock lock(mutex_);
  for (const Change& change : changes) apply_here(change);
  return success();
}

void Records::apply_here(const Change& change) {
  const auto erase = [this](const std::string& name, const auto& drop) {
    const auto found = repositories_.find(name);
    if (found == repositories_.end()) return;
    drop(found->second);
    if (is_empty(found->second)) repositories_.erase(found);
  };
  std::visit(Visitor{
                 [&](const PutTag& put) { repositories_[put.name].tags[put.tag] = put.record; },
                 [&](const PutManifest& put) { repositories_[put.name].manifests[put.digest] = put.record; },
                 [&](const PutBlob& put) { repositories_[put.name].blobs[put.digest] = put.at; },
                 [&](const DropTag& drop) { erase(drop.name, [&](Repository& from) { from.tags.erase(drop.tag); }); },
                 [&](const DropManifest& drop) { erase(drop.name, [&](Repository& from) { from.manifests.erase(drop.digest); }); },
                 [&](const DropBlob& drop) { erase(drop.name, [&](Repository& from) { from.blobs.erase(drop.digest); }); },
             },
             change);
}

}  // namespace strates::registry::server
