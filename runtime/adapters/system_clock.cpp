#include "adapters/system_clock.hpp"

#include <ctime>

namespace strates::adapters {

Nanos SystemClock::now() {
  timespec time{};
  ::clock_gettime(CLOCK_REALTIME, &time);  // cannot fail for this clock
  return static_cast<Nanos>(time.tv_sec) * kSecond + time.tv_nsec;
}

}  // namespace strates::adapters
