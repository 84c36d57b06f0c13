#include "base/stream.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace strates {

Result<size_t> StringSource::read(std::span<char> buffer) {
  const size_t count = std::min(buffer.size(), bytes_.size() - at_);
  std::memcpy(buffer.data(), bytes_.data() + at_, count);
  at_ += count;
  return count;
}

Result<void> StringSink::write(std::string_view more) {
  bytes.append(more);
  return {};
}

Result<std::unique_ptr<ByteSource>> StringSpool::open() { return std::unique_ptr<ByteSource>(std::make_unique<StringSource>(bytes_)); }

Result<void> TeeSink::write(std::string_view bytes) {
  TRY(first_.write(bytes));
  return second_.write(bytes);
}

Result<std::uint64_t> copy_stream(ByteSource& from, ByteSink& to, std::uint64_t limit) {
  const auto buffer = std::make_unique<std::array<char, 128 * 1024>>();
  std::uint64_t total = 0;
  for (;;) {
    const size_t count = TRY(from.read(*buffer));
    if (count == 0) return total;
    total += count;
    if (total > limit)
      return make_error(ErrorKind::Invalid, "stream.too-large", "read stream", "", "more than " + std::to_string(limit) + " bytes");
    TRY(to.write(std::string_view(buffer->data(), count)));
  }
}

Result<std::string> read_all(ByteSource& from, std::uint64_t limit) {
  StringSink sink;
  TRY(copy_stream(from, sink, limit));
  return std::move(sink.bytes);
}

}  // namespace strates
