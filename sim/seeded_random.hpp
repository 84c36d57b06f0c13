// Random bytes that are the same for the same seed, on every machine: identifiers of a lesson can be told beforehand. Not for secrets.
#pragma once

#include <cstdint>

#include "engine/ports.hpp"

namespace strates::sim {

class SeededRandom : public engine::Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed) {}
  std::string bytes(size_t count) override;
  std::uint64_t state() const { return state_; }
  void restore(std::uint64_t state) { state_ = state; }

 private:
  std::uint64_t state_;
};

}  // namespace strates::sim
