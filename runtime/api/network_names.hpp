// The networks that exist without any network of one's own: none and host. What a container with the default mode has until bridges come: its loopback.
#pragma once

#include <string>

#include "base/json.hpp"
#include "engine/engine.hpp"

namespace strates::api {

// "none" or "host"
std::string network_of(const std::string& mode);
// 64 hex digits, the same at every start of an engine.
std::string network_id(engine::Engine& engine, std::string_view name);
// As in /networks.
Json network_json(engine::Engine& engine, std::string_view name);
// The value of NetworkSettings.Networks.
Json endpoints_json(engine::Engine& engine, const std::string& mode);

}  // namespace strates::api
