#include "api/image_json.hpp"

#include "base/json_full.hpp"
#include "base/strings.hpp"

namespace strates::api {

namespace {

// Docker has the folders of the topmost layer here, and those of what is below. An image is mounted nowhere: what a container would add is not said.
Json layer_directories(engine::Engine& engine, const engine::ImageRecord& image) {
  std::vector<std::string> directories;  // top first, as overlayfs lists them
  for (auto layer = image.layers.rbegin(); layer != image.layers.rend(); ++layer) directories.push_back(engine.world().snapshots.layer_directory(*layer));
  if (directories.empty() || directories.front().empty()) return Json();
  Json out = Json::object();
  if (directories.size() > 1) out["LowerDir"] = join(std::vector<std::string>(directories.begin() + 1, directories.end()), ":");
  out["UpperDir"] = directories.front();
  return out;
}

}  // namespace

Json image_details(engine::Engine& engine, const engine::ImageRecord& image) {
  const auto& config = image.config;
  Json layers = Json::array();
  for (const auto& diff_id : config.diff_ids) layers.push_back(diff_id.str());
  Json out = {{"Id", image.id.str()}, {"RepoTags", image.repo_tags()}, {"RepoDigests", image.repo_digests()}, {"Parent", image.parent.str()}, {"Comment", config.comment},
              {"Created", config.created.empty() ? std::string(kZeroTime) : config.created}, {"Container", config.container}, {"ContainerConfig", image::run_config_to_json(config.container_config.value_or(image::RunConfig{}))},
              {"DockerVersion", config.docker_version}, {"Author", config.author}, {"Config", image::run_config_to_json(config.config)},
              {"Architecture", config.architecture}};
  if (!config.variant.empty()) out["Variant"] = config.variant;
  out["Os"] = config.os;
  out["Size"] = image.bytes;
  out["VirtualSize"] = image.bytes;
  out["GraphDriver"] = {{"Data", layer_directories(engine, image)}, {"Name", engine.world().machine.storage_driver}};
  out["RootFS"] = {{"Type", "layers"}};
  if (!layers.empty()) out["RootFS"]["Layers"] = layers;
  out["Metadata"] = {{"LastTagTime", image.last_tagged == 0 ? std::string(kZeroTime) : rfc3339(image.last_tagged)}};
  return out;
}

Json image_row(const engine::ImageRecord& image, const std::vector<std::string>& names, ImageUse use) {
  const auto& labels = image.config.config.labels;
  std::vector<std::string> tags, digests;
  for (const auto& name : names) (name.find('@') == std::string::npos ? tags : digests).push_back(name);
  const auto list = [&](const std::vector<std::string>& of, const char* none) { return names.empty() ? Json::array({none}) : of.empty() ? Json() : Json(of); };
  return {{"Containers", use.containers}, {"Created", image.created / kSecond}, {"Id", image.id.str()}, {"Labels", labels ? Json(*labels) : Json()}, {"ParentId", image.parent.str()},
          {"RepoDigests", list(digests, "<none>@<none>")}, {"RepoTags", list(tags, "<none>:<none>")},
          {"SharedSize", use.shared_bytes}, {"Size", image.bytes}, {"VirtualSize", image.bytes}};
}

Json history_json(const std::vector<engine::HistoryRow>& rows) {
  Json out = Json::array();
  for (const auto& row : rows)
    out.push_back({{"Comment", row.comment}, {"Created", row.created / kSecond}, {"CreatedBy", row.created_by}, {"Id", row.id}, {"Size", row.bytes},
                   {"Tags", row.tags.empty() ? Json() : Json(row.tags)}});
  return out;
}

}  // namespace strates::api
