// The Docker Engine API over an Engine: one table of routes (api/routes.cpp), plus the trace under /strates/v1/.
#pragma once

#include "base/http.hpp"
#include "engine/engine.hpp"

namespace strates::api {

// The handler keeps a reference to the engine, which must outlive it.
HttpHandler make_handler(engine::Engine& engine);

}  // namespace strates::api
