// When a container is started again by itself, and after how long: Docker's rules (Docker Engine, restartmanager and runconfig's validation).
#pragma once

#include "base/result.hpp"
#include "engine/container.hpp"

namespace strates::engine {

// The pause before the next start: 100 ms, doubled at each restart, at most a minute; from the beginning again after a run of ten seconds.
struct RestartBackoff {
  Nanos pause = 0;  // 0: none yet
  // The pause after a run that took `ran`; to be called once for each exit.
  Nanos next(Nanos ran);
};

struct EndedRun {
  int exit_code = 0;
  int restarts = 0;              // by the policy since it was last started by hand
  bool stopped_by_hand = false;
};
bool should_restart(const RestartPolicy& policy, const EndedRun& run);

// Docker's sentences for what cannot be.
Result<void> validate_restart(const RestartPolicy& policy, bool auto_remove);

}  // namespace strates::engine
