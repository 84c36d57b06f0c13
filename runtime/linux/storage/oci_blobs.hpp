// Blobs on disk, in an OCI image layout (OCI image-spec, image-layout.md): ROOT/oci-layout, ROOT/index.json, ROOT/blobs/sha256/HEX.
//
// A blob is written into blobs/tmp-N while it is hashed, then renamed to its digest: it is never there half. Temporaries that a dead daemon left
// go when the store is opened. Any thread, any number of writers; one daemon per root.
#pragma once

#include <atomic>
#include <memory>

#include "engine/ports.hpp"
#include "linux/storage/files.hpp"

namespace strates::linux_world {

class OciBlobs : public engine::Blobs {
 public:
  // `root` is made when absent. `hasher` must outlive the store.
  static Result<std::unique_ptr<OciBlobs>> open(const std::string& root, engine::Hasher& hasher, Durability durability = Durability::Process);

  Result<std::unique_ptr<engine::BlobWriter>> create() override;
  Result<Digest> put(std::string_view bytes) override;
  Result<std::unique_ptr<ByteSource>> open(const Digest& digest) override;
  Result<std::string> read(const Digest& digest, std::uint64_t limit) override;
  bool has(const Digest& digest) override;
  Result<std::uint64_t> size(const Digest& digest) override;
  Result<void> remove(const Digest& digest) override;  // code blob.not-found
  Result<std::vector<Digest>> list() override;
  Result<void> set_index(std::string_view json) override;
  // Reads the whole blob and compares: code blob.corrupt.
  Result<void> verify(const Digest& digest);

 private:
  class Writer;
  OciBlobs(UniqueFd root, UniqueFd blobs, UniqueFd sha256, engine::Hasher& hasher, Durability durability)
      : root_(std::move(root)), blobs_(std::move(blobs)), sha256_(std::move(sha256)), hasher_(hasher), durability_(durability) {}

  UniqueFd root_, blobs_, sha256_;
  engine::Hasher& hasher_;
  Durability durability_;
  std::atomic<std::uint64_t> next_{0};
};

}  // namespace strates::linux_world
