// The machine's clock (CLOCK_REALTIME). Any thread.
#pragma once

#include "base/clock.hpp"

namespace strates::adapters {

class SystemClock : public Clock {
 public:
  Nanos now() override;
};

}  // namespace strates::adapters
