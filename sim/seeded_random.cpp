#include "sim/seeded_random.hpp"

namespace strates::sim {

namespace {

// SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014).
std::uint64_t next(std::uint64_t& state) {
  std::uint64_t mixed = (state += 0x9e3779b97f4a7c15U);
  mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9U;
  mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebU;
  return mixed ^ (mixed >> 31);
}

}  // namespace

std::string SeededRandom::bytes(size_t count) {
  std::string out;
  while (out.size() < count) {
    std::uint64_t word = next(state_);
    for (int i = 0; i < 8 && out.size() < count; ++i, word >>= 8) out += static_cast<char>(word & 0xff);
  }
  return out;
}

}  // namespace strates::sim
