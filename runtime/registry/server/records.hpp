// What the registry knows: repositories with their tags, manifests and blobs. Kept in memory, written through to the metadata store.
//
// Reading is for any thread. Whoever changes holds `writing()` from the look on which it decides to the end of `apply`; a change is durable before it
// is seen.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <shared_mutex>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "base/names.hpp"
#include "engine/ports.hpp"

namespace strates::registry::server {

enum class Origin { Pushed, Mirrored };

struct TagRecord {
  Digest digest;
  Origin origin = Origin::Pushed;
  Nanos checked_at = 0;  // when it was put, or last found right upstream
};

struct ManifestRecord {
  std::string media_type;
  std::uint64_t size = 0;
  std::vector<Digest> blobs;      // configuration and layers that this registry must hold
  std::vector<Digest> manifests;  // an index's
  std::optional<Digest> subject;
  std::string artifact_type;  // its own, or its configuration's media type
  std::map<std::string, std::string> annotations;
};

struct PutTag { std::string name, tag; TagRecord record; };
struct DropTag { std::string name, tag; };
struct PutManifest { std::string name; Digest digest; ManifestRecord record; };
struct DropManifest { std::string name; Digest digest; };
struct PutBlob { std::string name; Digest digest; Nanos at; };
struct DropBlob { std::string name; Digest digest; };
using Change = std::variant<PutTag, DropTag, PutManifest, DropManifest, PutBlob, DropBlob>;

struct Repository {
  std::map<std::string, TagRecord> tags;
  std::map<Digest, ManifestRecord> manifests;
  std::map<Digest, Nanos> blobs;  // when each came
};

class Records {
 public:
  static Result<std::unique_ptr<Records>> open(engine::MetadataStore& store);

  std::optional<TagRecord> tag(const std::string& name, const std::string& tag) const;
  std::optional<ManifestRecord> manifest(const std::string& name, const Digest& digest) const;
  bool has_repository(const std::string& name) const;
  bool has_blob(const std::string& name, const Digest& digest) const;
  // Some repository that holds it.
  std::optional<std::string> holder_of(const Digest& digest) const;
  // As a blob or as a manifest, anywhere.
  bool names(const Digest& digest) const;
  // A manifest of the repository that needs it.
  std::optional<Digest> user_of(const std::string& name, const Digest& blob) const;
  // At most `most` of them after `last`, sorted.
  std::vector<std::string> tags(const std::string& name, const std::string& last, size_t most) const;
  std::vector<std::string> names(const std::string& last, size_t most) const;
  std::vector<std::pair<Digest, ManifestRecord>> referrers(const std::string& name, const Digest& subject) const;
  std::map<std::string, Repository> all() const;

  std::unique_lock<std::mutex> writing() { return std::unique_lock(writing_); }
  // All of them or none.
  Result<void> apply(const std::vector<Change>& changes);

 private:
  explicit Records(engine::MetadataStore& store) : store_(store) {}
  Result<void> load();
  void apply_here(const Change& change);
  const Repository* find(const std::string& name) const;

  engine::MetadataStore& store_;
  std::mutex writing_;
  mutable std::shared_mutex mutex_;
  std::map<std::string, Repository> repositories_;
};

// The records as the store has them: bucket, key, value.
engine::MetadataChange encode(const Change& change);
// code registry.record: one that cannot be read.
Result<Change> decode(std::string_view bucket, const std::string& key, const std::string& value);
constexpr std::string_view kTagBucket = "registry-tag", kManifestBucket = "registry-manifest", kBlobBucket = "registry-blob";

}  // namespace strates::registry::server
