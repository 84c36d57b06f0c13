#include "api/client.hpp"

namespace strates::api {

namespace {

constexpr size_t kHeader = 8;

size_t frame_length(const std::string& bytes) {
  const auto byte = [&](size_t at) { return static_cast<size_t>(static_cast<unsigned char>(bytes[at])); };
  return byte(4) << 24 | byte(5) << 16 | byte(6) << 8 | byte(7);
}

}  // namespace

void StreamDemultiplexer::feed(std::string_view bytes, const std::function<void(int stream, std::string_view bytes)>& each) {
  // pending_: the part of a header that came, or a whole header whose length is rewritten to what is still to come of its frame. So a frame is
  // passed on as it arrives, however large it claims to be.
  while (!bytes.empty()) {
    if (pending_.size() < kHeader) {
      const size_t take = std::min(kHeader - pending_.size(), bytes.size());
      pending_.append(bytes.substr(0, take));
      bytes.remove_prefix(take);
      if (pending_.size() < kHeader) return;
      if (frame_length(pending_) == 0) pending_.clear();
      continue;
    }
    const size_t left = frame_length(pending_);
    const size_t take = std::min(left, bytes.size());
    each(pending_[0], bytes.substr(0, take));
    bytes.remove_prefix(take);
    const size_t rest = left - take;
    if (rest == 0) {
      pending_.clear();
      continue;
    }
    for (int i = 0; i < 4; ++i) pending_[static_cast<size_t>(4 + i)] = static_cast<char>(rest >> (24 - 8 * i) & 0xff);
  }
}

}  // namespace strates::api
