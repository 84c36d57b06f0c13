// Docker's bodies of requests that make containers and processes in them, to what the engine is asked.
#pragma once

#include "base/json.hpp"
#include "engine/engine.hpp"

namespace strates::api {

// POST /containers/create. codes api.bad-parameter, api.unsupported (names the field), config.type
Result<engine::CreateRequest> create_request_from_json(const Json& body, std::string name);
// POST /containers/X/exec
Result<engine::ExecRequest> exec_request_from_json(const Json& body);

}  // namespace strates::api
