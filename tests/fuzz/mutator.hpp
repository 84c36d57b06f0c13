// Changes inputs at random, the same way for the same seed: bytes flipped, spans copied, cut, repeated, words of the other inputs spliced in.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace strates::fuzz {

class Mutator {
 public:
  static constexpr size_t kLongest = 64 * 1024;

  Mutator(std::uint64_t seed, std::vector<std::string> pool) : random_(seed), pool_(std::move(pool)) {}
  // An input of the pool, changed one to eight times; at most kLongest bytes.
  std::string next();

 private:
  size_t below(size_t count) { return count == 0 ? 0 : static_cast<size_t>(random_() % count); }
  void change(std::string& text);

  std::mt19937_64 random_;
  std::vector<std::string> pool_;
};

}  // namespace strates::fuzz
