// engine::Blobs in memory. Codes as the Linux world's: blob.not-found, blob.digest, blob.finished, stream.too-large.
#pragma once

#include "engine/ports.hpp"
#include "sim/tree/node.hpp"

namespace strates::sim {

struct BlobsState {
  ChunkMap<Ref<Content>> blobs;  // by the digest's text
  Ref<Content> index;
};

class SimBlobs : public engine::Blobs {
 public:
  explicit SimBlobs(engine::Hasher& hasher) : hasher_(hasher) {}

  Result<std::unique_ptr<engine::BlobWriter>> create() override;
  Result<Digest> put(std::string_view bytes) override;
  Result<std::unique_ptr<ByteSource>> open(const Digest& digest) override;
  Result<std::string> read(const Digest& digest, std::uint64_t limit) override;
  bool has(const Digest& digest) override;
  Result<std::uint64_t> size(const Digest& digest) override;
  Result<void> remove(const Digest& digest) override;
  Result<std::vector<Digest>> list() override;
  Result<void> set_index(std::string_view json) override;

  std::string index() const { return state_.index ? state_.index->bytes : std::string(); }
  BlobsState& state() { return state_; }

 private:
  class Writer;
  class Reader;
  Result<Ref<Content>> find(const Digest& digest) const;

  engine::Hasher& hasher_;
  BlobsState state_;
};

}  // namespace strates::sim
