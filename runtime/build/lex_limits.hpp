// What the expansion of one word may cost: a Dockerfile is a stranger's, and ${x//?/${y//?/$z}} multiplies.
#pragma once

#include <cstddef>

#include "base/error.hpp"

namespace strates::build {

constexpr size_t kLexOutput = 1 << 20;  // bytes of the input, and of what comes out at any depth
constexpr int kLexDepth = 100;          // ${ } in each other
constexpr size_t kLexWork = 64 << 20;   // bytes substituted and compared, in all

// Work that may still be done; whoever runs out of it gives up.
class Work {
 public:
  explicit Work(size_t steps) : left_(steps) {}
  bool spend(size_t steps) {
    left_ = steps > left_ ? 0 : left_ - steps;
    return left_ > 0;
  }
  bool exhausted() const { return left_ == 0; }

 private:
  size_t left_;
};

// Past each of the three: Invalid, "dockerfile.too-large".
Error too_long();
Error too_deep();
Error too_much_work();

}  // namespace strates::build
