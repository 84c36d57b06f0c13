// One thing that reads bytes from outside, and inputs to begin with.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace strates::fuzz {

// Reads the bytes. What must hold besides not crashing is asserted: false ends the run, and the input is kept.
using Read = bool (*)(std::string_view bytes);

struct Target {
  const char* name;
  Read read;
  std::vector<std::string> (*seeds)();
};

std::span<const Target> targets();

}  // namespace strates::fuzz
