// A repository of a registry, by the distribution specification (opencontainers/distribution-spec, 1.0 and 1.1; Docker registry v2, which it came from).
//
// Nothing is verified here: digests are the caller's, who has a hasher. Threads: any number, as the session.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/names.hpp"
#include "registry/client/session.hpp"

namespace strates::registry {

struct ManifestAnswer {
  std::string media_type, bytes;
  std::string digest;  // Docker-Content-Digest, as the registry says it; may be empty
};
struct ManifestHead {
  std::string media_type, digest;
};

// What a push may be told beside "here it is".
struct Mounted {
  bool done = false;        // the registry had it elsewhere and took it over
  std::string upload_url;   // else: where the upload may begin at once
};

constexpr std::uint64_t kManifestLimit = 4 << 20;
constexpr int kMostBlobAttempts = 5;  // to get a blob, as Docker's

class Repository {
 public:
  // `path`: "library/busybox". `session` must outlive it.
  Repository(Session& session, std::string path) : session_(session), path_(std::move(path)) {}
  const std::string& path() const { return path_; }

  // --- reading. Errors: `Head "https://...": ...`, or what the registry says (failure.hpp). `reference`: a tag or a digest.
  // none: it answered, but without saying a digest; a refusal is told by `manifest`.
  Result<std::optional<ManifestHead>> head(const std::string& reference);
  Result<ManifestAnswer> manifest(const std::string& reference);
  // All tags, page by page. More than 100,000, or than 16 MiB of them, are code registry.tags.
  Result<std::vector<std::string>> tags();
  Result<bool> has_blob(const Digest& digest);
  // A blob's bytes from the start. A connection that breaks is taken up again where it broke, and a registry in trouble is asked again (patience.hpp),
  // kMostBlobAttempts times at most without progress; `retrying` hears how many seconds are waited before. A body that is longer or shorter than `size` is code
  // registry.size, one that is not there registry.blob-unknown.
  Result<std::unique_ptr<ByteSource>> blob(const Digest& digest, std::uint64_t size, std::function<void(int seconds)> retrying = nullptr);

  // --- writing
  // `from`: a repository of the same registry that is believed to hold it; empty: none.
  Result<Mounted> start_upload(const Digest& digest, const std::string& from);
  // Sends bytes into an upload, as many as there are; gives where to go on. Made once.
  Result<std::string> send(const std::string& upload_url, ByteSource& bytes);
  // Ends it; `bytes`: all of the blob, when none were sent before. The registry hashes meanwhile: its silence may be long.
  Result<void> finish_upload(const std::string& upload_url, const Digest& digest, ByteSource* bytes, std::uint64_t size);
  void abandon(const std::string& upload_url);
  // Gives the digest that the registry computed; empty when it says none.
  Result<std::string> put_manifest(const std::string& reference, const std::string& media_type, const std::string& bytes);

 private:
  friend class BlobBytes;
  Error refused(Answer& answer) const;
  std::string at(const std::string& rest) const { return "/v2/" + path_ + rest; }

  Session& session_;
  std::string path_;
};

// What a manifest may be: sent as Accept. Docker's own form first, as Docker asks.
const std::vector<std::string>& manifest_types();

}  // namespace strates::registry
