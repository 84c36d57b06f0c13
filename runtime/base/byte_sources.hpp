// Sources around other sources. One thread at a time, as what they are around.
#pragma once

#include <functional>
#include <memory>
#include <span>

#include "base/stream.hpp"

namespace strates {

// Another's, for whoever wants to own one.
class BorrowedSource final : public ByteSource {
 public:
  explicit BorrowedSource(ByteSource& from) : from_(from) {}
  Result<size_t> read(std::span<char> buffer) override { return from_.read(buffer); }

 private:
  ByteSource& from_;
};

// Tells how many bytes have passed so far, each time that some have.
class CountedSource final : public ByteSource {
 public:
  CountedSource(std::unique_ptr<ByteSource> from, std::function<void(std::uint64_t)> progress) : from_(std::move(from)), progress_(std::move(progress)) {}
  Result<size_t> read(std::span<char> buffer) override {
    const size_t got = TRY(from_->read(buffer));
    if (got > 0) progress_(bytes_ += got);
    return got;
  }

 private:
  std::unique_ptr<ByteSource> from_;
  std::function<void(std::uint64_t)> progress_;
  std::uint64_t bytes_ = 0;
};

}  // namespace strates
