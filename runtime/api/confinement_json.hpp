// The limits and the isolation of Docker's HostConfig, and what `docker update` sends.
#pragma once

#include "base/json.hpp"
#include "engine/engine.hpp"

namespace strates::api {

// False: this key is not one of these.
Result<bool> read_confinement(const std::string& key, const Json& value, engine::HostConfig& host);
// Sets the keys of `out`, which holds all of them at Docker's defaults already, in Docker's order.
void write_confinement(Json& out, const engine::HostConfig& host);
// What `docker update` sends of limits. False: this key is not one of them.
Result<bool> read_limit_change(const std::string& key, const Json& value, engine::UpdateRequest& request);

}  // namespace strates::api
