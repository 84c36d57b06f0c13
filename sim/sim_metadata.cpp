#include "sim/sim_metadata.hpp"

namespace strates::sim {

Result<std::optional<std::string>> SimMetadata::get(std::string_view bucket, std::string_view key) {
  const auto at = state_.find(bucket);
  const Ref<Content>* value = at == state_.end() ? nullptr : at->second.find(key);
  if (value == nullptr) return std::optional<std::string>();
  return std::optional((*value)->bytes);
}

Result<std::vector<std::pair<std::string, std::string>>> SimMetadata::list(std::string_view bucket) {
  std::vector<std::pair<std::string, std::string>> list;
  if (const auto at = state_.find(bucket); at != state_.end())
    at->second.for_each([&list](const std::string& key, const Ref<Content>& value) { list.emplace_back(key, value->bytes); });
  return list;
}

Result<void> SimMetadata::commit(const std::vector<engine::MetadataChange>& changes) {
  for (const auto& change : changes) {
    auto& bucket = state_[change.bucket];
    if (change.value) bucket.put(change.key, make_ref<Content>(*change.value));
    else bucket.erase(change.key);
  }
  return success();
}

}  // namespace strates::sim
