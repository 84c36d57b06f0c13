// The registry's blobs on disk, in an OCI image layout (OCI image-spec, image-layout.md): ROOT/oci-layout, ROOT/index.json, ROOT/blobs/sha256/HEX.
//
// A blob is written into blobs/tmp-N while it is hashed, synced, and renamed to its digest: it is never there half. What a dead server left under way
// goes when the store is opened. One process per root (RootLock); any thread.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "engine/ports.hpp"
#include "linux/storage/files.hpp"
#include "registry/server/storage.hpp"

namespace strates::linux_world {

class RegistryFiles : public registry::server::BlobStore {
 public:
  // `root` is made when absent. `hasher` must outlive the store.
  static Result<std::unique_ptr<RegistryFiles>> open(const std::string& root, engine::Hasher& hasher, Durability durability = Durability::Power);

  Result<std::unique_ptr<registry::server::IncomingBlob>> create() override;
  Result<registry::server::StoredBlob> open(const Digest& digest, std::uint64_t offset) override;
  std::optional<std::uint64_t> size(const Digest& digest) override;
  Result<void> remove(const Digest& digest) override;
  Result<std::vector<Digest>> list() override;
  Result<void> set_index(std::string_view json) override;

 private:
  class Incoming;
  RegistryFiles(UniqueFd root, UniqueFd blobs, UniqueFd sha256, engine::Hasher& hasher, Durability durability)
      : root_(std::move(root)), blobs_(std::move(blobs)), sha256_(std::move(sha256)), hasher_(hasher), durability_(durability) {}

  UniqueFd root_, blobs_, sha256_;
  engine::Hasher& hasher_;
  const Durability durability_;
  std::atomic<std::uint64_t> next_{0};
};

}  // namespace strates::linux_world
