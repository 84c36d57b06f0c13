// POST /strates/v1/catalogue/NAME: a simulated world makes a base image of its catalogue. In front of the API's own handler.
#pragma once

#include "base/http.hpp"
#include "engine/engine.hpp"

namespace strates::daemon {

HttpHandler with_catalogue(engine::Engine& engine, HttpHandler next);

}  // namespace strates::daemon
