// What the registry needs of a disk: blobs named by their digest. Its records go through engine::MetadataStore.
//
// The layout is an OCI image layout (image-layout.md), so that any tool reads what was pushed. Any thread; an IncomingBlob belongs to one at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/names.hpp"
#include "base/stream.hpp"
#include "base/unique_fd.hpp"

namespace strates::registry::server {

// A blob that was opened stays readable, even once it is removed.
struct StoredBlob {
  std::unique_ptr<ByteSource> source;  // from the offset that was asked for
  std::shared_ptr<const UniqueFd> file;  // null where blobs are no files
  std::uint64_t size = 0;              // of the whole blob
};

// A blob on its way in. Destroyed before `keep`: nothing of it is left.
class IncomingBlob : public ByteSink {
 public:
  virtual std::uint64_t size() const = 0;  // bytes so far
  // No more bytes: they are durable now, and this is their digest. May wait for the disk.
  virtual Result<Digest> seal() = 0;
  // After `seal`: it is a blob of the store from here on. Quick.
  virtual Result<void> keep() = 0;
  // What was written already, while more comes. Any thread.
  virtual Result<size_t> read_at(std::uint64_t offset, std::span<char> buffer) = 0;
};

class BlobStore {
 public:
  virtual ~BlobStore() = default;
  virtual Result<std::unique_ptr<IncomingBlob>> create() = 0;
  virtual Result<StoredBlob> open(const Digest& digest, std::uint64_t offset) = 0;  // code blob.not-found
  virtual std::optional<std::uint64_t> size(const Digest& digest) = 0;              // none: not here
  virtual Result<void> remove(const Digest& digest) = 0;                            // absent is fine
  virtual Result<std::vector<Digest>> list() = 0;
  virtual Result<void> set_index(std::string_view json) = 0;                        // index.json, replaced whole
};

}  // namespace strates::registry::server
