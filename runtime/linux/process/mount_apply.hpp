// Carries out the mounts of a plan, in the child, in its own mount namespace. Every call checked; errors name the call and the object.
#pragma once

#include <vector>

#include "base/unique_fd.hpp"
#include "linux/process/container_plan.hpp"

namespace strates::linux_world {

// Host directories and files that will be bound, as detached mounts: taken before the root changes, attached after. One per step, empty
// for the other kinds.
Result<std::vector<UniqueFd>> open_bind_sources(const std::vector<MountStep>& steps);
// Nothing the container mounts shows on the host, `root` becomes /, the host's tree is gone from this namespace.
Result<void> pivot_into(const std::string& root);

enum class Applied { Yes, Skipped };
Result<Applied> apply_mount(const MountStep& step, const UniqueFd& source);
Result<void> make_device(const DeviceStep& device);
Result<void> make_link(const LinkStep& link);

}  // namespace strates::linux_world
