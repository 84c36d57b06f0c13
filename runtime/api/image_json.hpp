// Images as Docker shows them (engine-golden/image_inspect, images_json, image_history).
#pragma once

#include "base/json.hpp"
#include "engine/engine.hpp"

namespace strates::api {

Json image_details(engine::Engine& engine, const engine::ImageRecord& image);
Json image_row(const engine::ImageRecord& image);
Json history_json(const std::vector<engine::HistoryRow>& rows);

}  // namespace strates::api
