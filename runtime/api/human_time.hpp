// How long ago, in Docker's words (docker/go-units, HumanDuration).
#pragma once

#include <string>

#include "base/clock.hpp"
#include "engine/container.hpp"

namespace strates::api {

std::string human_duration(Nanos duration);
// "Up 3 minutes", "Exited (0) 5 seconds ago", "Created"
std::string status_text(const engine::ContainerState& state, Nanos now);

}  // namespace strates::api
