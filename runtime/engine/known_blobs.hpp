// What registries call our layers: which compressed blob a DiffID became, and in which repositories it is (Docker's v2metadata). A push that finds its layer
// here compresses nothing: it asks the registry for the blob, or to take it over from another repository of its own.
//
// A belief, never a fact: the registry is asked each time. Called with the engine's lock held.
#pragma once

#include <string>
#include <vector>

#include "engine/ports.hpp"

namespace strates::engine {

struct KnownBlob {
  Digest digest;
  std::uint64_t size = 0;
  std::vector<std::string> repositories;  // "docker.io/library/busybox", newest first
};

class KnownBlobs {
 public:
  explicit KnownBlobs(MetadataStore& metadata) : metadata_(metadata) {}
  std::vector<KnownBlob> of(const DiffId& diff) const;  // newest first
  void remember(const DiffId& diff, const Digest& digest, std::uint64_t size, const std::string& repository);
  // The registry did not have it.
  void forget(const DiffId& diff, const Digest& digest, const std::string& repository);

 private:
  void keep(const DiffId& diff, const std::vector<KnownBlob>& blobs);
  MetadataStore& metadata_;
};

}  // namespace strates::engine
