// strates layers: the report of an image, read from the tars of its layers.
#include <algorithm>

#include "engine/engine_impl.hpp"

namespace strates::engine {

Result<LayerReport> EngineImpl::layer_report(const std::string& name) {
  const Locked lock(world_.monitor);
  const ImageRecord record = *images_.get(TRY(images_.find(name)));
  LayerReport report;
  report.id = record.id;
  report.tags = record.repo_tags();
  std::vector<std::string> instructions;
  for (const auto& row : record.config.history)
    if (!row.empty_layer) instructions.push_back(row.created_by.empty() ? row.comment : row.created_by);
  LayerAccount account;
  for (size_t i = 0; i < record.layers.size(); ++i) {
    LayerPart part;
    part.diff_id = record.config.diff_ids[i];
    part.chain_id = record.layers[i];
    if (i < instructions.size()) part.created_by = instructions[i];
    const Digest blob(part.diff_id.str());
    part.tar_bytes = TRY(world_.blobs.size(blob));
    {
      const Calling call(world_.monitor);
      const auto bytes = TRY(world_.blobs.open(blob));
      const auto entries = TRY(world_.archives.open(*bytes));
      TRY(account.add(*entries, part));
    }
    report.layers.push_back(std::move(part));
  }
  const auto holds = [](const std::vector<ChainId>& layers, const ChainId& layer) { return std::find(layers.begin(), layers.end(), layer) != layers.end(); };
  for (auto& part : report.layers) {
    for (const auto& id : images_.all()) {
      const ImageRecord& other = *images_.get(id);
      if (id == record.id || !holds(other.layers, part.chain_id)) continue;
      // Intermediate images of a build are not what anybody calls sharing.
      if (other.references.empty() && !images_.children_of(id).empty()) continue;
      const auto tags = other.repo_tags();
      if (tags.empty()) part.images.push_back(id.str());
      part.images.insert(part.images.end(), tags.begin(), tags.end());
    }
    for (const auto& [key, entry] : containers_)
      if (holds(entry->data.layers, part.chain_id)) part.containers.push_back(entry->data.name);
    std::sort(part.containers.begin(), part.containers.end());
  }
  account.finish(report);
  return report;
}

}  // namespace strates::engine
