// Streams around an incoming layer: what compression it has, and a copy of all its bytes.
#pragma once

#include <string>

#include "base/stream.hpp"

namespace strates::sim {

// Looks at the first bytes without taking them away.
class PeekSource : public ByteSource {
 public:
  explicit PeekSource(ByteSource& from) : from_(from) {}
  Result<size_t> read(std::span<char> buffer) override;
  // gzip, zstd, xz or bzip2, by their first bytes.
  Result<bool> is_compressed();

 private:
  ByteSource& from_;
  std::string head_;
};

// What passes is also written to the sink.
class TeeSource : public ByteSource {
 public:
  TeeSource(ByteSource& from, ByteSink& copy) : from_(from), copy_(copy) {}
  Result<size_t> read(std::span<char> buffer) override;

 private:
  ByteSource& from_;
  ByteSink& copy_;
};

// Reads what is left, at most 1 GiB: code layer.too-large.
Result<void> drain(ByteSource& from);

}  // namespace strates::sim
