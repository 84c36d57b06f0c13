// Bytes that flow: a source is pulled, a sink is pushed. Neither is thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace strates {

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // Fills at most buffer.size() bytes; 0 means the end.
  virtual Result<size_t> read(std::span<char> buffer) = 0;
};

class ByteSink {
 public:
  virtual ~ByteSink() = default;
  virtual Result<void> write(std::string_view bytes) = 0;
};

// Bytes that can be read more than once, from the start (an uploaded build context kept in a file, or a string).
class Spool {
 public:
  virtual ~Spool() = default;
  virtual Result<std::unique_ptr<ByteSource>> open() = 0;
  virtual std::uint64_t size() const = 0;
};

class StringSource : public ByteSource {
 public:
  explicit StringSource(std::string bytes) : bytes_(std::move(bytes)) {}
  Result<size_t> read(std::span<char> buffer) override;

 private:
  std::string bytes_;
  size_t at_ = 0;
};

class StringSink : public ByteSink {
 public:
  Result<void> write(std::string_view bytes) override;
  std::string bytes;
};

class StringSpool : public Spool {
 public:
  explicit StringSpool(std::string bytes) : bytes_(std::move(bytes)) {}
  Result<std::unique_ptr<ByteSource>> open() override;
  std::uint64_t size() const override { return bytes_.size(); }

 private:
  std::string bytes_;
};

// Writes to both; the first error wins.
class TeeSink : public ByteSink {
 public:
  TeeSink(ByteSink& first, ByteSink& second) : first_(first), second_(second) {}
  Result<void> write(std::string_view bytes) override;

 private:
  ByteSink& first_;
  ByteSink& second_;
};

// Copies to the end and returns how many bytes; more than `limit` is code stream.too-large.
Result<std::uint64_t> copy_stream(ByteSource& from, ByteSink& to, std::uint64_t limit = UINT64_MAX);
Result<std::string> read_all(ByteSource& from, std::uint64_t limit);

}  // namespace strates
