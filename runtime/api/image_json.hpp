// Images as Docker shows them (engine-golden/image_inspect, images_json, image_history).
#pragma once

#include "base/json.hpp"
#include "engine/engine.hpp"

namespace strates::api {

Json image_details(engine::Engine& engine, const engine::ImageRecord& image);
// `names`: those to show it by. Sizes and counts that only /system/df knows are -1.
struct ImageUse {
  std::int64_t containers = -1, shared_bytes = -1;
};
Json image_row(const engine::ImageRecord& image, const std::vector<std::string>& names, ImageUse use = {});
Json history_json(const std::vector<engine::HistoryRow>& rows);

}  // namespace strates::api
