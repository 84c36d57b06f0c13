// Blobs and records as one: every change of what is kept is decided here, under one lock, so that a collection never takes what a push relies on.
//
// Order on disk: a blob, then the record that names it; a record goes before its blob. Whatever moment kill -9 takes, what a record names is there, and
// what no record names goes at the next start.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "registry/server/records.hpp"
#include "registry/server/storage.hpp"

namespace strates::registry::server {

struct Ports {
  BlobStore& blobs;
  engine::MetadataStore& metadata;
  engine::Hasher& hasher;
  engine::Random& random;
  Clock& clock;
};

enum class Needs {
  Everything,  // a push: what the manifest names must be there
  Nothing,     // a mirror: it comes when somebody asks
};
// Which tag may be moved.
enum class Over {
  Anything,  // a push, a bundle
  Mirrored,  // a mirror: what was pushed here stays
};
enum class Untagged { Keep, Remove };

struct CollectOptions {
  Untagged untagged = Untagged::Keep;
  Nanos grace = 3600 * kSecond;  // a blob that came, or was told to be there, after that is kept though nothing names it yet
};

struct CollectReport {
  std::uint64_t blobs = 0, bytes = 0, manifests = 0;  // removed
  std::uint64_t kept_blobs = 0, kept_bytes = 0;
};

class Contents {
 public:
  // Blobs that no record names go: no push is under way yet.
  static Result<std::unique_ptr<Contents>> open(const Ports& ports);
  const Records& records() const { return *records_; }
  BlobStore& blobs() { return ports_.blobs; }
  const Ports& ports() const { return ports_; }

  // Seals and keeps the bytes when their digest is `expected`, as a blob of the repository. code contents.digest when it is another.
  Result<void> keep_blob(const std::string& name, const Digest& expected, IncomingBlob& incoming);
  // The blob's size when the repository has it; it then stays for the grace of a collection, because a client relies on it.
  std::optional<std::uint64_t> claim_blob(const std::string& name, const Digest& digest);
  // From `from`, or from wherever it is when empty. False: nobody has it.
  Result<bool> mount_blob(const std::string& name, const std::string& from, const Digest& digest);

  // What a manifest needs and the repository does not have.
  std::vector<std::string> missing(const std::string& name, const ManifestRecord& record) const;
  // `tag` empty: none. code contents.missing when `needs` asks for what is not there.
  Result<Digest> put_manifest(const std::string& name, const std::string& tag, const ManifestRecord& record, std::string_view bytes, Origin origin, Needs needs,
                              Over over = Over::Anything);
  // It was compared with the other registry, and right.
  Result<void> touch_tag(const std::string& name, const std::string& tag);
  // Onto another manifest that is here, as a mirror does; what was pushed stays.
  Result<void> point_tag(const std::string& name, const std::string& tag, const Digest& digest);
  // False: there was none.
  Result<bool> remove_tag(const std::string& name, const std::string& tag);
  Result<bool> remove_manifest(const std::string& name, const Digest& digest);  // with its tags
  Result<bool> remove_blob(const std::string& name, const Digest& digest);

  // Removes what no manifest needs any more.
  Result<CollectReport> collect(const CollectOptions& options);

 private:
  explicit Contents(const Ports& ports, std::unique_ptr<Records> records) : ports_(ports), records_(std::move(records)) {}
  // Keeps a sealed blob and the records that name it; when the records cannot be kept, neither is the blob. Locked.
  Result<void> keep_with(IncomingBlob& incoming, const Digest& digest, const std::vector<Change>& changes);
  Result<void> write_index();
  Result<void> sweep_unknown();

  Ports ports_;
  std::unique_ptr<Records> records_;
  std::map<Digest, Nanos> claimed_;  // under records_->writing()
};

// index.json: every tagged manifest with the name it is known by (image-layout.md).
std::string layout_index(const std::map<std::string, Repository>& repositories);

}  // namespace strates::registry::server
