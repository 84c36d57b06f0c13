#include "image/tar_source.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace strates::image {

namespace {

constexpr size_t kReady = 128 << 10;

}  // namespace

Result<size_t> TarSource::read(std::span<char> buffer) {
  if (given_ == ready_.bytes.size()) {
    ready_.bytes.clear();
    given_ = 0;
    while (!ended_ && ready_.bytes.size() < kReady) TRY(fill());
  }
  const size_t count = std::min(buffer.size(), ready_.bytes.size() - given_);
  std::memcpy(buffer.data(), ready_.bytes.data() + given_, count);
  given_ += count;
  return count;
}

// A piece of the entry's content, or the next entry.
Result<void> TarSource::fill() {
  if (writer_.missing() > 0) {
    std::array<char, 64 << 10> piece;
    // No more than was announced: a file that grows meanwhile is what it was.
    const size_t want = static_cast<size_t>(std::min<std::uint64_t>(piece.size(), writer_.missing()));
    const size_t got = TRY(TRY(entries_->content())->read(std::span(piece.data(), want)));
    if (got > 0) return writer_.pass({piece.data(), got});
    // It is shorter than it was: the writer says so.
  }
  const auto next = TRY(entries_->next());
  if (next) return writer_.begin(*next);
  ended_ = true;
  return writer_.finish();
}

}  // namespace strates::image
