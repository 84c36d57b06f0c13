// engine::MetadataStore in memory: ordered, and a commit is all or nothing because nothing in it can fail.
#pragma once

#include <map>

#include "engine/ports.hpp"
#include "sim/tree/node.hpp"

namespace strates::sim {

using MetadataState = std::map<std::string, ChunkMap<Ref<Content>>, std::less<>>;  // by bucket, by key

class SimMetadata : public engine::MetadataStore {
 public:
  Result<std::optional<std::string>> get(std::string_view bucket, std::string_view key) override;
  Result<std::vector<std::pair<std::string, std::string>>> list(std::string_view bucket) override;
  Result<void> commit(const std::vector<engine::MetadataChange>& changes) override;
  MetadataState& state() { return state_; }

 private:
  MetadataState state_;
};

}  // namespace strates::sim
