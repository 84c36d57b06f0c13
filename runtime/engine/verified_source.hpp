// A source whose end is an error unless all its bytes have the digest that was asked for: what reads it to the end has what was promised.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "engine/ports.hpp"

namespace strates::engine {

class VerifiedSource final : public ByteSource {
 public:
  // `progress` hears how many bytes there are so far, and ends it by false (code fetch.cancelled); `whole` hears that the end came and the digest is right. code blob.digest, Docker's sentence.
  VerifiedSource(std::unique_ptr<ByteSource> from, Hasher& hasher, Digest digest, std::function<bool(std::uint64_t)> progress = nullptr,
                 std::function<void()> whole = nullptr)
      : from_(std::move(from)), hash_(hasher.sha256()), digest_(std::move(digest)), progress_(std::move(progress)), whole_(std::move(whole)) {}

  Result<size_t> read(std::span<char> buffer) override {
    if (failed_) return *failed_;
    if (ended_ || buffer.empty()) return size_t{0};
    auto got = from_->read(buffer);
    if (!got.ok()) return fail(std::move(got).error());
    if (got.value() > 0) {
      TRY(hash_->write({buffer.data(), got.value()}));
      bytes_ += got.value();
      if (progress_ && !progress_(bytes_)) return fail(docker_error(ErrorKind::Conflict, "fetch.cancelled", "context canceled"));
      return got;
    }
    const std::string found = "sha256:" + hash_->finish_hex();
    if (found != digest_.str())
      return fail(docker_error(ErrorKind::Unavailable, "blob.digest", "filesystem layer verification failed for digest " + digest_.str()));
    ended_ = true;
    if (whole_) whole_();
    return got;
  }

 private:
  Error fail(Error error) {
    failed_ = error;
    return error;
  }

  std::unique_ptr<ByteSource> from_;
  std::unique_ptr<HashStream> hash_;
  const Digest digest_;
  std::function<bool(std::uint64_t)> progress_;
  std::function<void()> whole_;
  std::uint64_t bytes_ = 0;
  bool ended_ = false;
  std::optional<Error> failed_;
};

}  // namespace strates::engine
