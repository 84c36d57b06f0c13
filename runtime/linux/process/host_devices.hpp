// The host's device nodes, for privileged containers.
#pragma once

#include <vector>

#include "linux/process/container_plan.hpp"

namespace strates::linux_world {

// Below /dev, without what a container has of its own (pts, shm, mqueue, fd, console), as Docker walks it. What cannot be read is left out.
std::vector<DeviceStep> list_host_devices();
// All devices below a directory, by path.
std::vector<DeviceStep> list_devices_below(const std::string& directory);

}  // namespace strates::linux_world
