// GET /containers/NAME/stats as Docker answers it (engine-golden/stats.txt).
#pragma once

#include "base/json.hpp"
#include "engine/engine.hpp"

namespace strates::api {

// `before`: the reading that rates are counted from; none: the first one. `now` none: the container does not run.
Json statistics_json(const engine::Container& container, const std::optional<engine::Statistics>& now, const std::optional<engine::Statistics>& before,
                     const std::string& cgroup_version);

}  // namespace strates::api
