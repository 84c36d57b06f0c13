// The time of the machine, for commands that show it.
#pragma once

#include <time.h>

#include "base/clock.hpp"

namespace strates::cli {

class MachineClock : public Clock {
 public:
  Nanos now() override {
    timespec at{};
    clock_gettime(CLOCK_REALTIME, &at);
    return at.tv_sec * kSecond + at.tv_nsec;
  }
};

}  // namespace strates::cli
