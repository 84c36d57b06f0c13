// GET /system/df: what images and containers hold, and what images share (Docker Engine 20.10, daemon/disk_usage.go and daemon/images/images.go).
#include <map>

#include "api/answers.hpp"
#include "api/container_json.hpp"
#include "api/handlers.hpp"
#include "api/image_json.hpp"
#include "api/mount_json.hpp"
#include "base/json_full.hpp"

namespace strates::api {

Result<HttpResponse> disk_usage(const Call& call) {
  engine::ContainerFilter everything;
  everything.all = true;
  Json containers = Json::array();
  std::map<ImageId, std::int64_t> users;
  const auto links = call.engine.link_names();
  for (const auto& container : TRY(call.engine.containers(everything))) {
    ++users[container.image];
    auto row = container_row(call.engine, container, links, Sizes::RootOnly);
    if (row.ok()) containers.push_back(std::move(row).value());
    else if (row.error().kind != ErrorKind::NotFound) return std::move(row).error();  // not found: removed since it was listed
  }
  struct Layer {
    std::uint64_t bytes = 0;
    int images = 0;
  };
  std::map<ChainId, Layer> layers;
  const auto listed = TRY(call.engine.images(false));
  for (const auto& image : listed)
    for (size_t i = 0; i < image.layers.size() && i < image.layer_bytes.size(); ++i) {
      layers[image.layers[i]].bytes = image.layer_bytes[i];
      ++layers[image.layers[i]].images;
    }
  Json images = Json::array();
  for (const auto& image : listed) {
    ImageUse use{users[image.id], 0};
    for (const auto& layer : image.layers)
      if (const auto& found = layers[layer]; found.images > 1) use.shared_bytes += static_cast<std::int64_t>(found.bytes);
    images.push_back(image_row(image, image.familiar_names(), use));
  }
  Json volumes = Json::array();
  for (const auto& usage : TRY(call.engine.volume_usage())) {
    volumes.push_back(volume_json(usage.volume));
    volumes.back()["UsageData"] = {{"RefCount", usage.containers}, {"Size", usage.bytes}};
  }
  std::uint64_t total = 0;
  for (const auto& [chain, layer] : layers) total += layer.bytes;
  return json_answer(200, {{"LayersSize", total}, {"Images", images}, {"Containers", containers}, {"Volumes", volumes}, {"BuildCache", nullptr}, {"BuilderSize", 0}});
}

}  // namespace strates::api
