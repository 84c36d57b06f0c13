// What the simulator makes of a container's confinement, and what it refuses because nothing here could hold it.
#pragma once

#include "engine/ports.hpp"
#include "sim/vfs.hpp"

namespace strates::sim {

// code process.setup: says what, and where it can be had.
Result<void> check_confinement(const engine::ContainerSpec& spec);
// A volume or memory, over what is mounted already. The place is made when it is absent, as on Linux. Codes container.tmpfs, errno.*, volume.not-found.
Result<void> attach_mount(VfsProvider& files, Vfs& vfs, const std::string& snapshot, const engine::ContainerMount& mount);

}  // namespace strates::sim
