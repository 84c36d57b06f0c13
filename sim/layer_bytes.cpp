#include "sim/layer_bytes.hpp"

#include <algorithm>
#include <array>

namespace strates::sim {

namespace {

constexpr size_t kMagic = 6;
constexpr std::string_view kMagics[] = {{"\x1f\x8b", 2}, {"\x28\xb5\x2f\xfd", 4}, {"\xfd" "7zXZ\0", 6}, {"BZh", 3}};
constexpr std::uint64_t kMostTrailing = std::uint64_t{1} << 30;

}  // namespace

Result<size_t> PeekSource::read(std::span<char> buffer) {
  if (head_.empty()) return from_.read(buffer);
  const size_t count = std::min(buffer.size(), head_.size());
  std::copy_n(head_.data(), count, buffer.data());
  head_.erase(0, count);
  return count;
}

Result<bool> PeekSource::is_compressed() {
  std::array<char, kMagic> more;
  while (head_.size() < kMagic) {
    const size_t got = TRY(from_.read({more.data(), kMagic - head_.size()}));
    if (got == 0) break;
    head_.append(more.data(), got);
  }
  return std::any_of(std::begin(kMagics), std::end(kMagics), [this](std::string_view magic) { return head_.starts_with(magic); });
}

Result<size_t> TeeSource::read(std::span<char> buffer) {
  const size_t got = TRY(from_.read(buffer));
  if (got > 0) TRY(copy_.write({buffer.data(), got}));
  return got;
}

Result<void> drain(ByteSource& from) {
  std::array<char, 64 << 10> buffer;
  for (std::uint64_t seen = 0;;) {
    const size_t got = TRY(from.read(buffer));
    if (got == 0) return success();
    if ((seen += got) > kMostTrailing)
      return make_error(ErrorKind::Invalid, "layer.too-large", "unpack layer", "", "more than 1 GiB follows the end of the archive");
  }
}

}  // namespace strates::sim
