#include "sim/sim_monitor.hpp"

namespace strates::sim {

bool SimMonitor::wait(const std::function<bool()>& done, Nanos deadline) {
  for (std::uint64_t steps = 0; steps < most_steps_; ++steps) {
    if (done()) return true;
    if (deadline != 0 && clock_.peek() >= deadline) return false;
    if (scheduler_.step()) {
      clock_.advance(kStepTime);
      continue;
    }
    if (done()) return true;
    const auto timer = scheduler_.next_timer();
    if (!timer && deadline == 0) return false;
    clock_.advance_to(timer && (deadline == 0 || *timer <= deadline) ? *timer : deadline);
  }
  return done();
}

}  // namespace strates::sim
