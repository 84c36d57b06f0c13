// GET /strates/v1/images/X/layers: what each layer of an image brings, who shares it, what of it is waste (engine/layer_report.hpp).
#include "api/answers.hpp"
#include "api/handlers.hpp"
#include "base/json_full.hpp"
#include "engine/layer_report.hpp"

namespace strates::api {

namespace {

std::string_view word(engine::LayerFile::What what) {
  switch (what) {
    case engine::LayerFile::What::Added: return "added";
    case engine::LayerFile::What::Changed: return "changed";
    case engine::LayerFile::What::Removed: return "removed";
  }
  return "";
}

Json layer_json(const engine::LayerPart& layer) {
  Json files = Json::array();
  for (const auto& file : layer.files) files.push_back({{"What", word(file.what)}, {"Path", "/" + file.path}, {"Bytes", file.bytes}});
  return {{"DiffID", layer.diff_id.str()}, {"ChainID", layer.chain_id.str()}, {"CreatedBy", layer.created_by}, {"Bytes", layer.bytes}, {"TarBytes", layer.tar_bytes},
          {"Added", layer.added}, {"Changed", layer.changed}, {"Removed", layer.removed}, {"WastedBytes", layer.wasted_bytes},
          {"SharedByImages", layer.images}, {"SharedByContainers", layer.containers}, {"Files", files}};
}

}  // namespace

Result<HttpResponse> image_layers(const Call& call) {
  const engine::LayerReport report = TRY(call.engine.layer_report(call.name));
  Json layers = Json::array(), wasted = Json::array();
  for (const auto& layer : report.layers) layers.push_back(layer_json(layer));
  for (const auto& path : report.wasted)
    wasted.push_back({{"Path", "/" + path.path}, {"Copies", path.copies}, {"TotalBytes", path.total_bytes}, {"WastedBytes", path.wasted_bytes}});
  return json_answer(200, {{"Id", report.id.str()}, {"RepoTags", report.tags}, {"Layers", layers}, {"TotalBytes", report.total_bytes}, {"MinimumBytes", report.minimum_bytes},
                           {"WastedBytes", report.wasted_bytes}, {"Efficiency", report.efficiency}, {"Wasted", wasted}});
}

}  // namespace strates::api
