#include "engine/builder_cache_sources.hpp"

#include <algorithm>
#include <set>

#include "base/strings.hpp"

namespace strates::engine {

namespace {

bool same_step(const image::HistoryEntry& a, const image::HistoryEntry& b) {
  return a.created == b.created && a.created_by == b.created_by && a.author == b.author && a.comment == b.comment && a.empty_layer == b.empty_layer;
}

// The image's history and layers begin as the parent's, and go on.
bool continues(const image::ImageConfig& image, const image::ImageConfig& parent) {
  return parent.history.size() < image.history.size() && parent.diff_ids.size() <= image.diff_ids.size() &&
         std::equal(parent.history.begin(), parent.history.end(), image.history.begin(), same_step) &&
         std::equal(parent.diff_ids.begin(), parent.diff_ids.end(), image.diff_ids.begin());
}

}  // namespace

CacheSources::CacheSources(BuildHost& host, const std::vector<std::string>& names) : host_(host) {
  for (const std::string& name : names)
    if (auto found = host_.find_image(name); found.ok()) sources_.push_back(std::move(found).value());
}

std::vector<ImageRecord> CacheSources::made(std::vector<ImageRecord> candidates, const ImageId& parent) {
  std::set<ImageId> allowed;
  for (const ImageRecord& source : sources_) {
    auto at = host_.find_image(source.id.str());
    while (at.ok() && allowed.insert(at.value().id).second && !at.value().parent.empty() && at.value().id != parent)
      at = host_.find_image(at.value().parent.str());
  }
  std::erase_if(candidates, [&](const ImageRecord& candidate) { return !allowed.contains(candidate.id); });
  return candidates;
}

Result<std::optional<ImageRecord>> CacheSources::restore(const ImageId& parent, const image::RunConfig& probe) {
  const image::ImageConfig below = parent.empty() ? image::ImageConfig() : TRY(host_.find_image(parent.str())).config;
  const std::string command = join(probe.cmd.value_or(image::StringList{}), " ");
  for (size_t i = 0; i < sources_.size(); ++i) {
    const image::ImageConfig& source = sources_[i].config;
    if (!continues(source, below) || source.history[below.history.size()].created_by != command) continue;
    ImageRecord step = TRY(host_.restore_step(parent, sources_[i].id, probe));
    // From here on this source only: two of them must not be mixed.
    if (step.id != sources_[i].id) sources_ = {sources_[i]};
    return std::optional(std::move(step));
  }
  return std::optional<ImageRecord>();
}

}  // namespace strates::engine
