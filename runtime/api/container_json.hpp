// Containers as Docker shows them: key order, null and [] as in Docker's own answers (engine-golden/container_inspect, containers_json).
#pragma once

#include "base/json.hpp"
#include "engine/engine.hpp"

namespace strates::api {

enum class Sizes { No, Yes, RootOnly };

// `docker inspect`
Result<Json> container_details(engine::Engine& engine, const engine::Container& container, Sizes sizes);
// One row of `docker ps`. `links`: the engine's, asked once for all rows.
Result<Json> container_row(engine::Engine& engine, const engine::Container& container, const std::vector<engine::LinkName>& links, Sizes sizes);
Json exec_details(const engine::ExecInstance& exec);

}  // namespace strates::api
