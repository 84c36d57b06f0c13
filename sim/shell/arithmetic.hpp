// $(( )): integers of 64 bits, C's operators (POSIX.1-2017, 2.6.4).
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "sim/shell/dialect.hpp"

namespace strates::sim::shell {

struct ArithmeticScope {
  std::function<std::string(std::string_view name)> get;  // "" when unset
  std::function<void(std::string_view name, std::int64_t value)> set;
};

struct ArithmeticResult {
  std::int64_t value = 0;
  std::string error;  // as the dialect words it; "" when all is well
};

ArithmeticResult evaluate_arithmetic(std::string_view expression, const ArithmeticScope& scope, Dialect dialect);

}  // namespace strates::sim::shell
