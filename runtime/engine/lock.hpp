// Scoped use of the world's Monitor.
#pragma once

#include "engine/ports.hpp"

namespace strates::engine {

class Locked {
 public:
  explicit Locked(Monitor& monitor) : monitor_(monitor) { monitor_.lock(); }
  ~Locked() { monitor_.unlock(); }
  Locked(const Locked&) = delete;
  Locked& operator=(const Locked&) = delete;

 private:
  Monitor& monitor_;
};

// Inside a Locked: the lock is let go for a port call that can take long.
class Calling {
 public:
  explicit Calling(Monitor& monitor) : monitor_(monitor) { monitor_.begin_call(); }
  ~Calling() { monitor_.end_call(); }
  Calling(const Calling&) = delete;
  Calling& operator=(const Calling&) = delete;

 private:
  Monitor& monitor_;
};

}  // namespace strates::engine
