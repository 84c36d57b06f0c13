// Listing containers, and removing all that nobody needs.
#include <algorithm>

#include "engine/container_filter.hpp"
#include "engine/engine_impl.hpp"

namespace strates::engine {

Result<std::vector<Container>> EngineImpl::containers(const ContainerFilter& filter) {
  const Locked lock(world_.monitor);
  FilterSources sources;
  sources.find = [this](const std::string& name) -> Result<Container> { return TRY(find(name))->data; };
  sources.descends = [this](const Container& container, const std::string& image) {
    const auto wanted = images_.find(image);
    if (!wanted.ok()) return false;
    for (const ImageRecord* at = images_.get(container.image); at != nullptr; at = images_.get(at->parent))
      if (at->id == wanted.value()) return true;
    return false;
  };
  const auto matches = TRY(ContainerMatcher::make(filter, sources));
  std::vector<Container> out;
  for (const auto& [id, entry] : containers_)
    if (!entry->data.removing && matches(entry->data)) out.push_back(entry->data);
  std::stable_sort(out.begin(), out.end(), [](const Container& a, const Container& b) { return a.created > b.created; });
  if (filter.limit > 0 && out.size() > static_cast<size_t>(filter.limit)) out.resize(static_cast<size_t>(filter.limit));
  return out;
}

Result<PruneReply> EngineImpl::prune_containers(const PruneFilter& filter) {
  const Locked lock(world_.monitor);
  std::vector<Entry> due;
  for (const auto& [id, entry] : containers_) {
    const Container& data = entry->data;
    const auto holds = [&](const std::string& label) { return label_holds(data.config, label); };
    if (data.state.running() || data.intermediate || data.removing || entry->busy) continue;
    if (filter.until && data.created > *filter.until) continue;
    if (!std::all_of(filter.labels.begin(), filter.labels.end(), holds) || std::any_of(filter.labels_not.begin(), filter.labels_not.end(), holds)) continue;
    due.push_back(entry);
  }
  std::sort(due.begin(), due.end(), [](const Entry& a, const Entry& b) { return a->data.created > b->data.created; });
  PruneReply reply;
  for (const auto& entry : due) {
    std::uint64_t bytes = 0;
    {
      const Calling call(world_.monitor);
      bytes = world_.snapshots.usage(SnapshotKey(entry->data.id.str())).value_or(0);
    }
    // Started or removed by somebody else meanwhile: it stays, or is gone.
    if (!containers_.contains(entry->data.id.str()) || entry->data.removing || !remove_entry(entry, Force::No, 0, WithVolumes::No).ok()) continue;
    reply.deleted.push_back(entry->data.id.str());
    reply.reclaimed += bytes;
  }
  tracer_.emit(0, event::Operation(event::Pruned{"container", reply.reclaimed}));
  return reply;
}

}  // namespace strates::engine
