#include "image/layer.hpp"

namespace strates::image {

namespace {

// A slash sorts before every byte a name can hold, so that comparing bytes compares components.
int weight(char c) { return c == '/' ? 0 : static_cast<unsigned char>(c); }

}  // namespace

bool layer_path_less(std::string_view a, std::string_view b) {
  const size_t both = a.size() < b.size() ? a.size() : b.size();
  for (size_t i = 0; i < both; ++i)
    if (a[i] != b[i]) return weight(a[i]) < weight(b[i]);
  return a.size() < b.size();
}

ChainId chain_id(const std::optional<ChainId>& parent, const DiffId& diff_id, ChainHasher& hasher) {
  if (!parent || parent->empty()) return ChainId(diff_id.str());
  return ChainId("sha256:" + hasher.sha256_hex(parent->str() + " " + diff_id.str()));
}

}  // namespace strates::image
