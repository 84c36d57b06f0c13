// Limits and Isolation as the store keeps them.
#pragma once

#include "base/json.hpp"
#include "engine/confinement.hpp"

namespace strates::engine {

Json limits_to_json(const Limits& limits);
Limits limits_from_json(const Json& json);
Json isolation_to_json(const Isolation& isolation);
Isolation isolation_from_json(const Json& json);

}  // namespace strates::engine
