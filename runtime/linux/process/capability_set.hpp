// Sets of capabilities by name and by bit (capabilities(7), linux/capability.h).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace strates::linux_world {

using CapabilityMask = std::uint64_t;

// "CAP_CHOWN", any case, with or without "CAP_". code process.setup for an unknown name.
Result<CapabilityMask> capability_mask(const std::vector<std::string>& names);
std::vector<std::string> capability_names(CapabilityMask mask);  // those this version knows, by bit
CapabilityMask usual_capabilities();  // Docker's fourteen: a machine that lacks one of them runs containers without it
// A line of /proc/PID/status: "CapBnd".
Result<CapabilityMask> capabilities_of(const std::string& pid, const std::string& line);
// The calling thread keeps only `kept`: bounding set first, then permitted and effective when `uid` is 0 (others have none), inheritable
// and ambient empty (CVE-2022-24769). Call it after setresuid.
Result<void> drop_bounding_capabilities(CapabilityMask kept);
Result<void> set_capabilities(CapabilityMask kept);

}  // namespace strates::linux_world
