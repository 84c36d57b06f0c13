// Names of containers: what is allowed, and what a container that got none is called.
#pragma once

#include <string>
#include <string_view>

#include "engine/ports.hpp"

namespace strates::engine {

// Docker's rule, [a-zA-Z0-9][a-zA-Z0-9_.-]+, and its sentence.
Result<void> validate_container_name(std::string_view name);
// An adjective and a person of computing's history: "patient_hopper". `attempt` above 0 adds a digit, as Docker does after a clash.
std::string generate_container_name(Random& random, int attempt);

}  // namespace strates::engine
