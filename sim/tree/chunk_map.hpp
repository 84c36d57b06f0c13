// A persistent map from names to values, sorted by bytes: chunks of at most 64 entries behind one shared spine.
//
// Copying it costs one reference. Changing a shared copy costs one chunk and the spine; changing an unshared one is done in place.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "sim/tree/ref.hpp"

namespace strates::sim {

template <typename Value>
class ChunkMap {
 public:
  static constexpr size_t kChunk = 64;

  size_t size() const { return spine_ ? spine_->size : 0; }
  bool empty() const { return size() == 0; }

  // Valid until the next change of this map.
  const Value* find(std::string_view name) const {
    const size_t chunk = chunk_of(name);
    if (chunk == chunk_count()) return nullptr;
    const auto& entries = spine_->chunks[chunk]->entries;
    const size_t at = place_in(entries, name);
    return at < entries.size() && entries[at].name == name ? &entries[at].value : nullptr;
  }

  // The value for changing; null when absent (and nothing is unshared then).
  Value* edit(std::string_view name) {
    if (find(name) == nullptr) return nullptr;
    auto& entries = spine_.edit().chunks[chunk_of(name)].edit().entries;
    return &entries[place_in(entries, name)].value;
  }

  void put(std::string_view name, Value value) {
    if (Value* old = edit(name)) {
      *old = std::move(value);
      return;
    }
    Spine& spine = spine_.edit();
    ++spine.size;
    size_t chunk = chunk_of(name);
    if (chunk == spine.chunks.size()) {  // after everything: names that come sorted fill their chunks
      if (spine.chunks.empty() || spine.chunks.back()->entries.size() >= kChunk) spine.chunks.push_back(make_ref<Chunk>());
      spine.chunks.back().edit().entries.push_back({std::string(name), std::move(value)});
      return;
    }
    if (spine.chunks[chunk]->entries.size() >= kChunk) {
      auto& full = spine.chunks[chunk].edit().entries;
      auto upper = make_ref<Chunk>();
      auto& moved = upper.edit().entries;
      const auto middle = full.begin() + static_cast<std::ptrdiff_t>(kChunk / 2);
      moved.assign(std::make_move_iterator(middle), std::make_move_iterator(full.end()));
      full.erase(middle, full.end());
      spine.chunks.insert(spine.chunks.begin() + static_cast<std::ptrdiff_t>(chunk) + 1, std::move(upper));
      chunk = chunk_of(name);
    }
    auto& entries = spine.chunks[chunk].edit().entries;
    const auto at = static_cast<std::ptrdiff_t>(place_in(entries, name));
    entries.insert(entries.begin() + at, {std::string(name), std::move(value)});
  }

  bool erase(std::string_view name) {
    if (find(name) == nullptr) return false;
    Spine& spine = spine_.edit();
    --spine.size;
    const auto chunk = static_cast<std::ptrdiff_t>(chunk_of(name));
    auto& entries = spine.chunks[static_cast<size_t>(chunk)].edit().entries;
    entries.erase(entries.begin() + static_cast<std::ptrdiff_t>(place_in(entries, name)));
    if (entries.empty()) spine.chunks.erase(spine.chunks.begin() + chunk);
    return true;
  }

  // visit(name, value) in the order of the names. The map must not change meanwhile.
  template <typename Visit>
  void for_each(Visit visit) const {
    if (!spine_) return;
    for (const auto& chunk : spine_->chunks)
      for (const auto& entry : chunk->entries) visit(entry.name, entry.value);
  }

 private:
  struct Entry {
    std::string name;
    Value value;
  };
  struct Chunk : Counted {
    std::vector<Entry> entries;  // never empty
  };
  struct Spine : Counted {
    std::vector<Ref<Chunk>> chunks;
    size_t size = 0;
  };

  size_t chunk_count() const { return spine_ ? spine_->chunks.size() : 0; }
  // The first chunk whose last name is not before `name`.
  size_t chunk_of(std::string_view name) const {
    size_t low = 0, high = chunk_count();
    while (low < high) {
      const size_t middle = (low + high) / 2;
      if (spine_->chunks[middle]->entries.back().name < name) low = middle + 1;
      else high = middle;
    }
    return low;
  }
  static size_t place_in(const std::vector<Entry>& entries, std::string_view name) {
    const auto at = std::lower_bound(entries.begin(), entries.end(), name, [](const Entry& entry, std::string_view wanted) { return entry.name < wanted; });
    return static_cast<size_t>(at - entries.begin());
  }

  Ref<Spine> spine_;
};

}  // namespace strates::sim
