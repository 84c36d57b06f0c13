// What programs learn about the simulated machine (uname, nproc).
#pragma once

#include <string_view>

namespace strates::sim {

constexpr std::string_view kKernelName = "Linux";
constexpr std::string_view kKernelRelease = "6.1.0-strates-sim";
constexpr std::string_view kKernelVersion = "#1 SMP PREEMPT_DYNAMIC Strates 6.1.0 (2023-06-10)";
constexpr int kMachineCpus = 2;
constexpr long long kMachineMemory = 4LL << 30;  // bytes
constexpr std::string_view kMachineName = "x86_64";

}  // namespace strates::sim
