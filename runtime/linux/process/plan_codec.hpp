// A plan as bytes, for the spawner. Only our own daemon writes them, but reading is bounded all the same.
#pragma once

#include <string>
#include <string_view>

#include "linux/process/container_plan.hpp"

namespace strates::linux_world {

constexpr size_t kPlanLimit = 16 << 20;

std::string encode_plan(const Plan& plan);
Result<Plan> decode_plan(std::string_view bytes);  // code process.message

}  // namespace strates::linux_world
