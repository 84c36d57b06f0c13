// The engine's time, for handlers: a simulated world's clock belongs to whoever holds its lock.
#pragma once

#include "engine/engine.hpp"
#include "engine/lock.hpp"

namespace strates::api {

// The engine's lock must not be held.
inline Nanos engine_now(engine::Engine& engine) {
  const engine::Locked lock(engine.world().monitor);
  return engine.world().clock.now();
}

}  // namespace strates::api
