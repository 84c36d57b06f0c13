// The kernel's random numbers (getrandom(2)): identifiers must not be guessable. Any thread.
#pragma once

#include "engine/ports.hpp"

namespace strates::adapters {

class SystemRandom : public engine::Random {
 public:
  // Ends the process when the kernel has no randomness to give: there is no safe way on.
  std::string bytes(size_t count) override;
};

}  // namespace strates::adapters
