// The spawner for test programs that start real containers: include it in one file of the program. It starts before main, because the spawner is
// this program executed again, and must not run the tests.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <memory>

#include "linux/process/spawner.hpp"

namespace strates::testing {

inline linux_world::Spawner& test_spawner() {
  static const std::unique_ptr<linux_world::Spawner> spawner = [] {
    auto started = linux_world::Spawner::start();
    if (!started.ok()) {
      std::fprintf(stderr, "no spawner: %s\n", started.error().explanation().c_str());
      std::exit(1);
    }
    return std::move(started).value();
  }();
  return *spawner;
}

inline const bool test_spawner_started = (test_spawner(), true);

}  // namespace strates::testing
